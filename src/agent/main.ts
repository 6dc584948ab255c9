// The guest's end of the control channel: a resident process that opens the virtio-serial ports and answers the page's requests
// (src/protocol/agent.ts). It knows nothing of Docker. Started by init, again whenever it ends.
import type { AgentRequest } from '../protocol/agent.ts';
import { PORTS } from '../protocol/agent.ts';
import { Channel, type Stream } from '../protocol/channel.ts';
import { run } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';
import { serveCgroups } from './cgroups.ts';
import { serveConnect } from './connect.ts';
import { failure } from './errors.ts';
import { serveExec, serveStderr } from './exec.ts';
import { serveCat, serveControl, serveList, serveRead, serveWrite } from './files.ts';
import { openPort } from './port.ts';
import { serveProcesses } from './processes.ts';
import { serveTerminal } from './terminal.ts';
import { serveTrace } from './trace.ts';
import { serveVitals, serveWake } from './vitals.ts';
import { serveXtables } from './xtables.ts';

const SERVE: {
  readonly [K in AgentRequest['kind']]: (stream: Stream, request: Extract<AgentRequest, { kind: K }>) => void;
} = {
  terminal: serveTerminal,
  exec: serveExec,
  stderr: serveStderr,
  read: serveRead,
  write: serveWrite,
  list: serveList,
  control: serveControl,
  cat: serveCat,
  connect: serveConnect,
  trace: serveTrace,
  cgroups: serveCgroups,
  processes: serveProcesses,
  xtables: serveXtables,
  wake: serveWake,
  vitals: serveVitals,
};

function accept(stream: Stream, request: unknown): void {
  const kind = (request as AgentRequest).kind;
  const serve = SERVE[kind] as ((stream: Stream, request: AgentRequest) => void) | undefined;
  try {
    if (!serve) throw new Error(`not implemented: ${String(kind)}`);
    serve(stream, request as AgentRequest);
  } catch (error) {
    stream.close({ error: failure(error) });
  }
}

run(async () => {
  sys.setProcessTitle('drydock-agent');
  const channels: Channel[] = [];
  for (const port of Object.values(PORTS)) {
    channels.push(openPort(port, (write) => new Channel({ platform: sys, side: 'guest', write, accept })));
  }
  for (const channel of channels) channel.greet({ pid: sys.getpid() });
  await new Promise<never>(() => undefined);
});
