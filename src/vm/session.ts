// The VM as the page sees it (VmApi): one machine at a time with its network, its witness, its terminals and its status.
// The worker exposes it over Comlink; tests and headless use it directly under Node. Knows no Docker beyond the socket's path.
import type { FirewallRule, WorldEvent } from '../protocol/events.ts';
import type { Stream } from '../protocol/channel.ts';
import type {
  DirectoryEntry,
  HttpExchange,
  PublishedPort,
  StartOptions,
  VmApi,
  VmFailure,
  VmSink,
  VmStatus,
} from '../protocol/vm-api.ts';
import { boot, type Booted } from './boot.ts';
import { EventLog } from './event-log.ts';
import { failure, VmError } from './failures.ts';
import type { ReadFile } from './load.ts';
import type { Machine } from './machine/machine.ts';
import { exchangeOn, httpExchange } from './net/http/client.ts';
import type { Network } from './net/network.ts';
import { publishedPorts } from './published-ports.ts';
import { TerminalOutput } from './terminal-output.ts';
import { WarmUp } from './warm-up.ts';
import { Watch } from './watch.ts';
import { Witness } from './witness.ts';

const DOCKER_SOCKET = '/var/run/docker.sock';
const TRACING_ON = '/sys/kernel/tracing/tracing_on';

export interface SessionHost {
  readonly read: (baseUrl: string) => ReadFile;
  /** Puts a machine's network card on the page's cable, with all services. */
  readonly network: (machine: Machine, baseUrl: string) => Network;
}

export class Session implements VmApi {
  #options: StartOptions | undefined;
  #sink: VmSink | undefined;
  #booted: Booted | undefined;
  #machine: Machine | undefined;
  #network: Network | undefined;
  #witness: Witness | undefined;
  #watch: Watch | undefined;
  #log: EventLog | undefined;
  #warmUp: WarmUp | undefined;
  #status: VmStatus = { phase: 'idle' };
  #terminals = new Map<number, Stream>();
  #lastTerminal = 0;

  constructor(private readonly host: SessionHost) {}

