// docker inspect: any object by name or ID; what it says of a process is what the kernel has.
import { expect, it } from 'vitest';
import { done, refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('finds containers, images, networks and volumes, several at once, in the order asked for', async () => {
    await ok('volume', 'create', 'data');
    await ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
    const found = JSON.parse(await ok('inspect', 'data', 'bridge', 'box', 'busybox')) as Record<string, unknown>[];
    expect(found).toMatchObject([
      { Name: 'data', Driver: 'local' },
      { Name: 'bridge', Driver: 'bridge' },
      { Name: '/box', Path: 'sleep', Args: ['1000'] },
      { RepoTags: ['busybox:latest'], Os: 'linux', Architecture: '386' },
    ]);
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'box');
    expect(await vm(`tr '\\0' ' ' </proc/${pid}/cmdline`)).toBe('sleep 1000 ');
  });

  it('looks for one kind with --type, and fills templates', async () => {
    await ok('network', 'create', 'box');
    expect(await typed("docker inspect --type network -f '{{.Driver}} {{.Scope}}' box")).toEqual(done('bridge local'));
    expect(await typed('docker inspect -f \'{{upper (join .Args "+")}} {{json .State.Running}}\' box')).toEqual(
      done('1000 true'),
    );
    expect(await ok('inspect', '-s', '-f', '{{.SizeRw}}', 'box')).toMatch(/^\d+$/);
    await ok('network', 'rm', 'box');
  });

  it('prints what it has found, and says what it has not', async () => {
    expect(await typed("docker inspect -f '{{.Name}}' nosuch box")).toEqual({
      exitCode: 1,
      stdout: '/box\n',
      stderr: 'Error: No such object: nosuch\n',
    });
    expect(await typed('docker inspect nosuch')).toEqual({
      ...refused('Error: No such object: nosuch'),
      stdout: '[]\n',
    });
    expect((await typed('docker inspect --type nosuch box')).exitCode).toBe(1);
    expect((await typed("docker inspect -f '{{.Nosuch' box")).exitCode).not.toBe(0);
    await ok('rm', '-f', 'box');
  });
};
