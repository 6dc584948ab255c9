// The virtual machine as the page sees it: its status, terminals, ports and events. Owns the connection to the worker and
// the playhead; every component talks to the machine through this.
import type { PublishedPort, StartOptions, VmFailure, VmSink, VmStatus } from '../../protocol/vm-api.ts';
import type { Connect, Connection, MachineCalls } from './connection.ts';
import { noWebAssembly, startFailed, workerDied } from './failures.ts';
import { parseLog } from '../../sim/timeline.ts';
import { Playhead } from './playhead.svelte.ts';

const SIGN_OF_LIFE_MS = 3_000;
const LOOK_EVERY_MS = 4_000;
const SILENT_MS = 20_000;

/** Receives one terminal's output. */
export interface TerminalListener {
  data(bytes: Uint8Array): void;
  exit(exitCode: number): void;
}

/** In a machine's place: every call is answered, as by a machine, with a promise that fails. */
const refusing = new Proxy({} as MachineCalls, {
  get: () => () => Promise.reject(new Error('The virtual machine is not running.')),
});

export class Machine {
  readonly playhead = new Playhead();
  status = $state.raw<VmStatus>({ phase: 'idle' });
  /** Derived, so that who depends on it does not run anew with every status, once a second. */
  readonly isRunning = $derived(this.status.phase === 'running' || this.status.phase === 'paused');
  ports = $state.raw<readonly PublishedPort[]>([]);
  /** The name of the recorded run that is shown in place of a machine. */
  recording = $state<string | undefined>();
  /** What a person asked of the page and did not get, in words. */
  problem = $state<string | undefined>();
  /** Counts machines: a terminal of an earlier one is over. */
  generation = $state(0);
  /** The kernel's log so far; a late reader gets the whole. */
  kernelLog = $state.raw<readonly Uint8Array[]>([]);
  #connection: Connection | undefined;
  /** When the worker last told its status; 0: never. */
  #heardAt = 0;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  #terminals = new Map<number, TerminalListener>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  #early = new Map<number, Uint8Array[]>();

  constructor(
    readonly connect: Connect,
    readonly baseUrl: string,
  ) {}

  get failure(): VmFailure | undefined {
    return this.status.failure;
  }
  /** The machine's calls; a call before the start or after the end is refused in words. */
  get calls(): MachineCalls {
    return this.#connection?.calls ?? refusing;
  }

  /** Throw away what there was and start anew, in a worker of its own. */
  async start(boot: StartOptions['boot'] = 'snapshot'): Promise<void> {
    this.#clear();
    if (typeof WebAssembly !== 'object') {
      this.status = { phase: 'failed', failure: noWebAssembly };
      return;
    }
    this.status = { phase: 'fetching' };
    const connection = this.connect();
    this.#connection = connection;
    this.#heardAt = 0;
    connection.onDeath((reason) => this.#suspect(connection, reason));
    this.#watch(connection);
    try {
      await connection.start({ baseUrl: this.baseUrl, boot }, this.#sinkFor(connection));
    } catch (error) {
      if (this.#connection === connection && !this.status.failure) this.#fail(startFailed(error));
    }
  }

  /** Throw the machine away and show a recorded run, from its beginning. A text that is none leaves all as it is. */
  replay(name: string, text: string): void {
    const run = parseLog(text);
    if (run.events.length + run.past.length === 0) {
      this.problem = `${name} is not a run recorded by Drydock: no event in it could be read.`;
      return;
    }
    this.#clear();
    this.recording = name;
    this.status = { phase: 'stopped' };
    if (run.malformed > 0) this.problem = `${run.malformed} lines of ${name} could not be read and are left out.`;
    this.playhead.replay(run);
  }

  #clear(): void {
    this.dispose();
    this.generation++;
    this.playhead.reset();
    this.ports = [];
    this.kernelLog = [];
    this.recording = undefined;
    this.problem = undefined;
  }

  listen(terminal: number, listener: TerminalListener): () => void {
    this.#terminals.set(terminal, listener);
    for (const bytes of this.#early.get(terminal) ?? []) listener.data(bytes);
    this.#early.delete(terminal);
    return () => this.#terminals.delete(terminal);
  }

  dispose(): void {
    this.#connection?.dispose();
    this.#connection = undefined;
    this.#terminals.clear();
    this.#early.clear();
  }

  /** An error that nobody caught in the worker need not be its end: it is given a moment to show that it lives. */
  #suspect(connection: Connection, reason: string): void {
    const heardAt = this.#heardAt;
    const decide = (): void => {
      if (this.#connection !== connection || this.#heardAt !== heardAt) return;
      this.#end(workerDied(reason));
    };
    if (heardAt === 0) decide();
    else setTimeout(decide, SIGN_OF_LIFE_MS);
  }

  /** A running worker tells its status once a second; one that the browser ended tells nothing, and nobody else does. */
  #watch(connection: Connection): void {
    let lookedAt = performance.now();
    let excusedAt = lookedAt;
    const timer = setInterval(() => {
      const now = performance.now();
      const wasAsleep = now - lookedAt > 2 * LOOK_EVERY_MS;
      lookedAt = now;
      if (this.#connection !== connection) return clearInterval(timer);
      // A page that was itself asleep hears late, and that is all.
      if (wasAsleep || this.status.phase !== 'running') excusedAt = now;
      else if (now - Math.max(this.#heardAt, excusedAt) > SILENT_MS)
        this.#end(workerDied('it has not been heard of for 20 seconds.'));
    }, LOOK_EVERY_MS);
  }

  #end(failure: VmFailure): void {
    this.#connection?.dispose();
    this.#connection = undefined;
    this.#fail(failure);
  }

  #fail(failure: VmFailure): void {
    this.status = { ...this.status, phase: 'failed', failure };
  }

  /** What the worker calls. Calls of a machine thrown away may still be under way; they are dropped. */
  #sinkFor(connection: Connection): VmSink {
    const whileCurrent =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (this.#connection === connection) act(...args);
      };
    return {
      status: whileCurrent((status) => {
        this.#heardAt = performance.now();
        this.status = status;
      }),
      terminal: whileCurrent((id, bytes) => {
        const listener = this.#terminals.get(id);
        if (listener) listener.data(bytes);
        else this.#early.set(id, [...(this.#early.get(id) ?? []), bytes]);
      }),
      terminalExit: whileCurrent((id, exitCode) => this.#terminals.get(id)?.exit(exitCode)),
      kernelLog: whileCurrent((bytes) => (this.kernelLog = [...this.kernelLog, bytes])),
      history: whileCurrent((events) => this.playhead.begin(events)),
      events: whileCurrent((events) => this.playhead.push(events)),
      ports: whileCurrent((ports) => (this.ports = ports)),
    };
  }
}
