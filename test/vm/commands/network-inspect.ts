// docker network inspect: networks only, with the containers on them; the kernel's bridge has the same address.
import { expect, it } from 'vitest';
import { refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('tells subnet, gateway and who is on it', async () => {
    await ok('network', 'create', '--subnet', '10.9.0.0/24', 'blue');
    const id = await ok('run', '-d', '--name', 'anna', '--network', 'blue', 'busybox', 'sleep', '1000');
    const [blue] = JSON.parse(await ok('network', 'inspect', 'blue')) as [{ Id: string }];
    expect(blue).toMatchObject({
      Name: 'blue',
      Driver: 'bridge',
      Internal: false,
      IPAM: { Config: [{ Subnet: '10.9.0.0/24', Gateway: '10.9.0.1' }] },
      Containers: { [id]: { Name: 'anna', IPv4Address: '10.9.0.2/24' } },
    });
    expect(await vm(`ip -o -4 address show dev br-${blue.Id.slice(0, 12)}`)).toContain('inet 10.9.0.1/24');
    expect(await ok('network', 'inspect', '-f', '{{.Name}}', blue.Id.slice(0, 12))).toBe('blue');
  });

  it('knows no other objects', async () => {
    expect(await typed('docker network inspect anna')).toEqual({
      ...refused('Error response from daemon: network anna not found'),
      stdout: '[]\n',
    });
    await ok('rm', '-f', 'anna');
    await ok('network', 'rm', 'blue');
  });
};
