// docker network create: a bridge in the kernel with the address and the rules that were asked for.
import { expect, it } from 'vitest';
import { daemonSays, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('makes a bridge, by its own choice or as asked for', async () => {
    const { stdout, ...ran } = await typed('docker network create plain');
    expect([ran, stdout]).toEqual([{ exitCode: 0, stderr: '' }, expect.stringMatching(/^[0-9a-f]{64}\n$/)]);
    const subnet = await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'plain');
    expect(await vm(`ip route show dev br-${stdout.slice(0, 12)}; iptables -t nat -S POSTROUTING`)).toContain(
      `-A POSTROUTING -s ${subnet} ! -o br-${stdout.slice(0, 12)} -j MASQUERADE`,
    );
    await ok(
      ...['network', 'create', '--subnet', '10.8.0.0/24', '--gateway', '10.8.0.254', '--ip-range', '10.8.0.128/25'],
      ...['--label', 'color=blue', '--internal', '-o', 'com.docker.network.bridge.name=blue0', 'blue'],
    );
    expect(await vm('ip -o -4 address show dev blue0; iptables -S DOCKER-ISOLATION-STAGE-1 | grep -c blue0')).toMatch(
      /inet 10\.8\.0\.254\/24 [^]*\n2\n$/,
    );
  });

  it('refuses, and leaves no link', async () => {
    const links = await vm('ls /sys/class/net');
    const said: Record<string, string> = {
      blue: 'network with name blue already exists',
      bridge: 'operation is not permitted on predefined bridge network',
      '-d nosuch x': 'could not resolve driver nosuch in registry',
      '--subnet 10.8.0.0/16 x': 'invalid pool request: Pool overlaps with other one on this address space',
      '--subnet 10.7.0.1/16 x': 'invalid subnet 10.7.0.1/16: it should be 10.7.0.0/16',
    };
    for (const [words, answer] of Object.entries(said)) {
      const ran = await typed(`docker network create ${words}`);
      expect([ran.exitCode, ran.stdout, ran.stderr], words).toEqual([1, '', expect.stringContaining(answer)]);
    }
    expect(await typed('docker network create blue')).toEqual(daemonSays('network with name blue already exists'));
    expect((await typed('docker network create')).exitCode).toBe(1);
    expect((await typed('docker network create --gateway 1.2.3.4 x')).exitCode).toBe(1);
    expect(await vm('ls /sys/class/net')).toBe(links);
    await ok('network', 'rm', 'plain', 'blue');
  });
};
