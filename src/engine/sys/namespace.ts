// Namespaces and the names in them: unshare(2), setns(2), sethostname(2), setdomainname(2), uname(2).

import { sys } from './error.ts';
import { native } from './native.ts';
import { stat } from './inode.ts';

/** unshare(2): CLONE_NEW* flags. */
export function unshare(flags: number): void {
  sys('unshare', flags);
}

/** setns(2): fd of /proc/PID/ns/X (flag 0 or its CLONE_NEW*), or a pidfd with several flags at once. */
export function setns(fd: number, flags = 0): void {
  sys('setns', fd, flags);
}

/** sethostname(2). */
export function sethostname(name: string): void {
  sys('sethostname', name, native.utf8Encode(name).byteLength);
}

/** setdomainname(2). */
export function setdomainname(name: string): void {
  sys('setdomainname', name, native.utf8Encode(name).byteLength);
}

export type NamespaceKind = 'pid' | 'net' | 'mnt' | 'uts' | 'ipc' | 'cgroup' | 'user' | 'time';

/** Inode number of a process's namespace: what readlink prints in brackets. */
export function namespaceInode(pid: number | 'self', kind: NamespaceKind): number {
  return stat(`/proc/${pid}/ns/${kind}`).ino;
}

export interface Utsname {
  sysname: string;
  nodename: string;
  release: string;
  version: string;
  machine: string;
  domainname: string;
}

/** uname(2). */
export function uname(): Utsname {
  const FIELD = 65;
  const buffer = new Uint8Array(6 * FIELD);
  sys('uname', buffer);
  const field = (i: number): string =>
    native.utf8Decode(buffer.subarray(i * FIELD, (i + 1) * FIELD)).replace(/\0.*$/s, '');
  return {
    sysname: field(0),
    nodename: field(1),
    release: field(2),
    version: field(3),
    machine: field(4),
    domainname: field(5),
  };
}
