import { describe, expect, it } from 'vitest';
import { cpuWeight, limitFiles } from './cgroup.ts';

const MIB = 2 ** 20;

describe('limitFiles', () => {
  it('turns `docker run -m 64m --cpus 0.5 --pids-limit 20 --cpuset-cpus 0` into control files', () => {
    const files = limitFiles({
      memory: { limit: 64 * MIB, swap: 128 * MIB, reservation: 32 * MIB },
      cpu: { quota: 50_000, period: 100_000, cpus: '0', shares: 1024 },
      pids: { limit: 20 },
    });
    expect(files).toEqual([
      ['memory.max', String(64 * MIB)],
      ['memory.swap.max', String(64 * MIB)],
      ['memory.low', String(32 * MIB)],
      ['cpu.weight', '39'],
      ['cpu.max', '50000 100000'],
      ['cpuset.cpus', '0'],
      ['pids.max', '20'],
    ]);
  });

  it('writes "max" for no limit, and nothing where nothing is asked', () => {
    expect(limitFiles({ memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { period: 50_000 } })).toEqual([
      ['memory.max', 'max'],
      ['memory.swap.max', 'max'],
      ['cpu.max', 'max 50000'],
      ['pids.max', 'max'],
    ]);
    expect(limitFiles({})).toEqual([]);
  });

  it('names throttled devices', () => {
    const files = limitFiles({
      blockIO: {
        throttleReadBpsDevice: [{ major: 3, minor: 0, rate: MIB }],
        throttleWriteIOPSDevice: [{ major: 3, minor: 0, rate: 100 }],
      },
    });
    expect(files).toEqual([
      ['io.max', `3:0 rbps=${MIB}`],
      ['io.max', '3:0 wiops=100'],
    ]);
  });

  it('maps shares to weights over the whole range', () => {
    expect([2, 1024, 262144, 0, 1e9].map(cpuWeight)).toEqual([1, 39, 10000, 1, 10000]);
  });
});
