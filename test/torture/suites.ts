// The torture runs: random operations, kill -9 at random moments, hostile requests, a container that tries to get out. Each takes
// a machine and a seed, throws at the first thing that is wrong, and gives figures back.
import type { Session } from '../../src/vm/session.ts';
import { agree } from './agreement.ts';
import { chanceFrom } from './chance.ts';
import { isGood, operate } from './operations.ts';

export type Say = (line: string) => void;
/** What the suites need of a session; a machine that was booted by hand has it too. */
export type Guest = Pick<Session, 'engine' | 'exec' | 'machine'>;

/** What is there besides containers, networks and volumes: to be the same before and after. */
export const REST = `ls /var/lib/docker/overlay2 /var/lib/docker/image/*/layerdb/mounts /run/docker/containerd /run/containerd/s /run/docker/network 2>/dev/null | sort | uniq -c
  ip -o link | wc -l; iptables-save | grep -v '^[:#]'; grep -c . /proc/mounts; ls /sys/fs/cgroup/docker | grep -v '\\.' | wc -l; true`;

export async function vm(session: Guest, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await session.exec(['bash', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

export async function answers(session: Guest): Promise<void> {
  for (;;) {
    const status = await session.engine('GET', '/containers/json').then(
      ({ status }) => status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Takes all containers, networks and volumes away. */
export async function removeAll(session: Guest): Promise<void> {
  const { body } = await session.engine('GET', '/containers/json?all=1');
  for (const { Id } of JSON.parse(body) as { Id: string }[]) {
    const gone = await session.engine('DELETE', `/containers/${Id}?force=1&v=1`);
    // 404 and 409: it goes by itself.
    if (gone.status >= 400 && gone.status !== 404 && gone.status !== 409)
      throw new Error(`removing ${Id}: ${gone.status} ${gone.body}`);
  }
  await session.engine('POST', '/networks/prune');
  await session.engine('POST', `/volumes/prune?filters=${encodeURIComponent('{"all":["true"]}')}`);
}

export async function leavesNothing(session: Guest, before: string, context: string): Promise<void> {
  await removeAll(session);
  await agree(session, `${context}, after removing everything`);
  const after = await vm(session, REST);
  if (after !== before) throw new Error(`${context}: not as before:\n${before}\n-- now --\n${after}`);
}

/** Random operations; engine and kernel agree after each. */
export async function randomOperations(session: Guest, seed: number, count: number, say: Say): Promise<void> {
  const chance = chanceFrom(seed);
  const before = await vm(session, REST);
  const kinds = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const done = await operate(session, chance);
    const context = `seed ${seed}, operation ${i}: ${done.what} -> ${done.status} ${done.body.slice(0, 200)}`;
    if (!isGood(done)) throw new Error(context);
    await agree(session, context);
    const kind = `${done.what.split(':')[0] ?? ''} ${done.status < 400 ? 'done' : 'refused'}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  await leavesNothing(session, before, `seed ${seed}`);
  say(
    `random operations: ${count}, seed ${seed}: ${[...kinds]
      .sort()
      .map(([kind, n]) => `${kind} ${n}`)
      .join(', ')}`,
  );
}

const VICTIMS = ['dockerd', 'containerd', 'dockerd containerd'];

/** A daemon is killed while operations run, at a moment by chance; afterwards all is consistent. */
export async function kills(session: Guest, seed: number, count: number, say: Say): Promise<void> {
  const chance = chanceFrom(seed);
  const before = await vm(session, REST);
  for (let i = 0; i < count; i++) {
    for (let n = 0; n < 3; n++) await operate(session, chance).catch(() => undefined);
    const victims = chance.pick(VICTIMS);
    const micros = chance.below(250_000);
    // Operations go on until the daemon is gone; those that it cuts off have failed, and that is all that may be wrong with them.
    const work = (async () => {
      for (let n = 0; n < 4; n++) await operate(session, chance);
    })().catch(() => undefined);
    await vm(
      session,
      `usleep ${micros}; kill -9 ${victims
        .split(' ')
        .map((name) => `$(pidof ${name})`)
        .join(' ')} 2>/dev/null; true`,
    );
    await work;
    await answers(session);
    await agree(session, `seed ${seed}, kill ${i}: ${victims} after ${micros} µs`);
  }
  await leavesNothing(session, before, `seed ${seed}`);
  say(`kill -9: ${count} moments, seed ${seed}`);
}
