// Names for numbers that the kernel's interfaces use: mount(2) flags, clone(2) flags, errno(3). From the kernel's uapi headers.

const MOUNT_FLAGS: readonly (readonly [number, string])[] = [
  [0x1, 'MS_RDONLY'],
  [0x2, 'MS_NOSUID'],
  [0x4, 'MS_NODEV'],
  [0x8, 'MS_NOEXEC'],
  [0x20, 'MS_REMOUNT'],
  [0x400, 'MS_NOATIME'],
  [0x1000, 'MS_BIND'],
  [0x2000, 'MS_MOVE'],
  [0x4000, 'MS_REC'],
  [0x8000, 'MS_SILENT'],
  [0x20000, 'MS_UNBINDABLE'],
  [0x40000, 'MS_PRIVATE'],
  [0x80000, 'MS_SLAVE'],
  [0x100000, 'MS_SHARED'],
  [0x200000, 'MS_RELATIME'],
  [0x1000000, 'MS_STRICTATIME'],
];

const CLONE_FLAGS: readonly (readonly [number, string])[] = [
  [0x00020000, 'CLONE_NEWNS'],
  [0x02000000, 'CLONE_NEWCGROUP'],
  [0x04000000, 'CLONE_NEWUTS'],
  [0x08000000, 'CLONE_NEWIPC'],
  [0x10000000, 'CLONE_NEWUSER'],
  [0x20000000, 'CLONE_NEWPID'],
  [0x40000000, 'CLONE_NEWNET'],
];

const ERRNO: Readonly<Record<number, readonly [string, string]>> = {
  1: ['EPERM', 'operation not permitted'],
  2: ['ENOENT', 'no such file or directory'],
  3: ['ESRCH', 'no such process'],
  4: ['EINTR', 'interrupted by a signal'],
  5: ['EIO', 'input/output error'],
  9: ['EBADF', 'bad file descriptor'],
  10: ['ECHILD', 'no child processes'],
  11: ['EAGAIN', 'try again'],
  12: ['ENOMEM', 'out of memory'],
  13: ['EACCES', 'permission denied'],
  16: ['EBUSY', 'device or resource busy'],
  17: ['EEXIST', 'file exists'],
  19: ['ENODEV', 'no such device'],
  20: ['ENOTDIR', 'not a directory'],
  21: ['EISDIR', 'is a directory'],
  22: ['EINVAL', 'invalid argument'],
  28: ['ENOSPC', 'no space left on device'],
  30: ['EROFS', 'read-only file system'],
  38: ['ENOSYS', 'function not implemented'],
  39: ['ENOTEMPTY', 'directory not empty'],
  40: ['ELOOP', 'too many levels of symbolic links'],
  95: ['EOPNOTSUPP', 'operation not supported'],
  98: ['EADDRINUSE', 'address already in use'],
  110: ['ETIMEDOUT', 'timed out'],
  111: ['ECONNREFUSED', 'connection refused'],
};

/** `0x5000` as `MS_BIND | MS_REC`; what has no name stays a number. */
function flagNames(value: number, table: readonly (readonly [number, string])[]): string {
  const names: string[] = [];
  let rest = value;
  for (const [bit, name] of table) {
    if ((value & bit) === 0) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.join(' | ') || '0';
}

/** An argument as a person reads it, by the call and the argument's name. */
export function argumentInWords(call: string, name: string, value: string | number): string {
  const number = typeof value === 'number' ? value : /^0x[0-9a-f]+$/i.test(value) ? Number(value) : undefined;
  if (number !== undefined && name === 'flags') {
    if (call === 'mount') return flagNames(number, MOUNT_FLAGS);
    if (call === 'unshare' || call === 'setns' || call === 'clone' || call === 'clone3')
      return flagNames(number, CLONE_FLAGS);
  }
  return String(value);
}

/** A result: the value, or the error's name and meaning. */
export function resultInWords(result: number): { text: string; failed: boolean } {
  if (result >= 0 || result < -4095) return { text: String(result), failed: false };
  const known = ERRNO[-result];
  return { text: known ? `−1 ${known[0]} (${known[1]})` : `−1 (errno ${-result})`, failed: true };
}
