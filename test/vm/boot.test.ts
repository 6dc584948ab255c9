// Ways a machine comes up, and ways it can fail: each with words for the person in front.
import { expect, it } from 'vitest';
import type { GuestIndex } from '../../src/vm/guest-index.ts';
import type { ReadFile } from '../../src/vm/load.ts';
import { readLocal } from '../../src/vm/node/files.ts';
import { openSession, shell } from './harness.ts';

/** The page's files with some of them changed. */
function changed(change: (path: string, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): ReadFile {
  return async (path, onBytes) => change(path, await readLocal(path, onBytes));
}

const changedIndex = (change: (index: GuestIndex) => GuestIndex): ReadFile =>
  changed((path, bytes) => {
    if (path !== 'guest/index.json') return bytes;
    const index = JSON.parse(new TextDecoder().decode(bytes)) as GuestIndex;
    return new TextEncoder().encode(JSON.stringify(change(index)));
  });

it('restores the snapshot: clock set, chance fresh, engine up', async () => {
  const first = await openSession();
  expect(first.sink.last.bootedFrom).toBe('snapshot');
  expect(first.sink.statuses.map(({ phase }) => phase)).toEqual(
    expect.arrayContaining(['fetching', 'restoring', 'running']),
  );
  expect(Math.abs(Number(await shell(first.session, 'date +%s')) - Date.now() / 1000)).toBeLessThan(30);
  expect((await first.session.engine('GET', '/_ping')).body).toBe('OK');
  const chance = await shell(first.session, 'cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | md5sum');
  await first.session.stop();
  const second = await openSession();
  expect(await shell(second.session, 'cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | md5sum')).not.toBe(
    chance,
  );
  await second.session.stop();
});

it('after a restore, knows the daemons by name: what they do in the kernel is told as theirs', async () => {
  const { session, sink } = await openSession();
  await session.engine('POST', '/networks/create', { Name: 'named' });
  await sink.until(() => sink.log.some((event) => event.kind === 'link' && event.name.startsWith('br-')));
  const made = sink.log.find((event) => event.kind === 'link' && event.name.startsWith('br-'));
  expect(made?.comm).toBe('dockerd');
  await session.stop();
});

it('pauses, resumes, and stands still in between', async () => {
  const { session, sink } = await openSession();
  await session.pause();
  expect(sink.last.phase).toBe('paused');
  const busy = session.machine.busyMs;
  await new Promise((resolve) => setImmediate(resolve));
  expect(session.machine.busyMs).toBe(busy);
  await session.resume();
  expect(await shell(session, 'echo awake')).toBe('awake\n');
  await session.stop();
});

it('boots from cold when the snapshot is damaged, of another version, or does not wake; and says so', async () => {
  const damaged = changed((path, bytes) => (path === 'guest/state.bin' ? bytes.slice(0, -100) : bytes));
  const cold = await openSession({}, damaged);
  expect(cold.sink.last).toMatchObject({
    bootedFrom: 'cold',
    snapshotProblem: expect.stringContaining('not what it should be'),
  });
  expect(await shell(cold.session, 'uname -s')).toBe('Linux\n');
  await cold.session.stop();
});

it('boots from cold when asked to, with the kernel log to watch; the engine comes up', async () => {
  const { session, sink } = await openSession({ boot: 'cold' });
  expect(sink.last.bootedFrom).toBe('cold');
  expect(sink.last.snapshotProblem).toBeUndefined();
  expect(sink.kernel).toContain('Linux version 6.12');
  await sink.until(() => sink.last.dockerd === 'up');
  expect(sink.log.some((event) => event.kind === 'process.seen' && event.target === 1)).toBe(true);
  await session.stop();
});

it('does not start with a kernel file of the wrong hash', async () => {
  const tampered = changed((path, bytes) =>
    path === 'kernel/seabios.bin' ? bytes.map((byte, i) => (i === 99 ? byte ^ 1 : byte)) : bytes,
  );
  await expect(openSession({}, tampered)).rejects.toMatchObject({
    failure: { code: 'wrong-hash', todo: expect.stringContaining('Reload') },
  });
});

it('says that a file could not be loaded', async () => {
  const missing: ReadFile = (path, onBytes) => readLocal(path.replace('index.json', 'nothing.json'), onBytes);
  await expect(openSession({}, missing)).rejects.toMatchObject({ failure: { code: 'fetch-failed' } });
});

it('takes a snapshot of another version for none', async () => {
  const stale = changedIndex((index) => ({
    ...index,
    snapshot: { ...(index.snapshot as NonNullable<GuestIndex['snapshot']>), id: 'other' },
  }));
  const { session, sink } = await openSession({}, stale);
  expect(sink.last.snapshotProblem).toContain('another version');
  await session.stop();
});

it('notices a kernel panic', async () => {
  const { session, sink } = await openSession();
  void session.exec(['sh', '-c', 'echo 2 >/proc/sys/vm/panic_on_oom; exec tail /dev/zero']).catch(() => undefined);
  await sink.until(() => sink.last.phase === 'failed');
  expect(sink.last.failure).toMatchObject({ code: 'guest-panic', todo: expect.stringContaining('Restart') });
  await session.restart('snapshot');
  expect(await shell(session, 'echo back')).toBe('back\n');
  await session.stop();
});

it('tells when dockerd is down and when it is back', async () => {
  const { session, sink } = await openSession();
  await sink.until(() => sink.last.dockerd === 'up');
  const pid = (await shell(session, 'pidof dockerd || pgrep -x dockerd')).trim();
  await shell(session, `kill -STOP ${pid.split(' ')[0]}; rm -f /run/docker.sock`);
  await sink.until(() => sink.last.dockerd === 'down');
  await shell(session, `kill -9 ${pid.split(' ')[0]}`);
  await sink.until(() => sink.last.dockerd === 'up');
  await session.stop();
});
