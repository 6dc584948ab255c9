import { expect, it } from 'vitest';
import { cpuPercent, rowOfStats, type StatsAnswer } from './stats-row.ts';

const answer: StatsAnswer = {
  id: 'a'.repeat(64),
  name: '/web',
  cpu_stats: { cpu_usage: { total_usage: 300 }, system_cpu_usage: 2000, online_cpus: 2 },
  precpu_stats: { cpu_usage: { total_usage: 100 }, system_cpu_usage: 1000 },
  memory_stats: { usage: 3 * 2 ** 20, limit: 32 * 2 ** 20, stats: { inactive_file: 2 ** 20 } },
  pids_stats: { current: 4 },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'read', value: 1500 },
      { op: 'write', value: 0 },
    ],
  },
  networks: { eth0: { rx_bytes: 1000, tx_bytes: 10 }, eth1: { rx_bytes: 500, tx_bytes: 0 } },
};

it('a row is what lies between two readings', () => {
  expect(rowOfStats({ name: 'web', stats: answer }, true)).toEqual({
    Container: 'web',
    ID: 'a'.repeat(12),
    Name: 'web',
    CPUPerc: '40.00%',
    MemUsage: '2MiB / 32MiB',
    MemPerc: '6.25%',
    NetIO: '1.5kB / 10B',
    BlockIO: '1.5kB / 0B',
    PIDs: '4',
  });
});

it('dashes before the first reading, zeros where nothing runs', () => {
  expect(rowOfStats({ name: 'web' }, true)).toMatchObject({ Name: '--', CPUPerc: '--' });
  expect(cpuPercent({ ...answer, precpu_stats: answer.cpu_stats })).toBe(0);
  const stopped = { ...answer, memory_stats: {}, pids_stats: {}, blkio_stats: {} };
  expect(rowOfStats({ name: 'web', stats: stopped }, true)).toMatchObject({
    MemUsage: '0B / 0B',
    MemPerc: '0.00%',
    PIDs: '0',
  });
});
