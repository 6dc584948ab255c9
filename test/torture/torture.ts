// npm run test:torture -- [--seed N] [--operations N] [--kills N] [--requests N] [--containers N] [--cycles N] [--cuts N]
//   [--only random,kill,http,isolation,limits,cycles,power]
// In full: 2,000 operations, 100 kills, 2,000 hostile requests, the attempts to get out, 50 containers, 1,000 one after the other,
// 100 power cuts. A run can be repeated by its seed.
import { parseArgs } from 'node:util';
import { buildGuest } from '../../scripts/build-guest.ts';
import { readLocal } from '../../src/vm/node/files.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { Session } from '../../src/vm/session.ts';
import { hostileRequests } from './hostile.ts';
import { escapes } from './isolation.ts';
import { cycles, manyContainers } from './limits.ts';
import { powerCuts } from './power.ts';
import { kills, randomOperations, type Say } from './suites.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    operations: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '100' },
    requests: { type: 'string', default: '2000' },
    containers: { type: 'string', default: '50' },
    cycles: { type: 'string', default: '1000' },
    cuts: { type: 'string', default: '100' },
    only: { type: 'string', default: 'random,kill,http,isolation,limits,cycles,power' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const say: Say = (line) => console.log(line);

const SUITES: Readonly<Record<string, (session: Session) => Promise<void>>> = {
  random: (session) => randomOperations(session, seed, Number(values.operations), say),
  kill: (session) => kills(session, seed, Number(values.kills), say),
  http: (session) => hostileRequests(session, seed, Number(values.requests), say),
  isolation: (session) => escapes(session, say),
  limits: (session) => manyContainers(session, Number(values.containers), say),
  cycles: (session) => cycles(session, Number(values.cycles), say),
};

await buildGuest((line) => console.error(line));
for (const name of values.only.split(',')) {
  if (name === 'power') {
    await powerCuts(seed, Number(values.cuts), say);
    continue;
  }
  const suite = SUITES[name];
  if (!suite) throw new Error(`no suite ${name}: ${Object.keys(SUITES).join(', ')}`);
  const session = new Session({ read: () => readLocal, network: (machine) => attachNetwork(machine) });
  const nothing = (): void => undefined;
  await session.start(
    { baseUrl: '', boot: 'snapshot' },
    {
      status: nothing,
      terminal: nothing,
      terminalExit: nothing,
      kernelLog: nothing,
      history: nothing,
      events: nothing,
      ports: nothing,
    },
  );
  const started = performance.now();
  await suite(session);
  say(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  await session.stop();
}
process.exit(0);
