// Commands that only look at a container: logs, top, port, diff, inspect, stats.
import { argument, CommandError, messageOf, query, type Command, type Invocation } from '../command.ts';
import { newerFlag, type Flags, type FlagSpec } from '../flags.ts';
import { formatObjects } from '../format/list.ts';
import { table } from '../format/table.ts';
import { timestamp } from '../format/timestamp.ts';
import { copyMultiplexed } from '../stdio.ts';

const enc = encodeURIComponent;

function timeOf(flags: Flags, name: 'since' | 'until'): string {
  try {
    return timestamp(flags.text(name));
  } catch (error) {
    throw new CommandError(`invalid value for "${name}": ${messageOf(error)}`);
  }
}

export const logs: Command = {
  names: ['logs', 'container logs'],
  usage: '[OPTIONS] CONTAINER',
  help: 'Fetch the logs of a container',
  args: [1, 1],
  flags: [
    { name: 'details', type: 'bool', help: 'Show the attributes of the lines' },
    { name: 'follow', short: 'f', type: 'bool', help: 'Follow log output' },
    { name: 'since', type: 'string', help: 'Only since a time (2013-01-02T13:23:37Z) or so long ago (42m)' },
    { name: 'tail', short: 'n', type: 'string', help: 'Number of lines from the end', default: '"all"' },
    { name: 'timestamps', short: 't', type: 'bool', help: 'Show timestamps' },
    { name: 'until', type: 'string', help: 'Only before a time, or so long ago' },
  ],
  async run(call) {
    const { api, flags, io } = call;
    const name = argument(call, 0);
    const { Config } = await api.json<{ Config: { Tty: boolean } }>('GET', `/containers/${enc(name)}/json`);
    const parameters = {
      stdout: true,
      stderr: true,
      follow: flags.bool('follow'),
      since: timeOf(flags, 'since'),
      until: timeOf(flags, 'until'),
      timestamps: flags.bool('timestamps'),
      details: flags.bool('details'),
      tail: flags.text('tail'),
    };
    const body = await api.stream('GET', `/containers/${enc(name)}/logs${query(parameters)}`);
    if (Config.Tty) for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) io.out(bytes);
    else await copyMultiplexed(body, io.stdout, io.stderr);
    return 0;
  },
};

export const top: Command = {
  names: ['top', 'container top'],
  usage: 'CONTAINER [ps OPTIONS]',
  help: 'Display the running processes of a container',
  args: [1, Infinity],
  flags: [],
  stopAtFirst: true,
  async run(call) {
    const answer = await call.api.json<{ Titles: string[]; Processes: string[][] }>(
      'GET',
      `/containers/${enc(argument(call, 0))}/top${query({ ps_args: call.args.slice(1).join(' ') })}`,
    );
    call.io.out(table([answer.Titles, ...answer.Processes], 3, 20));
    return 0;
  },
};

export const port: Command = {
  names: ['port', 'container port'],
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  help: 'List port mappings or a specific mapping for the container',
  args: [1, 2],
  flags: [],
  async run(call) {
    const name = argument(call, 0);
    const { NetworkSettings } = await call.api.json<{
      NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[] | null> };
    }>('GET', `/containers/${enc(name)}/json`);
    const address = (b: { HostIp: string; HostPort: string }): string =>
      `${b.HostIp.includes(':') ? `[${b.HostIp}]` : b.HostIp}:${b.HostPort}`;
    const [, wanted] = call.args;
    if (wanted !== undefined) {
      const key = wanted.includes('/') ? wanted : `${wanted}/tcp`;
      const [number = ''] = key.split('/');
      if (!/^\d+$/.test(number))
        throw new CommandError(
          `Error: invalid port (${number}): strconv.ParseUint: parsing "${number}": invalid syntax`,
        );
      const bound = NetworkSettings.Ports[key];
      if (!bound?.length) throw new CommandError(`Error: No public port '${wanted}' published for ${name}`);
      for (const binding of bound) call.io.out(`${address(binding)}\n`);
      return 0;
    }
    const lines = Object.entries(NetworkSettings.Ports).flatMap(([key, bound]) =>
      (bound ?? []).map((binding) => `${key} -> ${address(binding)}\n`),
    );
    call.io.out(lines.sort().join(''));
    return 0;
  },
};

