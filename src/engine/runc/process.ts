// The last steps before the program runs, the same for `create` and for `exec`: from root with all power to the user and
// the rights that config.json's `process` names. The order matters: each step takes away what the one before still needed.
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { applyCapabilities, dropBoundingSet } from './capabilities.ts';
import { phase, RuncError } from './error.ts';
import { lookPath } from './lookpath.ts';
import { installSeccomp } from './seccomp.ts';
import type { Process } from './spec.ts';

/** What execve(2) will be given. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
}

export function becomeProcess(process: Process, filter: Uint8Array | undefined): Program {
  step('runc', 'becomeProcess', 'src/engine/runc/process.ts');
  // 1. Limits of the process (ulimit), while we may still raise them.
  for (const { type, soft, hard } of process.rlimits ?? []) setRlimit(type, soft, hard);

  // 2. no_new_privs: no setuid program and no file capability will give this process more than it has. prctl(2)
  if (process.noNewPrivileges) sys.prctl(sys.PR.SET_NO_NEW_PRIVS, 1);

  // 3. The seccomp filter. Without no_new_privs the kernel lets only CAP_SYS_ADMIN install one, so it comes before
  //    the capabilities go; with it, at the very end (see execProgram), so that the steps below need not be allowed.
  if (filter && !process.noNewPrivileges) installSeccomp(filter);

  // 4. The bounding set goes first, because dropping from it needs CAP_SETPCAP.
  if (process.capabilities) dropBoundingSet(process.capabilities);

  // 5. User and groups. Changing from root to another user would empty the capability sets; KEEPCAPS keeps the
  //    permitted one for the capset below. setgroups and setgid before setuid: afterwards we may not any more.
  const { uid, gid, additionalGids, umask } = process.user;
  sys.prctl(sys.PR.SET_KEEPCAPS, 1);
  phase('setgroups', () => sys.setgroups(additionalGids ?? []));
  phase('setgid', () => sys.setgid(gid));
  phase('setuid', () => sys.setuid(uid));
  sys.umask(umask ?? 0o022);

  // 6. The working directory, as that user.
  enterDirectory(process.cwd);
  sys.prctl(sys.PR.SET_KEEPCAPS, 0);

  // 7. The capability sets of the process itself.
  if (process.capabilities) phase('unable to apply caps', () => applyCapabilities(process.capabilities ?? {}));

  // 8. Which file `args[0]` is. A mistyped command is found here, while somebody listens.
  const [name] = process.args;
  if (name === undefined) throw new RuncError('args must not be empty');
  const env = process.env.some((entry) => entry.startsWith('HOME='))
    ? process.env
    : [...process.env, `HOME=${homeOf(uid)}`];
  return { path: lookPath(name, env), args: process.args, env };
}

/** The point of no return: this process becomes the program. */
export function execProgram(program: Program, process: Process, filter: Uint8Array | undefined): never {
  // The shim ignores these and blocks what it reads by signalfd. Both survive execve: a shell in the container would be deaf
  // to Ctrl-C, and `docker stop` would wait in vain.
  const { SIGHUP, SIGINT, SIGPIPE, SIGTERM } = sys.SIGNAL;
  for (const signal of [SIGHUP, SIGINT, SIGPIPE, SIGTERM]) sys.ignoreSignal(signal, false);
  sys.sigprocmask('SETMASK', []);
  if (filter && process.noNewPrivileges) installSeccomp(filter);
  sys.execve(program.path, program.args, program.env);
}

function setRlimit(type: string, soft: number, hard: number): void {
  const name = type.replace(/^RLIMIT_/, '').toLowerCase() as keyof typeof sys.RLIMIT;
  const resource = sys.RLIMIT[name];
  if (resource === undefined) throw new RuncError(`invalid rlimit type: ${type}`);
  // -1 and what cannot be told from it in a double stand for RLIM_INFINITY.
  const value = (limit: number): number => (limit < 0 || limit >= 2 ** 63 ? Infinity : limit);
  phase(
    `error setting rlimits for ${type}`,
    () => void sys.prlimit(0, resource, { soft: value(soft), hard: value(hard) }),
  );
}

function enterDirectory(cwd: string): void {
  try {
    sys.chdir(cwd);
  } catch (error) {
    if (!(error instanceof sys.SyscallError)) throw error;
    throw new RuncError(`chdir to cwd (${JSON.stringify(cwd)}) set in config.json failed: ${error.text}`);
  }
}

/** Home directory by the container's /etc/passwd; `/` for a user that it does not know. passwd(5) */
function homeOf(uid: number): string {
  for (const line of (sys.readTextIfExists('/etc/passwd') ?? '').split('\n')) {
    const fields = line.split(':');
    if (fields[2] === String(uid)) return fields[5] || '/';
  }
  return '/';
}
