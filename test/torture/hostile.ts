// Requests that no honest client sends: noise, halves of requests, headers without end, JSON of the wrong types on every endpoint,
// paths that want out, hundreds of idle connections. Every answer is an error in Docker's form or an end; the engine goes on as
// it was, with about the memory that it had.
import { ROUTES } from '../../src/engine/dockerd/routes.ts';
import type { ByteStream } from '../../src/vm/byte-stream.ts';
import type { Session } from '../../src/vm/session.ts';
import { chanceFrom, type Chance } from './chance.ts';
import { agree } from './agreement.ts';
import { vm, type Say } from './suites.ts';

const SOCKET = '/var/run/docker.sock';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Sends bytes as they are, says that no more come, and reads what is answered (its beginning). */
async function send(session: Session, bytes: Uint8Array): Promise<string> {
  const stream = session.machine.agent.connect(SOCKET);
  try {
    await stream.write(bytes);
    stream.end();
    let answer = '';
    for (let part = await stream.read(); part && answer.length < 4096; part = await stream.read())
      answer += new TextDecoder().decode(part);
    return answer;
  } catch {
    return '';
  } finally {
    stream.abort();
  }
}

const WRONG: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  'x',
  [],
  [null],
  {},
  { a: { b: [] } },
  '\u0000',
  '../../etc/passwd',
];
const FIELDS = [
  ...[
    'Image',
    'Cmd',
    'Env',
    'HostConfig',
    'NetworkingConfig',
    'Labels',
    'Volumes',
    'ExposedPorts',
    'Healthcheck',
    'Entrypoint',
  ],
  ...[
    'Name',
    'Driver',
    'DriverOpts',
    'IPAM',
    'Options',
    'Container',
    'EndpointConfig',
    'Memory',
    'RestartPolicy',
    'Detach',
    'Tty',
    'Force',
  ],
];
const HOST_FIELDS = [
  'Binds',
  'Mounts',
  'PortBindings',
  'Memory',
  'Dns',
  'Tmpfs',
  'Ulimits',
  'Devices',
  'LogConfig',
  'CapAdd',
  'NetworkMode',
];
const NAMES = ['busybox', 'nosuch', 'victim', '..', '%2e%2e%2fetc', 'a'.repeat(5000), '%00', '%', 'bridge', '\u00e4'];
const QUERIES = [
  '',
  '?all=1',
  '?filters={',
  '?filters=%7B%22label%22%3A5%7D',
  '?t=x',
  '?signal=NOSUCH',
  '?limit=-1',
  '?path=../../../etc/shadow',
  '?since=x&until=y',
];

function wrongBody(chance: Chance): unknown {
  const body: Record<string, unknown> = {};
  for (let i = chance.below(6); i > 0; i--) body[chance.pick(FIELDS)] = chance.pick(WRONG);
  if (chance.below(2) === 0)
    body['HostConfig'] = Object.fromEntries(
      Array.from({ length: 3 }, () => [chance.pick(HOST_FIELDS), chance.pick(WRONG)]),
    );
  return chance.below(8) === 0 ? chance.pick(WRONG) : body;
}

/** Endpoints whose answer goes on by design (or that end the run: prune). */
const ENDLESS = /\/(events|attach|wait|stats|push|prune|create|build|load|get|exec\/)|images\/\{name\*\}$/;

function aimed(chance: Chance): string {
  const usable = ROUTES.filter(
    ([method, path]) =>
      !(ENDLESS.test(path) && !/containers\/create|networks\/create|volumes\/create/.test(path)) && method !== 'HEAD',
  );
  const [method, path] = chance.pick(usable);
  const name = chance.pick(NAMES);
  // What deletes may not hit what is there to be found unharmed.
  const target = path.replace(/\{[^}]+\}/, method === 'DELETE' ? 'nosuch' : name) + chance.pick(QUERIES);
  const body = JSON.stringify(wrongBody(chance));
  return `${method} ${target.replaceAll(' ', '%20')} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: ${encode(body).length}\r\nConnection: close\r\n\r\n${body}`;
}

type Made = (chance: Chance) => Uint8Array;

