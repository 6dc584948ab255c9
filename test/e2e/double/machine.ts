// A machine that is none: it plays a hand-written log, echoes what is typed and serves one small web page. The address
// says which trouble it should have: ?fail=fetch|panic|death|webassembly, ?hold=fetch, ?cold.
import type { HttpExchange, StartOptions, VmFailure, VmSink, VmStatus } from '../../../src/protocol/vm-api.ts';
import type { Connection, MachineCalls } from '../../../src/ui/state/connection.ts';
import type { WorldEvent } from '../../../src/protocol/events.ts';
import { atStart, numbered, runEvents } from './log.ts';
import { answer, site } from './guest.ts';

const wish = new URLSearchParams(location.search);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const running: VmStatus = {
  phase: 'running',
  bootedFrom: 'snapshot',
  memory: { totalBytes: 256 << 20, usedBytes: 61 << 20 },
  cpu: 0.04,
  kernelVersion: '6.12.48',
  uptimeSeconds: 12,
  dockerd: 'up',
};

const failures: Readonly<Record<string, VmFailure>> = {
  fetch: {
    code: 'wrong-hash',
    what: 'The kernel file is not the one that this page expects.',
    means: 'Its SHA-256 differs from the manifest: it was changed or cut on its way.',
    todo: 'Load the page again without its cache. If it stays, the server’s copy is damaged.',
  },
  panic: {
    code: 'guest-panic',
    what: 'The guest’s kernel panicked.',
    means: 'Linux inside the machine met an error from which it cannot go on. What ran in it is lost.',
    todo: 'Start again. The kernel’s log tells what happened.',
  },
};

/** What the double's tests may ask of it. */
declare global {
  interface Window {
    double?: {
      status(status: Partial<VmStatus>): void;
      run(n: number, name: string, image: string): void;
      die(): void;
      /** What stood before, and what happens now, from a recorded run; the address asks for no other past by `?empty`. */
      history(events: readonly WorldEvent[]): void;
      feed(events: readonly WorldEvent[]): void;
    };
  }
}

export function connectDouble(): Connection {
  let sink: VmSink | undefined;
  let seq = 1;
  let die: (reason: string) => void = () => undefined;
  let status = running;
  const set = (next: VmStatus): void => {
    status = next;
    sink?.status(next);
  };
  const play = (bodies: Parameters<typeof numbered>[0]): void => {
    const events = numbered(bodies, seq, 12e9 + seq * 2e6);
    seq += events.length;
    sink?.events(events);
  };
  const run = (n: number, name: string, image: string): void => {
    play(
      runEvents({
        n,
        name,
        image,
        program: image === 'nginx' ? 'nginx' : 'sh',
        layers: image === 'nginx' ? ['c', 'b'] : ['a'],
      }),
    );
    if (image === 'nginx')
      sink?.ports([{ hostIp: '0.0.0.0', hostPort: 8080, protocol: 'tcp', destination: `172.17.0.${n + 1}:80` }]);
  };
  window.double = {
    history: (events) => sink?.history(events),
    feed: (events) => sink?.events(events),
    status: (part) => set({ ...status, ...part }),
    run,
    die: () => (stop(), die('it was ended by a test')),
  };

  /** As the real one, it tells its status once a second, each time as a new object. */
  let beat: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => clearInterval(beat);
  let line = '';
  let terminals = 0;
  const calls: MachineCalls = {
    pause: async () => set({ ...status, phase: 'paused' }),
    resume: async () => set({ ...status, phase: 'running' }),
    restart: async () => undefined,
    openTerminal: async () => {
      terminals++;
      const id = terminals;
      setTimeout(() => sink?.terminal(id, encoder.encode('\x1b[36mdrydock\x1b[0m:\x1b[34m~\x1b[0m# ')));
      return id;
    },
    write: async (id, bytes) => {
      for (const char of decoder.decode(bytes)) {
        if (char !== '\r') {
          line += char;
          sink?.terminal(id, encoder.encode(char));
          continue;
        }
        const command = line.trim();
        line = '';
        const { text, ended } = answer(command, run);
        sink?.terminal(id, encoder.encode(`\r\n${text.replaceAll('\n', '\r\n')}`));
        if (ended) sink?.terminalExit(id, 0);
        else sink?.terminal(id, encoder.encode('\x1b[36mdrydock\x1b[0m:\x1b[34m~\x1b[0m# '));
      }
    },
    resize: async () => undefined,
    closeTerminal: async () => undefined,
    exec: async () => ({ exitCode: 0, stdout: new Uint8Array(), stderr: new Uint8Array() }),
    ...site.files,
    engine: async (_method, path) => ({
      status: 200,
      body: JSON.stringify(path.includes('/json?all') ? site.containers() : { State: { ExitCode: 0, FinishedAt: '' } }),
    }),
    http: async (port, request): Promise<HttpExchange> => site.http(port, request),
    setTracing: async () => undefined,
  };

  return {
    calls,
    onDeath: (listener) => (die = listener),
    dispose: () => {
      stop();
      sink = undefined;
    },
    async start(options: StartOptions, to: VmSink) {
      sink = to;
      set({ phase: 'fetching', loading: { what: 'the kernel', loadedBytes: 2_100_000, totalBytes: 14_800_000 } });
      if (wish.get('hold') === 'fetch') return;
      const failure = failures[wish.get('fail') ?? ''];
      if (failure) return set({ phase: 'failed', failure });
      if (options.boot === 'cold')
        to.kernelLog(
          encoder.encode('[    0.000000] Linux version 6.12.48\r\n[    0.000000] Command line: console=ttyS0\r\n'),
        );
      set({ ...running, bootedFrom: options.boot });
      clearInterval(beat);
      beat = setInterval(() => set({ ...status }), 1000);
      const past = wish.has('empty') ? [] : numbered(atStart, seq, 12e9);
      seq += past.length;
      to.history(past);
    },
  };
}
