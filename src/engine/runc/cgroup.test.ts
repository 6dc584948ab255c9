import { describe, expect, it } from 'vitest';
import { cpuWeight, ioWeight, limitFiles } from './cgroup.ts';

const MIB = 2 ** 20;

describe('limitFiles', () => {
  it('turns `docker run -m 64m --cpus 0.5 --pids-limit 20 --cpuset-cpus 0` into control files', () => {
    const files = limitFiles({
      memory: { limit: 64 * MIB, swap: 128 * MIB, reservation: 32 * MIB },
      cpu: { quota: 50_000, period: 100_000, cpus: '0', shares: 1024 },
      pids: { limit: 20 },
    });
    expect(files).toEqual([
      ['memory.swap.max', String(64 * MIB)],
      ['memory.max', String(64 * MIB)],
      ['memory.low', String(32 * MIB)],
      ['cpu.weight', '39'],
      ['cpu.max', '50000 100000'],
      ['cpuset.cpus', '0'],
      ['pids.max', '20'],
    ]);
  });

  it('writes "max" for no limit, and nothing where nothing is asked', () => {
    expect(limitFiles({ memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { period: 50_000 } })).toEqual([
      ['memory.swap.max', 'max'],
      ['memory.max', 'max'],
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

  it('gives swap what memory and swap together leave to it', () => {
    const files = (limit: number, swap: number): unknown => Object.fromEntries(limitFiles({ memory: { limit, swap } }));
    expect(files(MIB, MIB)).toEqual({ 'memory.swap.max': '0', 'memory.max': String(MIB) });
    expect(files(MIB, -1)).toMatchObject({ 'memory.swap.max': 'max' });
    expect(files(-1, 0)).toEqual({ 'memory.swap.max': 'max', 'memory.max': 'max' });
    expect(files(MIB, 0)).toEqual({ 'memory.max': String(MIB) });
    expect(() => files(0, MIB)).toThrow('unable to set swap limit without memory limit');
    expect(() => files(2 * MIB, MIB)).toThrow('memory+swap limit should be >= memory limit');
  });

  it('weighs block I/O, for all devices and for one', () => {
    const weightDevice = [
      { major: 8, minor: 0, weight: 1000 },
      { major: 7, minor: 1, weight: 0 },
    ];
    expect(limitFiles({ blockIO: { weight: 500, weightDevice } })).toEqual([
      ['io.bfq.weight', '500'],
      ['io.bfq.weight', '8:0 1000'],
      ['io.bfq.weight', '7:1 0'],
    ]);
    expect(limitFiles({ blockIO: { weight: 500, weightDevice } }, false)).toEqual([
      ['io.weight', '4950'],
      ['io.weight', '8:0 10000'],
      ['io.weight', '7:1 default'],
    ]);
    expect([10, 100, 1000].map(ioWeight)).toEqual(['1', '910', '10000']);
  });

  it('maps shares to weights over the whole range', () => {
    expect([2, 1024, 262144, 0, 1e9].map(cpuWeight)).toEqual([1, 39, 10000, 1, 10000]);
  });
});
