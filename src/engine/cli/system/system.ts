// docker version, info, events, system df, system prune.
import { CommandError, filterQuery, messageOf, query, type Command, type Invocation } from '../command.ts';
import { confirmed } from '../container/lifecycle.ts';
import { formatObjects } from '../format/list.ts';
import { compileTemplate } from '../format/template.ts';
import { timestamp } from '../format/timestamp.ts';
import { humanSize } from '../format/units.ts';
import { messages } from '../progress.ts';
import { infoText, type Info } from './info.ts';

const longFormat = { name: 'format', type: 'string', help: "Format: 'json' or a Go template" } as const;
const formatFlag = { ...longFormat, short: 'f' } as const;

/** Version of this client. It speaks as Docker's 28.2 does. */
export const CLIENT_VERSION = '28.2.2';
export const API_VERSION = '1.47';

interface ServerVersion {
  readonly Platform: { readonly Name: string };
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion: string;
  readonly GitCommit: string;
  readonly GoVersion: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion: string;
  readonly BuildTime: string;
  readonly Components?: readonly {
    readonly Name: string;
    readonly Version: string;
    readonly Details?: Readonly<Record<string, string>>;
  }[];
}

export const version: Command = {
  names: ['version'],
  usage: '[OPTIONS]',
  help: 'Show the Docker version information',
  args: [0, 0],
  flags: [formatFlag],
  async run(call) {
    const client = {
      Version: CLIENT_VERSION,
      ApiVersion: API_VERSION,
      DefaultAPIVersion: API_VERSION,
      GitCommit: 'drydock',
      GoVersion: 'none (QuickJS)',
      Os: 'linux',
      Arch: '386',
      BuildTime: '',
      Context: 'default',
    };
    let server: ServerVersion | undefined;
    let problem: unknown;
    try {
      server = await call.api.json<ServerVersion>('GET', '/version');
    } catch (error) {
      problem = error;
    }
    if (call.flags.has('format'))
      call.io.out(
        formatObjects([{ Client: client, Server: server ?? null }], call.flags.text('format'), {
          name: 'version',
          type: 'system.versionInfo',
        }).replace(/^\[|\]$/gm, ''),
      );
    else call.io.out(versionText(client, server));
    if (problem) throw problem;
    return 0;
  },
};

function lines(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, value]) => `${name.padEnd(19)}${value}\n`).join('');
}

function versionText(
  client: { Version: string; ApiVersion: string; GitCommit: string; Os: string; Arch: string },
  server: ServerVersion | undefined,
): string {
  let text = `Client: Drydock\n${lines([
    [' Version:', client.Version],
    [' API version:', client.ApiVersion],
    [' Git commit:', client.GitCommit],
    [' OS/Arch:', `${client.Os}/${client.Arch}`],
    [' Context:', 'default'],
  ])}`;
  if (!server) return text;
  text += `\nServer: ${server.Platform.Name}\n Engine:\n${lines([
    ['  Version:', server.Version],
    ['  API version:', `${server.ApiVersion} (minimum version ${server.MinAPIVersion})`],
    ['  Git commit:', server.GitCommit],
    ['  OS/Arch:', `${server.Os}/${server.Arch}`],
  ])}`;
  for (const part of server.Components ?? [])
    if (part.Name !== 'Engine')
      text += ` ${part.Name}:\n${lines([
        ['  Version:', part.Version],
        ['  GitCommit:', part.Details?.['GitCommit'] ?? ''],
      ])}`;
  return text;
}

export const info: Command = {
  names: ['info', 'system info'],
  usage: '[OPTIONS]',
  help: 'Display system-wide information',
  args: [0, 0],
  flags: [formatFlag],
  async run(call) {
    const server = await call.api.json<Info>('GET', '/info');
    if (call.flags.has('format'))
      call.io.out(
        call.flags.text('format') === 'json'
          ? `${JSON.stringify(server)}\n`
          : formatObjects([server], call.flags.text('format'), { type: 'system.dockerInfo' }),
      );
    else {
      call.io.out(infoText(server, CLIENT_VERSION));
      for (const warning of server.Warnings ?? []) call.io.err(`${warning}\n`);
    }
    return 0;
  },
};

/** `--format` of events; a field that no event has is found before the first one comes, as in Docker. */
function eventTemplate(format: string): (data: unknown) => string {
  try {
    const render = compileTemplate(format, { type: '*events.Message' });
    render(fieldsOf({ Type: '', Action: '', Actor: { ID: '', Attributes: {} }, time: 0, timeNano: 0 }));
    return render;
  } catch (error) {
    throw new CommandError(`Error parsing format: ${messageOf(error)}`, 64);
  }
}

