// The engine without a page: npm run headless -- --docker-socket PATH [--host-loopback] [--cold]
// Boots the VM in this process, offers its Docker socket as a Unix socket here and its published ports on 127.0.0.1. One line on
// standard output when ready; ends cleanly on SIGINT or SIGTERM.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGuest } from '../../../scripts/build-guest.ts';
import type { VmSink } from '../../protocol/vm-api.ts';
import { tie } from '../net/pipe.ts';
import { Session } from '../session.ts';
import { readLocal } from './files.ts';
import { attachNetwork } from './network.ts';
import { PortForwards } from './port-forwards.ts';
import { byteStreamOf, dialLoopback } from './sockets.ts';

const GUEST_SOCKET = '/var/run/docker.sock';

const { values } = parseArgs({
  options: {
    'docker-socket': { type: 'string' },
    'host-loopback': { type: 'boolean' },
    cold: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});
const path = values['docker-socket'];
if (path === undefined) {
  console.error('usage: npm run headless -- --docker-socket PATH [--host-loopback] [--cold] [--verbose]');
  process.exit(64);
}
const socketPath = resolve(path);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

await buildGuest(say);
const session = new Session({
  read: () => readLocal,
  network: (machine) => attachNetwork(machine, values['host-loopback'] ? { dialHost: dialLoopback } : {}),
});
const forwards = new PortForwards(() => session.network, say);
let problem: string | undefined;
const sink: VmSink = {
  status(status) {
    if (status.failure && status.failure.what !== problem) say(`${status.failure.what} ${status.failure.todo}`);
    problem = status.failure?.what;
  },
  terminal: () => undefined,
  terminalExit: () => undefined,
  kernelLog: (bytes) => void (values.verbose && process.stderr.write(bytes)),
  history: () => undefined,
  events: () => undefined,
  ports: (ports) => forwards.update(ports),
};
await session.start({ baseUrl: '', boot: values.cold ? 'cold' : 'snapshot' }, sink);
if (session.status.snapshotProblem) say(`booted from cold: ${session.status.snapshotProblem}`);

const server = createServer({ allowHalfOpen: true }, (socket) => {
  void tie(byteStreamOf(socket), session.machine.agent.connect(GUEST_SOCKET));
});
rmSync(socketPath, { force: true });
server.listen(socketPath);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  server.close();
  forwards.close();
  rmSync(socketPath, { force: true });
  await session.stop();
  process.exit(0);
}
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());

for (let answers = false; !answers;) {
  answers = await session.engine('GET', '/_ping').then(
    ({ status }) => status === 200,
    () => false,
  );
  if (!answers) await new Promise((later) => setTimeout(later, 100));
}
console.log(`ready: docker -H unix://${socketPath}`);
