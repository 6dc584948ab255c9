// docker stats: GET /containers/{id}/stats of each container side by side, as a table that is drawn again twice a second.
import { messageOf, filterQuery, query, type Command, type Invocation } from '../command.ts';
import { formatList, type Row } from '../format/list.ts';
import { messages } from '../progress.ts';
import { sleep } from '../../loop/index.ts';
import { rowOfStats, type StatsAnswer } from './stats-row.ts';
import type { ContainerSummary } from './types.ts';

const DRAW_MS = 500;
const enc = encodeURIComponent;

const fields = {
  Container: 'CONTAINER',
  ID: 'CONTAINER ID',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};
const shown = ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'];

/** One container and what was last heard of it. */
interface Watched {
  readonly name: string;
  stats?: StatsAnswer;
  failure?: string;
}

export const stats: Command = {
  names: ['stats', 'container stats'],
  usage: '[OPTIONS] [CONTAINER...]',
  help: 'Display a live stream of container(s) resource usage statistics',
  args: [0, Infinity],
  flags: [
    { name: 'all', short: 'a', type: 'bool', help: 'Show all containers (default shows just running)' },
    { name: 'format', type: 'string', help: "Format: 'table', 'table TEMPLATE', 'json' or a Go template" },
    { name: 'no-stream', type: 'bool', help: 'Disable streaming stats and only pull the first result' },
    { name: 'no-trunc', type: 'bool', help: 'Do not truncate output' },
  ],
  async run(call) {
    const named = call.args.length > 0;
    const watched = new Map<string, Watched>();
    for (const name of named ? call.args : await listed(call)) watched.set(name, { name });
    if (call.flags.bool('no-stream')) return once(call, watched);
    if (!named) void follow(call, watched);
    for (const one of watched.values()) void listen(call, watched, one);
    return draw(call, watched, named);
  },
};

async function listed(call: Invocation): Promise<string[]> {
  const list = await call.api.json<ContainerSummary[]>(
    'GET',
    `/containers/json${query({ all: call.flags.bool('all') })}`,
  );
  return list.map(({ Id }) => Id);
}

/** --no-stream: the daemon compares two readings a second apart for each. */
async function once(call: Invocation, watched: ReadonlyMap<string, Watched>): Promise<number> {
  await Promise.all(
    [...watched.values()].map(async (one) => {
      try {
        one.stats = await call.api.json<StatsAnswer>('GET', `/containers/${enc(one.name)}/stats?stream=0`);
      } catch (error) {
        one.failure = messageOf(error);
      }
    }),
  );
  const failures = [...watched.values()].flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  for (const failure of failures) call.io.err(`${failure}\n`);
  if (failures.length < watched.size || watched.size === 0) call.io.out(text(call, watched));
  return failures.length > 0 ? 1 : 0;
}

/** Takes a container's readings until it is gone. */
async function listen(call: Invocation, watched: Map<string, Watched>, one: Watched): Promise<void> {
  try {
    const body = await call.api.stream('GET', `/containers/${enc(one.name)}/stats?stream=1`);
    for await (const message of messages(body)) one.stats = message as unknown as StatsAnswer;
    watched.delete(one.name);
  } catch (error) {
    one.failure = messageOf(error);
  }
}

/** Without names: containers come and go. */
async function follow(call: Invocation, watched: Map<string, Watched>): Promise<void> {
  const all = call.flags.bool('all');
  const body = await call.api.stream('GET', `/events${query({ filters: filterQuery(['type=container']) })}`);
  for await (const message of messages(body)) {
    const { Action, Actor } = message as unknown as { Action: string; Actor: { ID: string } };
    if (Action === (all ? 'create' : 'start') && !watched.has(Actor.ID)) {
      const one = { name: Actor.ID };
      watched.set(one.name, one);
      void listen(call, watched, one);
    } else if (Action === (all ? 'destroy' : 'die')) watched.delete(Actor.ID);
  }
}

async function draw(call: Invocation, watched: ReadonlyMap<string, Watched>, named: boolean): Promise<number> {
  for (;;) {
    const failed = [...watched.values()].filter(({ failure }) => failure !== undefined);
    if (named && failed.length > 0) {
      for (const { failure } of failed) call.io.err(`${failure ?? ''}\n`);
      return 1;
    }
    if (named && watched.size === 0) return 0;
    // From the top left corner over what stands there, each line and the rest of the screen wiped behind it.
    const lines = text(call, watched).split('\n').slice(0, -1);
    call.io.out(`\x1b[H${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    await sleep(DRAW_MS);
  }
}

function text(call: Invocation, watched: ReadonlyMap<string, Watched>): string {
  const short = !call.flags.bool('no-trunc');
  const rows = [...watched.values()]
    .filter(({ failure }) => failure === undefined)
    .map((one): Row => rowOfStats(one, short));
  return formatList(rows, { format: call.flags.text('format'), fields, shown, type: 'container.statsContext' });
}
