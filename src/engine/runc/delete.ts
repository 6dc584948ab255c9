// `runc delete`: what is left of a container whose PID 1 has ended. Its namespaces went with their last process.
import { step } from '../span.ts';
import { killCgroup, removeCgroup } from './cgroup.ts';
import { removeState } from './state.ts';

/** False: processes in the cgroup have not ended yet (they have been sent SIGKILL); call again. */
export function deleteContainer(id: string, cgroupsPath: string): boolean {
  step('runc', 'deleteContainer', 'src/engine/runc/delete.ts');
  if (!removeCgroup(cgroupsPath)) {
    // In a PID namespace of its own all processes die with PID 1; with the host's (--pid host) they do not.
    killCgroup(cgroupsPath);
    if (!removeCgroup(cgroupsPath)) return false;
  }
  removeState(id);
  return true;
}
