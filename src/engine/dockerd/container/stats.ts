// Usage of a container in the API's words, from cgroup v2 files and /proc/PID/net/dev. cgroups(7), admin-guide/cgroup-v2.rst
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { isRunning, type Container } from './container.ts';
import { now } from './create.ts';
import { cpuCount } from './validate.ts';

export interface CpuStats {
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

export const EMPTY_CPU: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

export interface Stats {
  readonly read: string;
  readonly preread: string;
  readonly pids_stats: object;
  readonly blkio_stats: object;
  readonly num_procs: 0;
  readonly storage_stats: object;
  readonly cpu_stats: CpuStats;
  readonly precpu_stats: CpuStats;
  readonly memory_stats: object;
  readonly name: string;
  readonly id: string;
  readonly networks?: Readonly<Record<string, object>>;
}

export async function sample(
  daemon: Daemon,
  container: Container,
  before: CpuStats,
  beforeRead: string,
): Promise<Stats> {
  const files = isRunning(container)
    ? await daemon.containerd.call('stats', { id: container.id }).then(
        (answer) => answer.files,
        () => undefined,
      )
    : undefined;
  const head = {
    read: files ? now() : '0001-01-01T00:00:00Z',
    preread: beforeRead,
    num_procs: 0 as const,
    storage_stats: {},
    precpu_stats: before,
    name: `/${container.name}`,
    id: container.id,
  };
  if (!files) return { ...head, pids_stats: {}, blkio_stats: blkio(''), cpu_stats: EMPTY_CPU, memory_stats: {} };
  const networks = interfaces(container.state.pid);
  return {
    ...head,
    pids_stats: pids(files),
    blkio_stats: blkio(files['io.stat'] ?? ''),
    cpu_stats: cpu(files['cpu.stat'] ?? ''),
    memory_stats: memory(files),
    ...(networks && { networks }),
  };
}

type Files = Readonly<Record<string, string>>;

/** `name value` lines as numbers. */
export function flatKeyed(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at > 0) values[line.slice(0, at)] = Number(line.slice(at + 1));
  }
  return values;
}

function cpu(text: string): CpuStats {
  const stat = flatKeyed(text);
  const nanos = (name: string): number => (stat[name] ?? 0) * 1000;
  return {
    cpu_usage: {
      total_usage: nanos('usage_usec'),
      usage_in_kernelmode: nanos('system_usec'),
      usage_in_usermode: nanos('user_usec'),
    },
    system_cpu_usage: systemCpuNanos(),
    online_cpus: cpuCount(),
    throttling_data: {
      periods: stat['nr_periods'] ?? 0,
      throttled_periods: stat['nr_throttled'] ?? 0,
      throttled_time: nanos('throttled_usec'),
    },
  };
}

/** All CPU time of the machine, busy and idle, since it came up: the first line of /proc/stat, in ticks of 10 ms. */
function systemCpuNanos(): number {
  const [line = ''] = sys.readText('/proc/stat').split('\n');
  const ticks = line
    .trim()
    .split(/\s+/)
    .slice(1, 8)
    .reduce((sum, text) => sum + Number(text), 0);
  return ticks * 10_000_000;
}

function memory(files: Files): object {
  const limit = files['memory.max']?.trim();
  const total = Number(/^MemTotal:\s+(\d+)/m.exec(sys.readText('/proc/meminfo'))?.[1] ?? 0) * 1024;
  return {
    usage: Number(files['memory.current'] ?? 0),
    stats: flatKeyed(files['memory.stat'] ?? ''),
    limit: limit === undefined || limit === 'max' ? total : Number(limit),
  };
}

function pids(files: Files): object {
  const limit = files['pids.max']?.trim();
  // No limit is Go's largest uint64 on the wire, which a double rounds to the same text as Docker's clients expect to parse.
  return {
    current: Number(files['pids.current'] ?? 0),
    ...(limit !== undefined && limit !== 'max' && { limit: Number(limit) }),
  };
}

/** `8:0 rbytes=… wbytes=… rios=… wios=…` a line. */
export function blkio(text: string): object {
  const bytes: object[] = [];
  const operations: object[] = [];
  for (const line of text.split('\n')) {
    const found = /^(\d+):(\d+) (.*)$/.exec(line);
    if (!found) continue;
    const device = { major: Number(found[1]), minor: Number(found[2]) };
    const values = Object.fromEntries((found[3] ?? '').split(' ').map((pair) => pair.split('=')));
    bytes.push(
      { ...device, op: 'read', value: Number(values['rbytes'] ?? 0) },
      { ...device, op: 'write', value: Number(values['wbytes'] ?? 0) },
    );
    operations.push(
      { ...device, op: 'read', value: Number(values['rios'] ?? 0) },
      { ...device, op: 'write', value: Number(values['wios'] ?? 0) },
    );
  }
  return {
    io_service_bytes_recursive: bytes.length > 0 ? bytes : null,
    io_serviced_recursive: operations.length > 0 ? operations : null,
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  };
}

/** Counters of each interface but lo, as the container's own network namespace has them. */
function interfaces(pid: number): Record<string, object> | undefined {
  const text = sys.readTextIfExists(`/proc/${pid}/net/dev`);
  if (text === undefined) return undefined;
  const result: Record<string, object> = {};
  for (const line of text.split('\n')) {
    const [name = '', counters] = line.split(':');
    if (counters === undefined || name.trim() === 'lo') continue;
    const n = counters.trim().split(/\s+/).map(Number);
    const at = (i: number): number => n[i] ?? 0;
    result[name.trim()] = {
      rx_bytes: at(0),
      rx_packets: at(1),
      rx_errors: at(2),
      rx_dropped: at(3),
      tx_bytes: at(8),
      tx_packets: at(9),
      tx_errors: at(10),
      tx_dropped: at(11),
    };
  }
  return result;
}
