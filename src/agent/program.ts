// Finding and starting programs as a login would: environment and PATH.
import * as sys from '../engine/sys/index.ts';

export const ENVIRONMENT: readonly string[] = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'SHELL=/bin/bash',
  'LANG=C.UTF-8',
  'TERM=xterm-256color',
];

/** Path of a command as execvp(3) finds it; the name itself if nowhere, so that execve says ENOENT. */
export function which(name: string): string {
  if (name.includes('/')) return name;
  const path = (ENVIRONMENT[0] as string).slice('PATH='.length);
  return (
    path
      .split(':')
      .map((folder) => `${folder}/${name}`)
      .find((candidate) => sys.exists(candidate)) ?? `/usr/bin/${name}`
  );
}

/** A child by its pid, for childExit(). */
export const childOf = (pid: number): sys.Child => ({ pid, pidfd: sys.pidfdOpen(pid) });