/** An event as Go's struct names its fields. */
function fieldsOf(event: EngineMessage): object {
  const { status = '', id = '', from = '', scope = '', time, timeNano, Type, Action, Actor } = event;
  return { Status: status, ID: id, From: from, Type, Action, Actor, Scope: scope, Time: time, TimeNano: timeNano };
}

interface EngineMessage {
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly scope?: string;
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
  readonly time: number;
}

export const events: Command = {
  names: ['events', 'system events'],
  usage: '[OPTIONS]',
  help: 'Get real time events from the server',
  args: [0, 0],
  flags: [
    { name: 'filter', short: 'f', type: 'filter', help: 'Only what meets these conditions' },
    longFormat,
    { name: 'since', type: 'string', help: 'Show all events created since timestamp' },
    { name: 'until', type: 'string', help: 'Stream events until this timestamp' },
  ],
  async run(call) {
    const { flags, io } = call;
    const format = flags.text('format');
    const render = format === '' || format === 'json' ? undefined : eventTemplate(format);
    const body = await call.api.stream(
      'GET',
      `/events${query({ since: timestamp(flags.text('since')), until: timestamp(flags.text('until')), filters: filterQuery(flags.list('filter')) })}`,
    );
    for await (const message of messages(body)) {
      const event = message as unknown as EngineMessage;
      if (render) io.out(`${render(fieldsOf(event))}\n`);
      else io.out(format === 'json' ? `${JSON.stringify(event)}\n` : eventLine(event));
    }
    return 0;
  },
};

/** `2026-11-20T19:40:00.123456789Z container start 0123… (image=busybox, name=web)`. */
function eventLine(event: EngineMessage): string {
  const attributes = Object.entries(event.Actor.Attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const nanos = String(Math.floor(event.timeNano % 1e9)).padStart(9, '0');
  const time = `${new Date(event.time * 1000).toISOString().slice(0, 19)}.${nanos}Z`;
  const said = attributes.map(([name, value]) => `${name}=${value}`).join(', ');
  return `${time} ${event.Type} ${event.Action} ${event.Actor.ID}${said ? ` (${said})` : ''}\n`;
}

export const systemPrune: Command = {
  names: ['system prune'],
  usage: '[OPTIONS]',
  help: 'Remove unused data',
  args: [0, 0],
  flags: [
    { name: 'all', short: 'a', type: 'bool', help: 'Remove all unused images not just dangling ones' },
    { name: 'filter', type: 'filter', help: 'Only what meets these conditions' },
    { name: 'force', short: 'f', type: 'bool', help: 'Do not prompt for confirmation' },
    { name: 'volumes', type: 'bool', help: 'Prune anonymous volumes' },
  ],
  async run(call) {
    const all = call.flags.bool('all');
    const parts = [
      'all stopped containers',
      'all networks not used by at least one container',
      ...(call.flags.bool('volumes') ? ['all anonymous volumes not used by at least one container'] : []),
      all ? 'all images without at least one container associated to them' : 'all dangling images',
      all ? 'all build cache' : 'unused build cache',
    ];
    const warning = `WARNING! This will remove:\n${parts.map((part) => `  - ${part}\n`).join('')}`;
    if (!(await confirmed(call, warning))) return 0;
    await pruneAll(call, all);
    return 0;
  },
};

async function pruneAll(call: Invocation, all: boolean): Promise<void> {
  type Pruned = {
    ContainersDeleted?: string[] | null;
    NetworksDeleted?: string[] | null;
    VolumesDeleted?: string[] | null;
    ImagesDeleted?: { Untagged?: string; Deleted?: string }[] | null;
    SpaceReclaimed?: number;
  };
  const given = call.flags.list('filter');
  const prune = (path: string, more: readonly string[] = []): Promise<Pruned> =>
    call.api.json<Pruned>('POST', `${path}${query({ filters: filterQuery([...given, ...more]) })}`);
  const containers = await prune('/containers/prune');
  const networks = await prune('/networks/prune');
  const volumes = call.flags.bool('volumes') ? await prune('/volumes/prune') : {};
  const images = await prune('/images/prune', [`dangling=${!all}`]);
  const imageLines = (images.ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted ?? ''}`,
  );
  for (const [title, list] of [
    ['Containers', containers.ContainersDeleted],
    ['Networks', networks.NetworksDeleted],
    ['Volumes', volumes.VolumesDeleted],
    ['Images', imageLines],
  ] as const)
    if (list?.length) call.io.out(`Deleted ${title}:\n${list.join('\n')}\n\n`);
  const total = [containers, networks, volumes, images].reduce((sum, part) => sum + (part.SpaceReclaimed ?? 0), 0);
  call.io.out(`Total reclaimed space: ${humanSize(total)}\n`);
}
