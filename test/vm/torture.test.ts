// The torture runs in short form, always from the same seed; npm run test:torture is the long one, from new seeds.
import { afterAll, beforeEach, expect, it, onTestFailed } from 'vitest';
import { hostileRequests } from '../torture/hostile.ts';
import { escapes } from '../torture/isolation.ts';
import { cycles, manyContainers } from '../torture/limits.ts';
import { kills, randomOperations } from '../torture/suites.ts';
import { openSession, type OpenedSession } from './harness.ts';

const SEED = 780_024;
const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};

/** One machine for all of them, as each leaves it as it was; the next one gets another where one has failed. */
let opened: OpenedSession | undefined;
let vm: OpenedSession;
const close = async (): Promise<void> => {
  await opened?.session.stop();
  opened = undefined;
};
beforeEach(async () => {
  vm = opened ??= await openSession();
  onTestFailed(close);
});
afterAll(close);

it('engine and kernel agree after every random operation', async () => {
  await randomOperations(vm.session, SEED, 40, say);
  expect(lines.at(-1)).toContain('random operations: 40');
});

it('nothing is half-made after a kill -9 at any moment', async () => {
  await kills(vm.session, SEED, 5, say);
  expect(lines.at(-1)).toContain('kill -9: 5');
});

it('no request brings the engine down', async () => {
  await hostileRequests(vm.session, SEED, 150, say);
  expect(lines.at(-1)).toContain('hostile requests: 150');
});

it('nothing leads out of a container', async () => {
  await escapes(vm.session, say);
  expect(lines.at(-1)).toContain('none came through');
});

it('carries several containers, and is what it was after many', async () => {
  await manyContainers(vm.session, 5, say);
  expect(lines.at(-1)).toContain('limits: 5 running');
  await cycles(vm.session, 10, say);
  expect(lines.at(-1)).toContain('cycles: 10');
}, 400_000);
