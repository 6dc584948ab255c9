// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import { reduce } from '../../sim/reduce.ts';
import { figure, fold, host, id, started } from '../example.ts';
import { layout as processes } from './layout.ts';

describe('processes', () => {
  it('shows both PIDs, the namespaces’ inodes, and the VM’s own around them', () => {
    const { figures } = processes(fold(...started), 700, 600);
    expect(figure(figures, 'process:50').detail).toBe('50 → 1');
    expect(figure(figures, `pidns:${id}`).title).toBe('pid:[4026532033]');
    expect(figure(figures, `ns:${id}:net`).title).toBe('net:[4026532034]');
    expect(figure(figures, `ns:${id}:mnt`).title).toBe('mnt: the VM’s');
    expect(figure(figures, 'vm').says).toContain('net:[2]');
  });

  it('calls a program as it calls itself', () => {
    const engine = { kind: 'process.seen', target: 60, parent: 1, innerPids: [60], ns: host } as const;
    const world = reduce(fold(...started), {
      ...engine,
      title: 'drydock /usr/lib/drydock/dockerd.bc',
      comm: 'dockerd',
      pid: 60,
      seq: 99,
      timeNs: 1e9,
    });
    expect(figure(processes(world, 700, 600).figures, 'process:60').title).toBe('dockerd');
  });
});
