// The page's end of the control channel: the agent's requests (src/protocol/agent.ts) as functions. Three channels, one a port,
// so that neither files nor trace stand in front of a key press.
import type { AgentRequest, ProcessLine, TerminalSize } from '../protocol/agent.ts';
import { Channel, type Outcome, type Stream, type StreamListener } from '../protocol/channel.ts';
import type { DirectoryEntry } from '../protocol/vm-api.ts';
import { openByteStream, type ByteStream } from './byte-stream.ts';
import { GuestError } from './guest-error.ts';
import type { BytePort } from './machine/ports.ts';
import { concatBytes, platform } from './platform.ts';

export interface ExecOptions {
  readonly stdin?: Uint8Array;
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly onOutput?: (from: 'stdout' | 'stderr', bytes: Uint8Array) => void;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  readonly stderr: Uint8Array<ArrayBuffer>;
}

export interface Vitals {
  readonly uptimeSeconds: number;
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly diskBytes: number;
  readonly diskAvailableBytes: number;
}

export type Ports = Readonly<Record<'terminals' | 'trace' | 'bulk', BytePort>>;

const EXEC_OUTPUT_MAX = 1 << 20;

export class Agent {
  readonly channels: Readonly<Record<keyof Ports, Channel>>;
  /** The agent was started (again): what was open is closed. */
  onStart: () => void = () => undefined;
  /** performance.now() of the last bytes heard. */
  heardAt = 0;
  #ready: Promise<void>;
  #setReady: () => void = () => undefined;
  #greetings = 0;

  constructor(ports: Ports) {
    this.#ready = new Promise((resolve) => (this.#setReady = resolve));
    const connect = (port: BytePort): Channel => {
      const channel = new Channel({
        platform,
        side: 'page',
        write: (frame) => port.write(frame),
        hello: () => this.#greeted(),
      });
      port.onBytes = (bytes) => {
        this.heardAt = performance.now();
        channel.receive(bytes);
      };
      return channel;
    };
    this.channels = { terminals: connect(ports.terminals), trace: connect(ports.trace), bulk: connect(ports.bulk) };
  }

  /** Resolves when the agent has said that it is there. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** A state was put in place in which the agent runs already. */
  restored(): void {
    this.lose('the machine was restored');
    this.#setReady();
  }

  lose(message: string): void {
    for (const channel of Object.values(this.channels))
      channel.lose({ name: 'ChannelError', message, code: 'ECONNRESET' });
  }

  /** Frames that were no good, of all ports. */
  get badFrames(): number {
    return Object.values(this.channels).reduce((sum, { reader }) => sum + reader.badFrames + reader.lostBytes, 0);
  }

  terminal(size: TerminalSize, argv: readonly string[] | undefined, listener: StreamListener): Stream {
    return this.#open('terminals', { kind: 'terminal', ...size, ...(argv ? { argv } : {}) }, listener);
  }

