// One row of docker stats, worked out of two readings as Docker's client does.
import type { Row } from '../format/list.ts';
import { binarySize, humanSize, shortId } from '../format/units.ts';

interface Cpu {
  readonly cpu_usage: { readonly total_usage: number };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

/** The parts of GET /containers/{id}/stats that the table shows. */
export interface StatsAnswer {
  readonly id: string;
  readonly name: string;
  readonly cpu_stats: Cpu;
  readonly precpu_stats: Cpu;
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly pids_stats: { readonly current?: number };
  readonly blkio_stats: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
}

/** `name` is what was asked for; without a reading yet there are only dashes. */
export function rowOfStats(one: { readonly name: string; readonly stats?: StatsAnswer }, short: boolean): Row {
  const { stats } = one;
  if (!stats)
    return {
      Container: one.name,
      ID: '--',
      Name: '--',
      CPUPerc: '--',
      MemUsage: '-- / --',
      MemPerc: '--',
      NetIO: '--',
      BlockIO: '--',
      PIDs: '--',
    };
  const { usage, limit } = memory(stats);
  const networks = Object.values(stats.networks ?? {});
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const bytes = (op: string): number =>
    sum(
      (stats.blkio_stats.io_service_bytes_recursive ?? []).filter((entry) => entry.op === op).map(({ value }) => value),
    );
  return {
    Container: short && one.name === stats.id ? shortId(one.name) : one.name,
    ID: short ? shortId(stats.id) : stats.id,
    Name: stats.name.replace(/^\//, ''),
    CPUPerc: `${cpuPercent(stats).toFixed(2)}%`,
    MemUsage: `${binarySize(usage)} / ${binarySize(limit)}`,
    MemPerc: `${(limit > 0 ? (usage / limit) * 100 : 0).toFixed(2)}%`,
    NetIO: `${humanSize(sum(networks.map((n) => n.rx_bytes)))} / ${humanSize(sum(networks.map((n) => n.tx_bytes)))}`,
    BlockIO: `${humanSize(bytes('read'))} / ${humanSize(bytes('write'))}`,
    PIDs: String(stats.pids_stats.current ?? 0),
  };
}

/** The share of all CPUs' time between the two readings that the container had; one whole CPU is 100 %. */
export function cpuPercent({ cpu_stats: now, precpu_stats: before }: StatsAnswer): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  return used > 0 && passed > 0 ? (used / passed) * (now.online_cpus ?? 1) * 100 : 0;
}

/** Page cache that the kernel would drop at once does not count as used. */
function memory({ memory_stats }: StatsAnswer): { usage: number; limit: number } {
  const inactive = memory_stats.stats?.['inactive_file'] ?? 0;
  const usage = memory_stats.usage ?? 0;
  return { usage: inactive < usage ? usage - inactive : usage, limit: memory_stats.limit ?? 0 };
}
