// Which namespaces a container gets anew and which it joins. namespaces(7)
import * as sys from '../sys/index.ts';
import { RuncError } from './error.ts';
import type { NamespaceType, Spec } from './spec.ts';

export const CLONE_FLAG: Readonly<Record<NamespaceType, number>> = {
  mount: sys.CLONE_NEWNS,
  uts: sys.CLONE_NEWUTS,
  ipc: sys.CLONE_NEWIPC,
  pid: sys.CLONE_NEWPID,
  network: sys.CLONE_NEWNET,
  cgroup: sys.CLONE_NEWCGROUP,
  user: sys.CLONE_NEWUSER,
  time: sys.CLONE_NEWTIME,
};

/** CLONE_NEW* flags of the namespaces to make, without cgroup: its root would be our cgroup, not the container's (see init.ts). */
export function newNamespaceFlags(spec: Spec): number {
  let flags = 0;
  for (const { type, path } of spec.linux.namespaces) if (!path && type !== 'cgroup') flags |= CLONE_FLAG[type];
  return flags;
}

/** Joins the namespaces that have a path (`--network container:X`): the clone that follows inherits them. */
export function joinNamespaces(spec: Spec): void {
  for (const { type, path } of spec.linux.namespaces) {
    if (!path) continue;
    try {
      const fd = sys.open(path, sys.O_RDONLY);
      sys.setns(fd, CLONE_FLAG[type]);
      sys.closeQuietly(fd);
    } catch (error) {
      if (!(error instanceof sys.SyscallError)) throw error;
      throw new RuncError(`failed to join the ${type} namespace ${path}: ${error.text}`);
    }
  }
}
