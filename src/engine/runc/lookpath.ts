// Which file `args[0]` means: the search through $PATH that a shell does, made inside the container's root, with Go's
// texts for what can go wrong. dockerd turns these texts into the exit codes 126 and 127. exec.LookPath in Go's os/exec
import * as sys from '../sys/index.ts';
import { RuncError } from './error.ts';

const X_OK = 1;

/** undefined: `path` can be executed. Otherwise why not. */
function notExecutable(path: string): string | undefined {
  let stat;
  try {
    stat = sys.stat(path);
  } catch (error) {
    if (error instanceof sys.SyscallError) return `stat ${path}: ${error.text}`;
    throw error;
  }
  if (sys.isDirectory(stat)) return 'is a directory';
  return (stat.mode & 0o111) !== 0 && sys.access(path, X_OK) ? undefined : 'permission denied';
}

/** Path to give to execve. `env` is the container's. */
export function lookPath(name: string, env: readonly string[]): string {
  if (name.includes('/')) {
    const problem = notExecutable(name);
    if (problem !== undefined) throw new RuncError(`exec: ${JSON.stringify(name)}: ${problem}`);
    return name;
  }
  const path = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  for (const directory of path.split(':')) {
    const candidate = directory === '' ? `./${name}` : `${directory}/${name}`;
    // access(2) first: it answers "not here" without an exception.
    if (sys.access(candidate, X_OK) && notExecutable(candidate) === undefined) return candidate;
  }
  throw new RuncError(`exec: ${JSON.stringify(name)}: executable file not found in $PATH`);
}
