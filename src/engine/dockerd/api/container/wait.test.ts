import { expect, it } from 'vitest';
import { makeDaemon } from '../../double.ts';
import { waitFor } from './wait.ts';

async function container(): Promise<{ t: ReturnType<typeof makeDaemon>; id: string }> {
  const t = makeDaemon();
  const { Id: id } = (await t.json('POST', '/containers/create', { Image: 'busybox' })) as { Id: string };
  return { t, id };
}

it('not-running is answered at once for what does not run', async () => {
  const { t, id } = await container();
  expect(await waitFor(t.daemon.containers.require(id), '').ended).toEqual({ exitCode: 0, error: '' });
});

it('next-exit waits for the run that is still to come', async () => {
  const { t, id } = await container();
  const { ended } = waitFor(t.daemon.containers.require(id), 'next-exit');
  await t.request('POST', `/containers/${id}/start`);
  await t.exits(id, 5);
  expect(await ended).toEqual({ exitCode: 5, error: '' });
});

it('removed still answers the exit code', async () => {
  const { t, id } = await container();
  const { ended } = waitFor(t.daemon.containers.require(id), 'removed');
  await t.request('POST', `/containers/${id}/start`);
  await t.exits(id, 6);
  await t.request('DELETE', `/containers/${id}`);
  expect(await ended).toEqual({ exitCode: 6, error: '' });
});

it('a start that fails is not the next exit; the removal is', async () => {
  const { t, id } = await container();
  const { ended } = waitFor(t.daemon.containers.require(id), 'next-exit');
  t.refuse('create', 'executable file not found: sh');
  await t.request('POST', `/containers/${id}/start`);
  expect(await Promise.race([ended, 'waiting'])).toBe('waiting');
  await t.request('DELETE', `/containers/${id}`);
  expect(await ended).toEqual({ exitCode: 127, error: '' });
});

it('refuses other conditions', async () => {
  const { t, id } = await container();
  expect(() => waitFor(t.daemon.containers.require(id), 'sometime')).toThrow('invalid condition: "sometime"');
});
