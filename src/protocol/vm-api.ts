// The border between the page and the VM's worker (Comlink on both ends). Plain values and transferable bytes only.
import type { WorldEvent } from './events.ts';

export type VmPhase = 'idle' | 'fetching' | 'restoring' | 'booting' | 'running' | 'paused' | 'stopped' | 'failed';

/** What the VM is doing now; sent on every change and about once a second while running. */
export interface VmStatus {
  readonly phase: VmPhase;
  /** While fetching: what, how much of it, and the whole. */
  readonly loading?: { readonly what: string; readonly loadedBytes: number; readonly totalBytes: number };
  /** How the VM came up, and why not from the snapshot if it did not. */
  readonly bootedFrom?: 'snapshot' | 'cold';
  readonly snapshotProblem?: string;
  readonly failure?: VmFailure;
  readonly memory?: { readonly totalBytes: number; readonly usedBytes: number };
  /** Share of one host core that the emulator used since the last status, 0 to 1. */
  readonly cpu?: number;
  readonly kernelVersion?: string;
  readonly uptimeSeconds?: number;
  /** Is dockerd answering? Shown when it was killed and is coming back. */
  readonly dockerd?: 'up' | 'down';
}

/** A failure in words for the person in front: what happened, what it means, what to do. */
export interface VmFailure {
  readonly code:
    | 'no-webassembly'
    | 'out-of-memory'
    | 'fetch-failed'
    | 'wrong-hash'
    | 'restore-failed'
    | 'guest-panic'
    | 'channel-lost'
    | 'worker-died'
    | 'disk-full';
  readonly what: string;
  readonly means: string;
  readonly todo: string;
}

export interface StartOptions {
  /** Where the page's static files lie; ends with a slash. */
  readonly baseUrl: string;
  readonly boot: 'snapshot' | 'cold';
  /** Megabytes; a snapshot fits only the default, 256. */
  readonly memoryMb?: number;
}

/**
 * Calls that the VM makes to the page; the page hands it over as a Comlink proxy. A call has been taken when it returns: of `events`,
 * and of each terminal's output, one is under way at a time, and what comes meanwhile is gathered for the next.
 */
export interface VmSink {
  status(status: VmStatus): void;
  /** Bytes of a terminal's output. */
  terminal(id: number, bytes: Uint8Array): void;
  terminalExit(id: number, exitCode: number): void;
  /** The kernel's log (serial console) during a cold boot and at a panic. */
  kernelLog(bytes: Uint8Array): void;
  /** What happened before the machine came to this page, e.g. while its snapshot was made; before any other event. */
  history(events: readonly WorldEvent[]): void;
  /** Decoded events, numbered, in order. */
  events(events: readonly WorldEvent[]): void;
  /** Ports published to the outside now, from the DNAT rules that the kernel holds. */
  ports(ports: readonly PublishedPort[]): void;
}

export interface PublishedPort {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** Where the rule sends it, e.g. `172.17.0.2:80`. */
  readonly destination: string;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** A directory, or a symbolic link that leads to one. */
  readonly isFolder: boolean;
  readonly size: number;
  readonly mode: number;
  readonly modifiedMs: number;
}

export interface HttpExchange {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly timeMs: number;
}

/** Errors of these calls arrive as `{name, message, code?}`; `code` is the errno name where the guest gave one. */
export interface VmApi {
  start(options: StartOptions, sink: VmSink): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Throw the machine away and boot again. */
  restart(boot: 'snapshot' | 'cold'): Promise<void>;

  /** Open a terminal: a login shell on a pty of its own, or `argv`. */
  openTerminal(size: { columns: number; rows: number }, argv?: readonly string[]): Promise<number>;
  write(terminal: number, bytes: Uint8Array): Promise<void>;
  resize(terminal: number, size: { columns: number; rows: number }): Promise<void>;
  closeTerminal(terminal: number): Promise<void>;

  /** Run a program in the guest and collect its output (at most 1 MiB each). */
  exec(
    argv: readonly string[],
    stdin?: Uint8Array,
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  readDirectory(path: string): Promise<readonly DirectoryEntry[]>;
  /** One request to the engine's REST API on its Unix socket; for checks and details, never for what the student did. */
  engine(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }>;

  /** One HTTP request by real TCP to a published port of the guest. */
  http(
    port: number,
    request: { method: string; path: string; headers: readonly (readonly [string, string])[]; body?: Uint8Array },
  ): Promise<HttpExchange>;

  /** Switch the kernel's tracing on or off (for the bench and for a slow machine). */
  setTracing(on: boolean): Promise<void>;
}
