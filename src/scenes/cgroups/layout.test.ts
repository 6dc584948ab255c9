// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../protocol/events.ts';
import { figure, fold, group, started } from '../example.ts';
import { layout as cgroups, describe as cgroupsInWords, tree as cgroupTree } from './layout.ts';

describe('cgroups', () => {
  it('stands in the order in which groups were made, each behind its parent', () => {
    const made = ['/docker', '/docker/web', '/docker/api', '/docker/web/inner', '/x'];
    const world = fold(...made.map((path, id): EventBody => ({ kind: 'cgroup.mkdir', path, id })));
    expect(cgroupTree(world).map(({ path }) => path)).toEqual([
      '/docker',
      '/docker/web',
      '/docker/web/inner',
      '/docker/api',
      '/x',
    ]);
  });

  it('does not let a kill be missed, though the group went with its last process', () => {
    const world = fold(
      ...started,
      { kind: 'cgroup.write', path: group, file: 'memory.max', value: '16777216' },
      { kind: 'oom.kill', target: 50, targetComm: 'nginx' },
      { kind: 'process.exit', pid: 50, tgid: 50, signal: 9 },
      { kind: 'cgroup.rmdir', path: group, id: 9 },
    );
    expect(figure(cgroups(world, 700, 600).figures, `cgroup:${group}`)).toMatchObject({
      title: 'web',
      detail: 'killed: out of memory at its limit of 16 MiB · exit 137',
    });
    expect(cgroupsInWords(world).join()).toContain('web: killed: out of memory');
  });

  it('puts a limit below what is used where both do not fit beside the word', () => {
    const world = fold(...started, {
      kind: 'cgroup.sample',
      path: group,
      files: { 'memory.current': '364544\n', 'memory.max': '33554432\n' },
    });
    const memoryAt = (width: number) => figure(cgroups(world, width, 600).figures, `memory:${group}`);
    expect(memoryAt(900)).toMatchObject({ detail: '356 KiB of 32 MiB', note: 'memory.current / .max' });
    expect(memoryAt(560)).toMatchObject({ detail: '356 KiB', note: 'limit 32 MiB' });
  });

  it('shows how often and how long a group had to wait', () => {
    const world = fold(...started, {
      kind: 'cgroup.sample',
      path: group,
      files: { 'cpu.max': '20000 100000', 'cpu.stat': 'usage_usec 5\nnr_throttled 6\nthrottled_usec 425000\n' },
    });
    expect(figure(cgroups(world, 700, 600).figures, `cpu:${group}`)).toMatchObject({
      note: 'throttled 6×, 425 ms',
      limited: true,
    });
  });
});
