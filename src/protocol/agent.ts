// What the page asks of the agent: the request that opens a stream, and what then goes over it. One row a kind; src/agent answers,
// src/vm asks. A stream that fails closes with {error}; one that answers closes with {result}.

/** Where the guest's kernel says which virtio port is which (name "virtio-1" for port 1). */
export const PORTS = { terminals: 1, trace: 2, bulk: 3 } as const;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export type AgentRequest =
  /** A program (default: a login shell) on a pty. Data both ways; message {columns, rows} resizes; result {exitCode}. */
  | ({ readonly kind: 'terminal'; readonly argv?: readonly string[]; readonly cwd?: string } & TerminalSize)
  /** A program on pipes. Data: stdin there, stdout back; stderr goes to the stream opened before by `stderr`. Result {exitCode}. */
  | {
      readonly kind: 'exec';
      readonly argv: readonly string[];
      readonly env?: readonly string[];
      readonly cwd?: string;
      readonly stderr?: number;
    }
  /** A stream that an exec may name as its stderr. */
  | { readonly kind: 'stderr' }
  /** A file's bytes, then result {size}. */
  | { readonly kind: 'read'; readonly path: string }
  /** The file's new bytes; result {size} after the end. */
  | { readonly kind: 'write'; readonly path: string; readonly mode?: number }
  /** A JSON array of DirectoryEntry as data. */
  | { readonly kind: 'list'; readonly path: string }
  /** JSON lines there: [path, text], each one write(2) to a control file (tracefs, procfs, cgroup); result {failed: [path, code][]}. */
  | { readonly kind: 'control' }
  /** JSON lines there: paths; JSON lines back: [path, text]. A path may end in `*` for every directory entry. */
  | { readonly kind: 'cat' }
  /** A connection to a Unix socket; data both ways with half-close. */
  | { readonly kind: 'connect'; readonly path: string }
  /** Pages of the trace buffer as data, one ring-buffer page after the other, each cut to what it holds (see trace.ts). */
  | { readonly kind: 'trace'; readonly instance: string }
  /** cgroup files that changed, as messages {path, files, atMs}; message {paths} has these read at once, with their settings. */
  | { readonly kind: 'cgroups'; readonly everyMs: number }
  /** One JSON line a process: ProcessLine. */
  | { readonly kind: 'processes' }
  /** One iptables table of the root network namespace as the kernel gives it: IPT_SO_GET_INFO (84 bytes), then IPT_SO_GET_ENTRIES. */
  | { readonly kind: 'xtables'; readonly table: string }
  /** After a restore: the time of day, and what goes into the kernel's random pool (base64). */
  | { readonly kind: 'wake'; readonly realtimeMs: number; readonly entropy: string }
  /** Result {uptimeSeconds, totalBytes, availableBytes, diskBytes, diskAvailableBytes}. */
  | { readonly kind: 'vitals' };

/** A process that the agent found in /proc. */
export interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly comm: string;
  readonly title: string;
  readonly innerPids: readonly number[];
  readonly ns: Readonly<Record<string, number>>;
  readonly cgroup: string;
}
