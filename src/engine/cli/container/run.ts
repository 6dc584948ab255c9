// docker run, create, start, attach and exec: the commands that tie a terminal to a container.
// The order for run is create, attach, wait (subscribed before the start), start; see the API's notes on attach.
import { argument, CommandError, messageOf, query, type Command, type Invocation } from '../command.ts';
import { ApiFailure } from '../api.ts';
import { missingFlag, type FlagSpec } from '../flags.ts';
import { formatPlatform, parsePlatform } from '../../dockerd/platform.ts';
import { checkNameOrId } from '../image/name.ts';
import { pullImage } from '../image/pull.ts';
import { forwardSignals, interact, keepSize, type Attached } from '../interact.ts';
import { createFlags } from './create-flags.ts';
import { createBody, invalid } from './options.ts';

const enc = encodeURIComponent;
const detachKeys: FlagSpec = {
  name: 'detach-keys',
  type: 'string',
  help: 'Override the key sequence for detaching a container',
};

interface Created {
  readonly Id: string;
  readonly Warnings: readonly string[] | null;
}

/** -it without a terminal: said as it is, exit status 1. */
class NoTerminal extends CommandError {}

/** POST /containers/create; a missing image is pulled first unless --pull says otherwise. */
async function createContainer(call: Invocation): Promise<Created> {
  const { api, flags, io } = call;
  const image = argument(call, 0);
  const policy = flags.text('pull') || 'missing';
  if (!['always', 'missing', 'never'].includes(policy))
    throw invalid(`invalid pull option: '${policy}': must be one of "always", "missing" or "never"`);
  const cidfile = flags.text('cidfile');
  if (cidfile && io.readFile(cidfile) !== undefined)
    throw invalid(`container ID file found, make sure the other container isn't running or delete ${cidfile}`);
  const body = await createBody(call, image, call.args.slice(1));
  checkNameOrId(image);
  const platform = platformOf(flags.text('platform'));
  const path = `/containers/create${query({ name: flags.text('name'), platform })}`;
  const pull = (): Promise<void> => pullImage(call, image, { quiet: flags.bool('quiet'), platform, toStderr: true });
  if (policy === 'always') await pull();
  let created: Created;
  try {
    created = await api.json<Created>('POST', path, body);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 404 || policy !== 'missing') throw error;
    if (!flags.bool('quiet')) io.err(`Unable to find image '${withTag(image)}' locally\n`);
    await pull();
    created = await api.json<Created>('POST', path, body);
  }
  for (const warning of created.Warnings ?? []) io.err(`WARNING: ${warning}\n`);
  if (cidfile) io.writeFile(cidfile, created.Id);
  return created;
}

/** Written out, `linux` as `linux/386`. */
function platformOf(text: string): string {
  if (text === '') return '';
  try {
    return formatPlatform(parsePlatform(text));
  } catch (error) {
    throw invalid(`error parsing specified platform: ${messageOf(error)}`);
  }
}

function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

export const create: Command = {
  names: ['create', 'container create'],
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  help: 'Create a new container',
  args: [1, Infinity],
  stopAtFirst: true,
  flags: createFlags,
  async run(call) {
    const { Id } = await createContainer(call);
    call.io.out(`${Id}\n`);
    return 0;
  },
};

export const run: Command = {
  names: ['run', 'container run'],
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  help: 'Create and run a new container from an image',
  args: [1, Infinity],
  stopAtFirst: true,
  flags: [
    ...createFlags,
    { name: 'detach', short: 'd', type: 'bool', help: 'Run container in background and print container ID' },
    detachKeys,
    { name: 'sig-proxy', type: 'bool', help: 'Proxy received signals to the process', default: 'true' },
  ],
  async run(call) {
    try {
      return await runContainer(call);
    } catch (error) {
      if (error instanceof NoTerminal) throw error;
      throw new CommandError(
        `docker: ${messageOf(error)}\n\nRun 'docker run --help' for more information`,
        exitCodeOf(error),
      );
    }
  },
};

