// docker network ls.
import { expect, it } from 'vitest';
import { daemonSays, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  const names = (...flags: string[]): Promise<string> => ok('network', 'ls', ...flags, '--format', '{{.Name}}');

  it('lists those that are always there, and the others; each bridge is a link', async () => {
    await ok('network', 'create', '--label', 'color=blue', 'blue');
    const [head, ...rows] = (await ok('network', 'ls')).split('\n');
    expect(head).toMatch(/^NETWORK ID +NAME +DRIVER +SCOPE$/);
    expect(rows.map((row) => row.split(/ +/).slice(1).join(' '))).toEqual([
      'blue bridge local',
      'bridge bridge local',
      'host host local',
      'none null local',
    ]);
    const id = await ok('network', 'ls', '-q', '--no-trunc', '--filter', 'name=blue');
    expect(await vm(`ls /sys/class/net | grep br-`)).toBe(`br-${id.slice(0, 12)}\n`);
  });

  it.each([
    ['label=color=blue', 'blue'],
    ['driver=null', 'none'],
    ['type=custom', 'blue'],
    ['type=builtin', 'bridge\nhost\nnone'],
    ['dangling=true', 'blue'],
    ['scope=swarm', ''],
  ])('--filter %s', async (filter, said) => {
    expect(await names('--filter', filter)).toBe(said);
  });

  it('refuses a filter that there is not', async () => {
    expect(await typed('docker network ls --filter nosuch=1')).toEqual(daemonSays("invalid filter 'nosuch'"));
    await ok('network', 'rm', 'blue');
  });
};
