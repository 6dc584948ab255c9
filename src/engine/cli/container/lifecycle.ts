// The verbs that send one request for each container named: start (detached), stop, restart, kill, pause, unpause, rm,
// rename, wait, update, prune. Each prints the name as it was typed, as Docker does.
import {
  argument,
  CommandError,
  filterQuery,
  forEachName,
  messageOf,
  query,
  type Command,
  type Invocation,
} from '../command.ts';
import { ApiFailure } from '../api.ts';
import type { FlagSpec } from '../flags.ts';
import { humanSize } from '../format/units.ts';
import { resources } from './options.ts';

const many = 'CONTAINER [CONTAINER...]';
const enc = encodeURIComponent;

function verb(
  names: readonly string[],
  help: string,
  act: (call: Invocation, name: string) => Promise<unknown>,
  flags: readonly FlagSpec[] = [],
): Command {
  return {
    names,
    usage: flags.length > 0 ? `[OPTIONS] ${many}` : many,
    help,
    flags,
    args: [1, Infinity],
    run: (call) =>
      forEachName(call, call.args, async (name) => {
        await act(call, name);
        return name;
      }),
  };
}

const stopFlags: readonly FlagSpec[] = [
  { name: 'signal', short: 's', type: 'string', help: 'Signal to send to the container' },
  { name: 'timeout', short: 't', type: 'int', help: 'Seconds to wait before killing the container' },
  { name: 'time', type: 'int', help: 'Seconds to wait before killing the container', hidden: true },
];

function stopQuery(call: Invocation): string {
  const flag = ['timeout', 'time'].find((name) => call.flags.has(name));
  return query({ signal: call.flags.text('signal'), t: flag === undefined ? undefined : call.flags.number(flag) });
}

export const stop = verb(
  ['stop', 'container stop'],
  'Stop one or more running containers',
  (call, name) => call.api.send('POST', `/containers/${enc(name)}/stop${stopQuery(call)}`),
  stopFlags,
);
export const restart = verb(
  ['restart', 'container restart'],
  'Restart one or more containers',
  (call, name) => call.api.send('POST', `/containers/${enc(name)}/restart${stopQuery(call)}`),
  stopFlags,
);
export const pause = verb(
  ['pause', 'container pause'],
  'Pause all processes within one or more containers',
  (call, name) => call.api.send('POST', `/containers/${enc(name)}/pause`),
);
export const unpause = verb(
  ['unpause', 'container unpause'],
  'Unpause all processes within one or more containers',
  (call, name) => call.api.send('POST', `/containers/${enc(name)}/unpause`),
);

export const kill = verb(
  ['kill', 'container kill'],
  'Kill one or more running containers',
  (call, name) => call.api.send('POST', `/containers/${enc(name)}/kill${query({ signal: call.flags.text('signal') })}`),
  [{ name: 'signal', short: 's', type: 'string', help: 'Signal to send to the container' }],
);

export const remove: Command = {
  names: ['rm', 'container rm', 'container remove'],
  usage: `[OPTIONS] ${many}`,
  help: 'Remove one or more containers',
  args: [1, Infinity],
  flags: [
    { name: 'force', short: 'f', type: 'bool', help: 'Force the removal of a running container (uses SIGKILL)' },
    { name: 'link', short: 'l', type: 'bool', help: 'Remove the specified link' },
    { name: 'volumes', short: 'v', type: 'bool', help: 'Remove anonymous volumes associated with the container' },
  ],
  run: (call) =>
    forEachName(call, call.args, async (name) => {
      const { api, flags, io } = call;
      const [force, v, link] = [flags.bool('force'), flags.bool('volumes'), flags.bool('link')];
      try {
        await api.send('DELETE', `/containers/${enc(name.replace(/^\/+|\/+$/g, ''))}${query({ force, v, link })}`);
        return name;
      } catch (error) {
        // With -f it is said, and no failure.
        if (!(force && error instanceof ApiFailure && error.status === 404)) throw error;
        io.err(`${error.message}\n`);
        return undefined;
      }
    }),
};