export const diff: Command = {
  names: ['diff', 'container diff'],
  usage: 'CONTAINER',
  help: "Inspect changes to files or directories on a container's filesystem",
  args: [1, 1],
  flags: [],
  async run(call) {
    const changes = await call.api.json<{ Kind: number; Path: string }[] | null>(
      'GET',
      `/containers/${enc(argument(call, 0))}/changes`,
    );
    call.io.out((changes ?? []).map(({ Kind, Path }) => `${'CAD'[Kind] ?? '?'} ${Path}\n`).join(''));
    return 0;
  },
};

interface Kind {
  readonly type: string;
  readonly path: (name: string, size: boolean) => string;
}

const kinds: readonly Kind[] = [
  { type: 'container', path: (name, size) => `/containers/${enc(name)}/json${size ? '?size=1' : ''}` },
  { type: 'image', path: (name) => `/images/${enc(name)}/json` },
  { type: 'network', path: (name) => `/networks/${enc(name)}` },
  { type: 'volume', path: (name) => `/volumes/${enc(name)}` },
];

async function inspectAll(
  call: Invocation,
  among: readonly Kind[],
  missing: (name: string) => string,
): Promise<number> {
  const found: unknown[] = [];
  const errors: string[] = [];
  for (const name of call.args) {
    try {
      found.push(await firstFound(call, name, among, missing));
    } catch (error) {
      errors.push(messageOf(error));
    }
  }
  call.io.out(formatObjects(found, call.flags.text('format')));
  for (const error of errors) call.io.err(`${error}\n`);
  return errors.length > 0 ? 1 : 0;
}

async function firstFound(
  call: Invocation,
  name: string,
  among: readonly Kind[],
  missing: (name: string) => string,
): Promise<unknown> {
  for (const kind of among) {
    const { status, text } = await call.api.call('GET', kind.path(name, call.flags.bool('size')));
    if (status < 400) return JSON.parse(text) as unknown;
    if ((status !== 404 && status !== 400) || among.length === 1) call.api.check(status, text);
  }
  throw new CommandError(missing(name));
}

const formatFlag = { name: 'format', short: 'f', type: 'string', help: "Format: 'json' or a Go template" } as const;
const sizeFlag = {
  name: 'size',
  short: 's',
  type: 'bool',
  help: 'Display total file sizes if the type is container',
} as const;

export const inspect: Command = {
  names: ['inspect'],
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  help: 'Return low-level information on Docker objects',
  args: [1, Infinity],
  flags: [formatFlag, sizeFlag, { name: 'type', type: 'string', help: 'Only look for objects of this type' }],
  run(call) {
    const type = call.flags.text('type');
    const among = type === '' ? kinds : kinds.filter((kind) => kind.type === type);
    if (among.length === 0)
      throw new CommandError(`unknown type: "${type}": must be one of "container", "image", "network", "volume"`);
    return inspectAll(call, among, (name) =>
      type === '' ? `Error: No such object: ${name}` : `error: no such ${type}: ${name}`,
    );
  },
};

const kindFlags: Readonly<Record<string, readonly FlagSpec[]>> = {
  container: [sizeFlag],
  image: [newerFlag('platform', 'string', '1.49')],
  network: [{ name: 'verbose', short: 'v', type: 'bool', help: 'Verbose output for diagnostics' }],
};

/** `docker container inspect` and its like for the other kinds of object. */
export const inspectKinds: readonly Command[] = kinds.map((kind) => ({
  names: [`${kind.type} inspect`],
  usage: `[OPTIONS] ${kind.type.toUpperCase()} [${kind.type.toUpperCase()}...]`,
  help: `Display detailed information on one or more ${kind.type}s`,
  args: [1, Infinity],
  flags: [formatFlag, ...(kindFlags[kind.type] ?? [])],
  run: (call) => inspectAll(call, [kind], (name) => `error: no such ${kind.type}: ${name}`),
}));
