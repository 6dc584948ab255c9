// `docker exec`: another process in a running container. Made by POST /containers/{id}/exec, begun by POST /exec/{id}/start,
// and used by health checks. Its record stays until the container is gone, so that its exit code can be asked for.
import { openConsole } from '../../containerd/client.ts';
import type { Process } from '../../runc/spec.ts';
import { setTimeout } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { capabilitiesFor } from './capabilities.ts';
import { eventAttributes, type Container } from './container.ts';
import { linkedEnvironment } from './links.ts';
import { environment } from './merge.ts';
import { securityOption } from './spec.ts';
import { closeFifos, openFifos, Streams } from './streams.ts';
import { ulimitsFor } from './ulimits.ts';
import { lookupUser } from './user.ts';

export interface ExecRequest {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: string;
  readonly workingDir: string;
  readonly tty: boolean;
  readonly privileged: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly detachKeys: string;
  readonly consoleSize?: readonly [height: number, width: number];
}

export interface Exec {
  readonly id: string;
  readonly containerId: string;
  readonly request: ExecRequest;
  status: 'created' | 'running' | 'exited';
  /** Its start is under way: an exit that is heard of meanwhile waits for it, so that no output is lost. */
  starting: Promise<void> | undefined;
  pid: number;
  exitCode: number | null;
  streams: Streams | undefined;
  /** Called once when it has ended and its output is complete. */
  readonly waiters: Set<(exitCode: number) => void>;
}

const KEPT_EXECS = 32;

/** Makes the record and tells of it; nothing runs yet. */
export function createExec(daemon: Daemon, container: Container, request: ExecRequest): Exec {
  const exec: Exec = {
    id: sys.randomHex(32),
    containerId: container.id,
    request,
    status: 'created',
    starting: undefined,
    pid: 0,
    exitCode: null,
    streams: new Streams(),
    waiters: new Set(),
  };
  container.execs.set(exec.id, exec);
  // Records of ended ones are kept for a while, so that clients can ask how they ended.
  if (container.execs.size > KEPT_EXECS) {
    for (const [id, old] of container.execs) {
      if (old.status === 'exited') {
        container.execs.delete(id);
        break;
      }
    }
  }
  tell(daemon, container, exec, `exec_create: ${commandOf(request)}`);
  return exec;
}

/** Docker parts the program from its arguments with a space, also where there are none. */
const commandOf = ({ args: [program, ...rest] }: ExecRequest): string => `${program} ${rest.join(' ')}`;

function tell(daemon: Daemon, container: Container, exec: Exec, action: string, exitCode?: number): void {
  const ended = exitCode === undefined ? undefined : { exitCode: String(exitCode) };
  daemon.events.emit('container', action, container.id, eventAttributes(container, { execID: exec.id, ...ended }));
}

/** Begins it. Whoever wants its output has attached to `exec.streams` before. Throws a TaskError when runc refuses. */
export function startExec(daemon: Daemon, container: Container, exec: Exec, span?: string): Promise<void> {
  tell(daemon, container, exec, `exec_start: ${commandOf(exec.request)}`);
  exec.starting = begin(daemon, container, exec, span);
  return exec.starting;
}

async function begin(daemon: Daemon, container: Container, exec: Exec, span: string | undefined): Promise<void> {
  const { id: execId, request, streams = new Streams() } = exec;
  const { id } = container;
  const fifos = request.tty
    ? undefined
    : openFifos(`${daemon.config.execRoot}/containerd/${id}`, execId, request.stdin);
  streams.onStdinClosed = () => void daemon.containerd.call('closeStdin', { id, execId }).catch(() => undefined);
  try {
    const started = await daemon.containerd.call('exec', {
      id,
      execId,
      process: processFor(daemon, container, request),
      stdio: fifos?.stdio ?? {},
      privileged: request.privileged,
      ...(span !== undefined && { span }),
    });
    exec.pid = started.pid;
    exec.status = 'running';
    if (fifos) streams.useFifos(fifos);
    else if (started.console) streams.useConsole(openConsole(started.console), request.stdin);
  } catch (error) {
    closeFifos(fifos);
    exec.status = 'exited';
    exec.exitCode = 126;
    exec.streams = undefined;
    throw error;
  }
}

function processFor(daemon: Daemon, container: Container, request: ExecRequest): Process {
  const { config, hostConfig, layer } = container;
  const user = lookupUser(
    layer.mergedDir,
    request.user === '' ? config.User : request.user,
    request.user === '' ? (hostConfig.GroupAdd ?? []) : [],
  );
  const host = request.privileged ? { ...hostConfig, Privileged: true } : hostConfig;
  const [height = 0, width = 0] = request.consoleSize ?? [];
  return {
    terminal: request.tty,
    ...(request.tty && width > 0 && height > 0 ? { consoleSize: { width, height } } : {}),
    user,
    args: request.args,
    env: environment({ ...config, Tty: request.tty }, request.env, linkedEnvironment(daemon, container)),
    cwd: request.workingDir !== '' ? request.workingDir : config.WorkingDir === '' ? '/' : config.WorkingDir,
    capabilities: capabilitiesFor(host, user.uid === 0),
    rlimits: ulimitsFor(hostConfig),
    noNewPrivileges: securityOption(hostConfig.SecurityOpt, 'no-new-privileges') === 'true',
  };
}

/** How long a process that outlives it (it inherited the pipes) may keep its output open. */
const DRAIN_LIMIT_MS = 2000;
/** Its output is here and its exit status too: somebody waits for these, and nobody for containerd to forget it. */
const DELETE_DELAY_MS = 50;

/** Its process has ended (or the container has, and it with it). */
export async function finishExec(
  daemon: Daemon,
  container: Container,
  execId: string,
  exitCode: number,
): Promise<void> {
  const exec = container.execs.get(execId);
  await exec?.starting?.catch(() => undefined);
  if (!exec || exec.status === 'exited') return;
  const began = exec.status === 'running';
  exec.status = 'exited';
  exec.exitCode = exitCode;
  if (began) await exec.streams?.drained(DRAIN_LIMIT_MS);
  exec.streams?.close();
  exec.streams = undefined;
  const dir = `${daemon.config.execRoot}/containerd/${container.id}`;
  for (const name of ['stdin', 'stdout', 'stderr']) sys.removeQuietly(`${dir}/${execId}-${name}`);
  const forget = (): void => void daemon.containerd.call('delete', { id: container.id, execId }).catch(() => undefined);
  // As long as the shim holds a terminal, the next one has another number.
  if (exec.request.tty) forget();
  else setTimeout(forget, DELETE_DELAY_MS);
  for (const waiter of exec.waiters) waiter(exitCode);
  exec.waiters.clear();
  tell(daemon, container, exec, 'exec_die', exitCode);
}