/** 127 and 126 as a shell gives them where the daemon says that a file is missing or no program, else 125. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof ApiFailure)) return 125;
  if (/executable file not found|no such file or directory|system cannot find the file/.test(error.message)) return 127;
  return /permission denied|is a directory/.test(error.message) ? 126 : 125;
}

async function runContainer(call: Invocation): Promise<number> {
  const { api, flags, io } = call;
  const detached = flags.bool('detach');
  if (detached && flags.has('attach')) throw invalid('conflicting options: cannot specify both --attach and --detach');
  if (flags.bool('rm') && !['', 'no'].includes(flags.text('restart')))
    throw invalid('conflicting options: cannot specify both --restart and --rm');
  const tty = flags.bool('tty');
  if (!detached && tty && flags.bool('interactive') && !io.isTerminal(0))
    throw new NoTerminal('the input device is not a TTY', 1);
  const { Id } = await createContainer(call);
  const attachedTo = detached
    ? undefined
    : await attachStreams(call, Id, streamsOf(call), tty, flags.bool('interactive'));
  const waiting = detached ? undefined : exitStatus(call, Id, flags.bool('rm') ? 'removed' : 'next-exit');
  const status = waiting && (await waiting);
  try {
    await api.send('POST', `/containers/${Id}/start`);
  } catch (error) {
    attachedTo?.close();
    if (flags.bool('rm')) await api.call('DELETE', `/containers/${Id}?force=1&v=1`);
    throw error;
  }
  if (!attachedTo || !status) {
    io.out(`${Id}\n`);
    return 0;
  }
  const stopSize = tty ? keepSize(call, `/containers/${Id}/resize`) : undefined;
  const stopSignals =
    flags.has('sig-proxy') && !flags.bool('sig-proxy') ? undefined : tty ? undefined : forwardSignals(call, Id);
  try {
    if ((await interact(attachedTo, io, { tty, keys: flags.text('detach-keys') })) === 'detached') return 0;
    return await status();
  } finally {
    stopSize?.();
    stopSignals?.();
  }
}

function streamsOf(call: Invocation): { stdin: boolean; stdout: boolean; stderr: boolean } {
  const attach = call.flags.list('attach').map((name) => name.toLowerCase());
  if (attach.length > 0)
    return { stdin: attach.includes('stdin'), stdout: attach.includes('stdout'), stderr: attach.includes('stderr') };
  return { stdin: call.flags.bool('interactive'), stdout: true, stderr: true };
}

async function attachStreams(
  call: Invocation,
  id: string,
  streams: { stdin: boolean; stdout: boolean; stderr: boolean },
  tty: boolean,
  interactive: boolean,
): Promise<Attached> {
  const connection = await call.api.hijack(
    'POST',
    `/containers/${enc(id)}/attach${query({ stream: true, ...streams, detachKeys: call.flags.text('detach-keys') })}`,
  );
  return { ...connection, tty, sendsStdin: streams.stdin && interactive };
}

/** Subscribe to the exit; the head of the answer is there before the start. The inner promise gives the exit status. */
async function exitStatus(call: Invocation, id: string, condition: string): Promise<() => Promise<number>> {
  const body = await call.api.stream('POST', `/containers/${enc(id)}/wait?condition=${condition}`);
  return async () => {
    const answer = JSON.parse(await call.api.textOf(body)) as {
      StatusCode: number;
      Error?: { Message: string } | null;
    };
    if (answer.Error?.Message) throw new CommandError(answer.Error.Message, 125);
    return answer.StatusCode;
  };
}

export const start: Command = {
  names: ['start', 'container start'],
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  help: 'Start one or more stopped containers',
  args: [1, Infinity],
  flags: [
    { name: 'attach', short: 'a', type: 'bool', help: 'Attach STDOUT/STDERR and forward signals' },
    missingFlag('checkpoint', 'string'),
    missingFlag('checkpoint-dir', 'string'),
    detachKeys,
    { name: 'interactive', short: 'i', type: 'bool', help: "Attach container's STDIN" },
  ],
  async run(call) {
    const { api, flags, io, args } = call;
    if (!flags.bool('attach') && !flags.bool('interactive')) {
      let failed: string[] = [];
      for (const name of args) {
        try {
          await api.send('POST', `/containers/${enc(name)}/start`);
          io.out(`${name}\n`);
        } catch (error) {
          io.err(`${messageOf(error)}\n`);
          failed = [...failed, name];
        }
      }
      if (failed.length > 0) io.err(`Error: failed to start containers: ${failed.join(', ')}\n`);
      return failed.length > 0 ? 1 : 0;
    }
    if (args.length > 1) throw new CommandError('you cannot start and attach multiple containers at once');
    const info = await api.json<Inspected>('GET', `/containers/${enc(argument(call, 0))}/json`);
    return attachAndStart(call, info);
  },
};

interface Inspected {
  readonly Id: string;
  readonly Config: { readonly Tty: boolean; readonly OpenStdin: boolean };
  readonly State: {
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Restarting: boolean;
    readonly ExitCode: number;
  };
  readonly HostConfig: { readonly AutoRemove: boolean };
}

async function attachAndStart(call: Invocation, info: Inspected): Promise<number> {
  const { api, flags, io } = call;
  const { Tty: tty, OpenStdin } = info.Config;
  const stdin = flags.bool('interactive') && OpenStdin;
  const attached = await attachStreams(call, info.Id, { stdin, stdout: true, stderr: true }, tty, stdin);
  const status = await exitStatus(call, info.Id, info.HostConfig.AutoRemove ? 'removed' : 'next-exit');
  await api.send('POST', `/containers/${info.Id}/start`);
  const stopSize = tty ? keepSize(call, `/containers/${info.Id}/resize`) : undefined;
  const stopSignals = tty ? undefined : forwardSignals(call, info.Id);
  try {
    if ((await interact(attached, io, { tty, keys: flags.text('detach-keys') })) === 'detached') return 0;
    return await status();
  } finally {
    stopSize?.();
    stopSignals?.();
  }
}