  async start(options: StartOptions, sink: VmSink): Promise<void> {
    if (this.#machine) await this.#stop();
    this.#options = options;
    this.#sink = sink;
    this.#status = { phase: 'idle' };
    try {
      this.#booted = await boot(options, {
        read: this.host.read(options.baseUrl),
        // Files that were asked for go on arriving after one has failed: their progress must not hide the failure.
        onPhase: (phase, loading) =>
          this.#status.phase !== 'failed' && this.#tell({ phase, ...(loading ? { loading } : {}) }),
        onMachine: (machine) => this.#adopt(machine, options.baseUrl),
      });
      await this.#running(this.#booted);
    } catch (error) {
      this.#fail(
        error instanceof VmError
          ? error.failure
          : failure('worker-died', error instanceof Error ? error.message : String(error)),
      );
      throw error;
    }
  }

  async pause(): Promise<void> {
    if (this.#status.phase !== 'running') return;
    this.#warmUp?.stop();
    await this.machine.pause();
    this.#network?.freeze();
    this.#tell({ phase: 'paused' });
  }

  async resume(): Promise<void> {
    if (this.#status.phase !== 'paused') return;
    this.#network?.thaw();
    await this.machine.run();
    this.#tell({ phase: 'running' });
  }

  async restart(bootFrom: 'snapshot' | 'cold'): Promise<void> {
    if (!this.#options || !this.#sink) throw new Error('the machine was never started');
    await this.start({ ...this.#options, boot: bootFrom }, this.#sink);
  }

  openTerminal(size: { columns: number; rows: number }, argv?: readonly string[]): Promise<number> {
    const id = ++this.#lastTerminal;
    const sink = this.#sink;
    // Credit goes back when the page has taken the bytes: a flood waits in the guest, where Ctrl-C can reach it.
    const output = new TerminalOutput(
      (bytes) => sink?.terminal(id, bytes),
      (byteLength) => stream.grant(byteLength),
    );
    const stream = this.machine.agent.terminal(size, argv, {
      data: (bytes) => output.add(bytes),
      close: ({ result, error }) => {
        this.#terminals.delete(id);
        output.flush();
        sink?.terminalExit(id, error ? 255 : ((result as { exitCode?: number } | undefined)?.exitCode ?? 0));
      },
    });
    stream.autoGrant = false;
    this.#terminals.set(id, stream);
    return Promise.resolve(id);
  }

  write(terminal: number, bytes: Uint8Array): Promise<void> {
    this.#warmUp?.stop();
    this.#terminals.get(terminal)?.send(bytes);
    return Promise.resolve();
  }

  resize(terminal: number, size: { columns: number; rows: number }): Promise<void> {
    this.#terminals.get(terminal)?.message(size);
    return Promise.resolve();
  }

  closeTerminal(terminal: number): Promise<void> {
    this.#terminals.get(terminal)?.close();
    this.#terminals.delete(terminal);
    return Promise.resolve();
  }

  exec(argv: readonly string[], stdin?: Uint8Array) {
    this.#warmUp?.stop();
    return this.machine.agent.exec(argv, stdin ? { stdin } : {});
  }
  readFile(path: string): Promise<Uint8Array> {
    return this.machine.agent.readFile(path);
  }
  writeFile(path: string, bytes: Uint8Array): Promise<void> {
    this.#warmUp?.stop();
    return this.machine.agent.writeFile(path, bytes);
  }
  readDirectory(path: string): Promise<readonly DirectoryEntry[]> {
    return this.machine.agent.readDirectory(path);
  }

  async engine(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }> {
    const bytes = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
    const request = {
      method,
      path,
      headers: bytes ? ([['Content-Type', 'application/json']] as const) : [],
      ...(bytes ? { body: bytes } : {}),
    };
    const stream = this.machine.agent.connect(DOCKER_SOCKET);
    try {
      const answer = await exchangeOn(stream, request, { hostName: 'docker' });
      return { status: answer.status, body: new TextDecoder().decode(answer.body) };
    } finally {
      stream.abort();
    }
  }

  async http(
    port: number,
    request: { method: string; path: string; headers: readonly (readonly [string, string])[]; body?: Uint8Array },
  ): Promise<HttpExchange> {
    if (!this.#network) throw new Error('the machine has no network');
    this.#warmUp?.stop();
    const outcome = await httpExchange(this.#network, port, request);
    if (outcome.ok) return outcome.exchange;
    throw Object.assign(new Error(outcome.failure.message), { code: outcome.failure.code });
  }

  async setTracing(on: boolean): Promise<void> {
    await this.machine.agent.control([[TRACING_ON, on ? '1' : '0']]);
  }

  /** The machine that runs; for tests, bench and headless. */
  get machine(): Machine {
    if (!this.#machine) throw new Error('the machine does not run');
    return this.#machine;
  }
  get network(): Network | undefined {
    return this.#network;
  }
  /** Resolves when a restored machine has nothing left to do for the speed of the first command. */
  get warmedUp(): Promise<void> {
    return this.#warmUp?.done ?? Promise.resolve();
  }
  get status(): VmStatus {
    return this.#status;
  }

  async stop(): Promise<void> {
    await this.#stop();
    this.#tell({ phase: 'stopped' });
  }

  #adopt(machine: Machine, baseUrl: string): void {
    this.#machine = machine;
    this.#network = this.host.network(machine, baseUrl);
    machine.onSerial = (bytes) => this.#sink?.kernelLog(bytes);
  }

  async #running(booted: Booted): Promise<void> {
    const { machine } = booted;
    machine.onPanic = (message) => this.#fail(failure('guest-panic', message));
    const { from, snapshotProblem, kernelVersion } = booted;
    this.#status = {
      phase: 'running',
      bootedFrom: from,
      kernelVersion,
      ...(snapshotProblem === undefined ? {} : { snapshotProblem }),
    };
    this.#tell({});
    this.#log = new EventLog((events) => this.#sink?.events(events));
    this.#log.goOnAfter(booted.history);
    if (booted.history.length > 0) this.#sink?.history(booted.history);
    this.#watch = new Watch(
      machine,
      DOCKER_SOCKET,
      (change) => this.#tell(change),
      (failed) => this.#degrade(failed),
    );
    await this.#witnessed(booted);
    // An agent that was started again has lost its subscriptions.
    machine.agent.onStart = () => void this.#witnessed(booted).catch(() => undefined);
    if (from === 'snapshot') this.#warmUp = new WarmUp(machine);
  }

  async #witnessed({ machine, offsets, from, history, formats }: Booted): Promise<void> {
    this.#witness?.stop();
    const witness = new Witness(machine.agent, offsets, (events) => this.#log?.add(events), rootNetns(history));
    witness.onRules = (table, rules) => void (table === 'nat' && this.#sink?.ports(this.#ports(rules)));
    witness.remember(history);
    const first = this.#witness === undefined;
    this.#witness = witness;
    await witness.start(!first || from === 'cold' || history.length === 0, first ? formats : undefined);
  }

  #ports(rules: readonly FirewallRule[]): PublishedPort[] {
    return publishedPorts(rules);
  }

  #tell(change: Partial<VmStatus>): void {
    const { loading: _, ...rest } = this.#status;
    this.#status = { ...rest, ...change };
    this.#sink?.status(this.#status);
  }

  #fail(failed: VmFailure): void {
    void this.#machine?.pause();
    this.#watch?.stop();
    this.#tell({ phase: 'failed', failure: failed });
  }

  /** Something is wrong that may pass (undefined: it has): said, and the machine goes on. */
  #degrade(failed: VmFailure | undefined): void {
    if (this.#status.phase === 'failed') return;
    const { failure: _, ...rest } = this.#status;
    this.#status = failed ? { ...rest, failure: failed } : rest;
    this.#tell({});
  }

  async #stop(): Promise<void> {
    this.#warmUp?.stop();
    this.#watch?.stop();
    this.#witness?.stop();
    this.#log?.stop();
    const machine = this.#machine;
    this.#network?.reset();
    this.#booted = this.#machine = this.#network = this.#witness = this.#watch = this.#log = this.#warmUp = undefined;
    this.#terminals.clear();
    await machine?.destroy();
  }
}

/** The network namespace of PID 1, by what the life before the snapshot told; 0: not told. */
function rootNetns(history: readonly WorldEvent[]): number {
  for (const event of history) if (event.kind === 'process.seen' && event.target === 1) return event.ns.net ?? 0;
  return 0;
}