const KINDS: Readonly<Record<string, Made>> = {
  aimed: (chance) => encode(aimed(chance)),
  noise: (chance) => chance.bytes(1 + chance.below(3000)),
  cut: (chance) => {
    const whole = encode(aimed(chance));
    return whole.subarray(0, chance.below(whole.length));
  },
  manyHeaders: (chance) => encode(`GET /_ping HTTP/1.1\r\n${'X-A: b\r\n'.repeat(1000 + chance.below(20_000))}\r\n`),
  hugeHeader: (chance) => encode(`GET /_ping HTTP/1.1\r\nX: ${'y'.repeat(10_000 + chance.below(300_000))}\r\n\r\n`),
  longLine: (chance) => encode(`GET /${'z'.repeat(10_000 + chance.below(300_000))} HTTP/1.1\r\n\r\n`),
  lengths: (chance) =>
    encode(
      `POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: ${chance.pick(['-1', '99999999999999999999', '1e3', '5, 6', 'x', '0x10'])}\r\n\r\n{}`,
    ),
  chunks: (chance) =>
    encode(
      `POST /containers/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n${chance.pick(['zz\r\n', '-5\r\n', 'ffffffffff\r\n', '5\r\nab', '2\r\n{}\r\n0\r\n\r\n', '\r\n'])}`,
    ),
  deep: (chance) => encode(withBody('/containers/create', '['.repeat(1000 + chance.below(100_000)))),
  notJson: (chance) =>
    encode(
      withBody(
        chance.pick(['/containers/create', '/networks/create', '/volumes/create']),
        chance.pick(['{', '{"a":', 'nul', '\u0000', '{"Image":"\\ud800"}']),
      ),
    ),
  methods: (chance) =>
    encode(
      `${chance.pick(['get', 'BREW', 'PATCH', 'OPTIONS', 'CONNECT', ''])} /_ping HTTP/${chance.pick(['1.1', '1.0', '9.9', ''])}\r\n\r\n`,
    ),
};

const withBody = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ${encode(body).length}\r\nConnection: close\r\n\r\n${body}`;

/** Not there, not swarm, not this HTTP; and our own hanging up in the middle of a request that is being worked at. */
const HONEST = /^(501|503|505) |the client went away/;

const memoryKb = async (session: Session): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await vm(session, 'cat /proc/$(pidof dockerd)/status'))?.[1]);
const pidOf = (session: Session): Promise<string> => vm(session, 'pidof dockerd');

const IDLE_CONNECTIONS = 200;
const GROWTH_MAX_KB = 6 * 1024;

export async function hostileRequests(session: Session, seed: number, count: number, say: Say): Promise<void> {
  const chance = chanceFrom(seed);
  await session.engine('POST', '/containers/create?name=victim', { Image: 'busybox', Cmd: ['sleep', '1000'] });
  const [pid, before] = [await pidOf(session), await memoryKb(session)];
  /** By what was answered, so that one fault is told once. */
  const problems = new Map<string, string>();
  const statuses = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const kind = chance.below(2) === 0 ? 'aimed' : chance.pick(Object.keys(KINDS));
    const bytes = (KINDS[kind] as Made)(chance);
    const answer = await send(session, bytes);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 'none';
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const context = `seed ${seed}, request ${i} (${kind}): ${JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 1500)))}\nanswer: ${answer.slice(0, 400)}`;
    const message = answer.split('\r\n\r\n')[1] ?? '';
    if (/^5/.test(status) && !HONEST.test(`${status} ${message}`)) problems.set(message, `a server error. ${context}`);
    if (/^4/.test(status) && !/"message":"/.test(answer)) problems.set(message, `not in Docker's form. ${context}`);
    if ((await session.engine('GET', '/_ping')).body !== 'OK') throw new Error(`no answer afterwards. ${context}`);
  }
  if (problems.size > 0) throw new Error([...problems.values()].join('\n\n'));
  await idleConnections(session);
  if ((await pidOf(session)) !== pid) throw new Error(`seed ${seed}: dockerd was started again`);
  const after = await memoryKb(session);
  if (after - before > GROWTH_MAX_KB) throw new Error(`seed ${seed}: dockerd grew from ${before} to ${after} kB`);
  for (const { Id } of JSON.parse((await session.engine('GET', '/containers/json?all=1')).body) as { Id: string }[])
    await session.engine('DELETE', `/containers/${Id}?force=1&v=1`);
  await agree(session, `seed ${seed}, after hostile requests`);
  say(
    `hostile requests: ${count}, seed ${seed}: answers ${[...statuses]
      .sort()
      .map(([status, n]) => `${status}: ${n}`)
      .join(', ')}; dockerd ${before} -> ${after} kB`,
  );
}

/** Connections that say nothing, or half a request, stand in nobody's way. */
async function idleConnections(session: Session): Promise<void> {
  const open: ByteStream[] = [];
  for (let i = 0; i < IDLE_CONNECTIONS; i++) {
    const stream = session.machine.agent.connect(SOCKET);
    if (i % 2) await stream.write(encode('POST /containers/create HTTP/1.1\r\nContent-Le'));
    open.push(stream);
  }
  const { status } = await session.engine('GET', '/containers/json?all=1');
  if (status !== 200) throw new Error(`with ${IDLE_CONNECTIONS} idle connections: ${status}`);
  for (const stream of open) stream.abort();
}