export const update: Command = verb(
  ['update', 'container update'],
  'Update configuration of one or more containers',
  async (call, name) => {
    const body = resources(call.flags);
    const given = Object.fromEntries(
      Object.entries(body).filter(
        ([, value]) => value !== 0 && value !== '' && !(Array.isArray(value) && value.length === 0),
      ),
    );
    const restart = call.flags.text('restart');
    const [Name, count] = restart.split(':');
    if (Object.keys(given).length === 0 && restart === '')
      throw new CommandError('you must provide one or more flags when using this command');
    const answer = await call.api.json<{ Warnings?: string[] | null }>('POST', `/containers/${enc(name)}/update`, {
      ...given,
      ...(restart ? { RestartPolicy: { Name, MaximumRetryCount: Number(count ?? 0) } } : {}),
    });
    for (const warning of answer.Warnings ?? []) call.io.err(`${warning}\n`);
  },
  [
    { name: 'blkio-weight', type: 'uint16', help: 'Share of block I/O, 10 to 1000, or 0 for none', default: '0' },
    { name: 'cpu-period', type: 'int', help: 'Period of the CPU quota in microseconds' },
    { name: 'cpu-quota', type: 'int', help: 'Microseconds of CPU in each period' },
    { name: 'cpu-rt-period', type: 'int', help: 'Period of the real-time CPU quota in microseconds' },
    { name: 'cpu-rt-runtime', type: 'int', help: 'Microseconds of real-time CPU in each period' },
    { name: 'cpu-shares', short: 'c', type: 'int', help: 'CPU weight against other containers' },
    { name: 'cpus', type: 'cpus', help: 'Number of CPUs' },
    { name: 'cpuset-cpus', type: 'string', help: 'CPUs to run on (0-3, 0,1)' },
    { name: 'cpuset-mems', type: 'string', help: 'Memory nodes to use (0-3, 0,1)' },
    { name: 'memory', short: 'm', type: 'bytes', help: 'Memory limit' },
    { name: 'memory-reservation', type: 'bytes', help: 'Memory to keep when memory is short' },
    { name: 'memory-swap', type: 'bytes', help: "Memory and swap together; '-1' is no limit" },
    { name: 'pids-limit', type: 'int', help: 'How many processes (-1: any number)' },
    { name: 'restart', type: 'string', help: 'Restart policy to apply when a container exits' },
  ],
);

export const rename: Command = {
  names: ['rename', 'container rename'],
  usage: 'CONTAINER NEW_NAME',
  help: 'Rename a container',
  flags: [],
  args: [2, 2],
  async run(call) {
    try {
      await call.api.send('POST', `/containers/${enc(argument(call, 0))}/rename${query({ name: argument(call, 1) })}`);
    } catch (error) {
      throw new CommandError(`${messageOf(error)}\nError: failed to rename container named ${argument(call, 0)}`);
    }
    return 0;
  },
};

export const wait: Command = {
  names: ['wait', 'container wait'],
  usage: many,
  help: 'Block until one or more containers stop, then print their exit codes',
  flags: [],
  args: [1, Infinity],
  run: (call) =>
    forEachName(call, call.args, async (name) => {
      const { StatusCode } = await call.api.json<{ StatusCode: number }>('POST', `/containers/${enc(name)}/wait`);
      return String(StatusCode);
    }),
};

/** Ask before something is deleted, as Docker does; without a terminal the answer is what stdin says. */
export async function confirmed(call: Invocation, warning: string): Promise<boolean> {
  if (call.flags.bool('force')) return true;
  call.io.out(`${warning}\nAre you sure you want to continue? [y/N] `);
  const bytes = await call.io.stdin.read();
  const answer = bytes?.[0];
  return answer === 0x79 || answer === 0x59;
}

const pruneFlags: readonly FlagSpec[] = [
  { name: 'filter', type: 'filter', help: 'Only what meets these conditions' },
  { name: 'force', short: 'f', type: 'bool', help: 'Do not prompt for confirmation' },
];

export const containerPrune: Command = {
  names: ['container prune'],
  usage: '[OPTIONS]',
  help: 'Remove all stopped containers',
  flags: pruneFlags,
  args: [0, 0],
  async run(call) {
    if (!(await confirmed(call, 'WARNING! This will remove all stopped containers.'))) return 0;
    const { ContainersDeleted, SpaceReclaimed } = await call.api.json<{
      ContainersDeleted: string[] | null;
      SpaceReclaimed: number;
    }>('POST', `/containers/prune${query({ filters: filterQuery(call.flags.list('filter')) })}`);
    if (ContainersDeleted?.length) call.io.out(`Deleted Containers:\n${ContainersDeleted.join('\n')}\n\n`);
    call.io.out(`Total reclaimed space: ${humanSize(SpaceReclaimed)}\n`);
    return 0;
  },
};
