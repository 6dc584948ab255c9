// docker volume inspect: volumes only; the mount point is a directory.
import { expect, it } from 'vitest';
import { refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('tells driver, labels, options and where it lies', async () => {
    await ok('volume', 'create', '--label', 'color=blue', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'fast');
    const [fast] = JSON.parse(await ok('volume', 'inspect', 'fast')) as [{ Mountpoint: string; CreatedAt: string }];
    expect(fast).toMatchObject({
      Name: 'fast',
      Driver: 'local',
      Scope: 'local',
      Labels: { color: 'blue' },
      Options: { type: 'tmpfs', device: 'tmpfs' },
    });
    expect(Date.parse(fast.CreatedAt)).toBeGreaterThan(0);
    expect(await vm(`stat -c %F ${fast.Mountpoint}`)).toBe('directory\n');
  });

  it('prints what it has found, and knows no other objects', async () => {
    expect(await typed("docker volume inspect -f '{{.Name}}' busybox fast")).toEqual({
      ...refused('Error response from daemon: get busybox: no such volume'),
      stdout: 'fast\n',
    });
    await ok('volume', 'rm', 'fast');
  });
};
