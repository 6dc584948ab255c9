// runc's own notes about a container, /run/docker/runtime-runc/moby/<id>/: state.json and exec.fifo. /run is memory, so
// they vanish with the machine, as the containers do.
import * as sys from '../sys/index.ts';
import { RUNC_ROOT } from '../containerd/api.ts';
import { RuncError } from './error.ts';

/** OCI status; Docker has other words of its own (`exited`, `dead` …). */
export type OciStatus = 'creating' | 'created' | 'running' | 'stopped';

export interface RuncState {
  readonly ociVersion: string;
  readonly id: string;
  /** PID 1 of the container as the VM numbers it. */
  readonly pid: number;
  readonly bundle: string;
  readonly rootfs: string;
  readonly cgroupsPath: string;
  readonly created: string;
}

export const stateDirectory = (id: string): string => `${RUNC_ROOT}/${id}`;
export const EXEC_FIFO = 'exec.fifo';

export function writeState(state: RuncState): void {
  sys.writeFile(`${stateDirectory(state.id)}/state.json`, JSON.stringify(state), 0o600);
}

export function readState(id: string): RuncState {
  const text = sys.readTextIfExists(`${stateDirectory(id)}/state.json`);
  if (text === undefined) throw new RuncError('container does not exist');
  return JSON.parse(text) as RuncState;
}

/** created: PID 1 still waits at its FIFO. */
export function statusOf(state: RuncState): OciStatus {
  if (!sys.killQuietly(state.pid, 0)) return 'stopped';
  return sys.exists(`${stateDirectory(state.id)}/${EXEC_FIFO}`) ? 'created' : 'running';
}

export function removeState(id: string): void {
  sys.removeTree(stateDirectory(id));
}
