// docker network connect: one more interface in a container's namespace, while it runs.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('plugs a cable in, with the address and the names that were asked for', async () => {
    await ok('network', 'create', '--subnet', '10.6.0.0/24', 'blue');
    await ok('run', '-d', '--name', 'anna', '--network', 'blue', 'busybox', 'sleep', '1000');
    await ok('run', '-d', '--name', 'bert', 'busybox', 'sleep', '1000');
    expect(await typed('docker network connect --ip 10.6.0.9 --alias www blue bert')).toEqual(done());
    expect(await ok('exec', 'bert', 'ip', '-o', '-4', 'address', 'show', 'eth1')).toContain('inet 10.6.0.9/24');
    expect(await ok('exec', 'anna', 'nslookup', 'www')).toContain('Address: 10.6.0.9');
    const bridge = `br-${(await ok('network', 'inspect', '-f', '{{.Id}}', 'blue')).slice(0, 12)}`;
    expect((await vm(`ls /sys/class/net/${bridge}/brif`)).trim().split('\n')).toHaveLength(2);
  });

  it('also what is stopped: it has it when it starts', async () => {
    await ok('create', '--name', 'cora', 'busybox', 'sleep', '1000');
    expect(await typed('docker network connect blue cora')).toEqual(done());
    await ok('start', 'cora');
    expect(await ok('exec', 'cora', 'ls', '/sys/class/net')).toBe('eth0\neth1\nlo');
  });

  it("says why not, in Docker's words", async () => {
    const said: Record<string, string> = {
      'blue bert': 'endpoint with name bert already exists in network blue',
      'nosuch bert': 'network nosuch not found',
      'blue nosuch': 'No such container: nosuch',
      'host bert': 'container cannot be connected to host network - container must be created in host network mode',
    };
    for (const [words, answer] of Object.entries(said)) {
      const ran = await typed(`docker network connect ${words}`);
      expect([ran.exitCode, ran.stdout, ran.stderr], words).toEqual([1, '', expect.stringContaining(answer)]);
    }
    expect((await typed('docker network connect blue')).exitCode).toBe(1);
    await ok('rm', '-f', 'anna', 'bert', 'cora');
    await ok('network', 'rm', 'blue');
  });
};