export const attach: Command = {
  names: ['attach', 'container attach'],
  usage: '[OPTIONS] CONTAINER',
  help: 'Attach local standard input, output, and error streams to a running container',
  args: [1, 1],
  flags: [
    detachKeys,
    { name: 'no-stdin', type: 'bool', help: 'Do not attach STDIN' },
    { name: 'sig-proxy', type: 'bool', help: 'Proxy all received signals to the process', default: 'true' },
  ],
  async run(call) {
    const { api, flags, io } = call;
    const info = await api.json<Inspected>('GET', `/containers/${enc(argument(call, 0))}/json`);
    if (!info.State.Running) throw new CommandError('You cannot attach to a stopped container, start it first');
    if (info.State.Paused) throw new CommandError('You cannot attach to a paused container, unpause it first');
    if (info.State.Restarting)
      throw new CommandError('You cannot attach to a restarting container, wait until it is running');
    const { Tty: tty, OpenStdin } = info.Config;
    const stdin = OpenStdin && !flags.bool('no-stdin');
    const status = await exitStatus(call, info.Id, 'not-running');
    const attached = await attachStreams(call, info.Id, { stdin, stdout: true, stderr: true }, tty, stdin);
    const stopSize = tty ? keepSize(call, `/containers/${info.Id}/resize`) : undefined;
    const stopSignals =
      tty || (flags.has('sig-proxy') && !flags.bool('sig-proxy')) ? undefined : forwardSignals(call, info.Id);
    try {
      if ((await interact(attached, io, { tty, keys: flags.text('detach-keys') })) === 'detached') {
        io.err('read escape sequence\n');
        return 0;
      }
      return await status();
    } finally {
      stopSize?.();
      stopSignals?.();
    }
  },
};

export const exec: Command = {
  names: ['exec', 'container exec'],
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  help: 'Execute a command in a running container',
  args: [2, Infinity],
  stopAtFirst: true,
  flags: [
    { name: 'detach', short: 'd', type: 'bool', help: 'Detached mode: run command in the background' },
    detachKeys,
    { name: 'env', short: 'e', type: 'list', help: 'Set environment variables' },
    { name: 'env-file', type: 'list', help: 'Read in a file of environment variables' },
    { name: 'interactive', short: 'i', type: 'bool', help: 'Keep STDIN open even if not attached' },
    { name: 'privileged', type: 'bool', help: 'Give extended privileges to the command' },
    { name: 'tty', short: 't', type: 'bool', help: 'Allocate a pseudo-TTY' },
    { name: 'user', short: 'u', type: 'string', help: 'Username or UID (format: "<name|uid>[:<group|gid>]")' },
    { name: 'workdir', short: 'w', type: 'string', help: 'Working directory inside the container' },
  ],
  async run(call) {
    const { api, flags, io, args } = call;
    const tty = flags.bool('tty');
    const interactive = flags.bool('interactive');
    const detach = flags.bool('detach');
    if (tty && interactive && !detach && !io.isTerminal(0)) throw new CommandError('the input device is not a TTY');
    const size = tty ? io.size() : undefined;
    const env = flags
      .list('env')
      .flatMap((line) =>
        line.includes('=') ? [line] : call.env[line] === undefined ? [] : [`${line}=${call.env[line]}`],
      );
    const { Id } = await api.json<{ Id: string }>('POST', `/containers/${enc(argument(call, 0))}/exec`, {
      User: flags.text('user'),
      Privileged: flags.bool('privileged'),
      Tty: tty,
      AttachStdin: interactive && !detach,
      AttachStdout: !detach,
      AttachStderr: !detach,
      DetachKeys: flags.text('detach-keys'),
      Env: env,
      WorkingDir: flags.text('workdir'),
      Cmd: args.slice(1),
      ...(size ? { ConsoleSize: size } : {}),
    });
    if (detach) {
      await api.send('POST', `/exec/${Id}/start`, { Detach: true, Tty: tty });
      return 0;
    }
    const connection = await api.hijack('POST', `/exec/${Id}/start`, {
      Detach: false,
      Tty: tty,
      ...(size ? { ConsoleSize: size } : {}),
    });
    const stopSize = tty ? keepSize(call, `/exec/${Id}/resize`) : undefined;
    try {
      if (
        (await interact({ ...connection, tty, sendsStdin: interactive }, io, {
          tty,
          keys: flags.text('detach-keys'),
        })) === 'detached'
      )
        return 0;
      const { ExitCode } = await api.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`);
      return ExitCode ?? 0;
    } finally {
      stopSize?.();
    }
  },
};