  /** Runs a program. Its output is collected (1 MiB each) or, with onOutput, handed on as it comes. */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { stdin, onOutput, ...where } = options;
    const [stdout, stderr] = [new Collected(), new Collected()];
    const take = (collected: Collected, from: 'stdout' | 'stderr') => (bytes: Uint8Array) =>
      onOutput ? onOutput(from, bytes) : collected.add(bytes);
    const errors = this.#open('bulk', { kind: 'stderr' }, { data: take(stderr, 'stderr') });
    const { stream, outcome } = this.#call(
      'bulk',
      { kind: 'exec', argv, stderr: errors.id, ...where },
      { data: take(stdout, 'stdout') },
    );
    if (stdin) stream.send(stdin);
    stream.end();
    const { exitCode } = (await outcome) as { exitCode: number };
    return { exitCode, stdout: stdout.bytes(), stderr: stderr.bytes() };
  }

  async readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#collect({ kind: 'read', path });
  }

  async writeFile(path: string, bytes: Uint8Array, mode?: number): Promise<void> {
    const { stream, outcome } = this.#call(
      'bulk',
      { kind: 'write', path, ...(mode === undefined ? {} : { mode }) },
      {},
    );
    stream.send(bytes);
    stream.end();
    await outcome;
  }

  async readDirectory(path: string): Promise<DirectoryEntry[]> {
    return JSON.parse(platform.utf8Decode(await this.#collect({ kind: 'list', path }))) as DirectoryEntry[];
  }

  /** Each [path, text] is one write to a control file; those that failed, with the errno's name. */
  async control(
    writes: readonly (readonly [path: string, text: string])[],
  ): Promise<readonly (readonly [string, string])[]> {
    const { stream, outcome } = this.#call('bulk', { kind: 'control' }, {});
    stream.send(platform.utf8Encode(writes.map((write) => `${JSON.stringify(write)}\n`).join('')));
    stream.end();
    return ((await outcome) as { failed: [string, string][] }).failed;
  }

  /** Many small files; null for one that cannot be read. An asterisk stands for every name at that place. */
  async cat(paths: readonly string[]): Promise<Map<string, string | null>> {
    const text = await this.#collect({ kind: 'cat' }, paths.map((path) => `${JSON.stringify(path)}\n`).join(''));
    return new Map(jsonLines<[string, string | null]>(text));
  }

  async processes(): Promise<ProcessLine[]> {
    return jsonLines<ProcessLine>(await this.#collect({ kind: 'processes' }));
  }

  xtables(table: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#collect({ kind: 'xtables', table });
  }

  async vitals(): Promise<Vitals> {
    return (await this.#call('terminals', { kind: 'vitals' }, {}).outcome) as Vitals;
  }

  async wake(realtimeMs: number, entropy: Uint8Array): Promise<void> {
    const base64 = btoa(String.fromCharCode(...entropy));
    await this.#call('terminals', { kind: 'wake', realtimeMs, entropy: base64 }, {}).outcome;
  }

  trace(instance: string, data: (bytes: Uint8Array) => void, close: (outcome: Outcome) => void): Stream {
    return this.#open('trace', { kind: 'trace', instance }, { data, close });
  }

  cgroups(everyMs: number, message: (message: unknown) => void): Stream {
    return this.#open('trace', { kind: 'cgroups', everyMs }, { message });
  }

  /** A connection to a Unix socket in the guest. */
  connect(path: string): ByteStream {
    return openByteStream((listener) => this.#open('bulk', { kind: 'connect', path }, listener));
  }

  #greeted(): void {
    // Each of the three channels hears it; the last one completes the start.
    this.#greetings++;
    if (this.#greetings % 3 !== 0) return;
    this.#setReady();
    this.onStart();
  }

  #open(port: keyof Ports, request: AgentRequest, listener: StreamListener): Stream {
    return this.channels[port].open(request, listener);
  }

  /** Opens a stream whose result is wanted. */
  #call(
    port: keyof Ports,
    request: AgentRequest,
    listener: StreamListener,
  ): { stream: Stream; outcome: Promise<unknown> } {
    let stream: Stream | undefined;
    const outcome = new Promise((resolve, reject) => {
      const close = ({ result, error }: Outcome): void => (error ? reject(new GuestError(error)) : resolve(result));
      stream = this.#open(port, request, { ...listener, close });
    });
    return { stream: stream as Stream, outcome };
  }

  async #collect(request: AgentRequest, input?: string): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    const { stream, outcome } = this.#call('bulk', request, { data: (bytes) => void parts.push(bytes) });
    if (input !== undefined) {
      stream.send(platform.utf8Encode(input));
      stream.end();
    }
    await outcome;
    return concatBytes(parts);
  }
}

/** Output up to a limit; what is beyond is counted off, as documented in VmApi. */
class Collected {
  #parts: Uint8Array[] = [];
  #size = 0;
  add(bytes: Uint8Array): void {
    const room = EXEC_OUTPUT_MAX - this.#size;
    if (room <= 0) return;
    this.#parts.push(bytes.subarray(0, room));
    this.#size += Math.min(room, bytes.byteLength);
  }
  bytes(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.#parts);
  }
}

function jsonLines<T>(bytes: Uint8Array): T[] {
  return platform
    .utf8Decode(bytes)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
