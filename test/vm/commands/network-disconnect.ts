// docker network disconnect: the interface goes, and the network's names with it.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('takes the cable out at both ends', async () => {
    const cables = (): Promise<string> => vm('ls /sys/class/net | grep -c veth; true');
    await ok('network', 'create', 'blue');
    await ok('run', '-d', '--name', 'bert', 'busybox', 'sleep', '1000');
    await ok('network', 'connect', 'blue', 'bert');
    expect(await cables()).toBe('2\n');
    expect(await typed('docker network disconnect blue bert')).toEqual(done());
    expect(await ok('exec', 'bert', 'ls', '/sys/class/net')).toBe('eth0\nlo');
    expect(await cables()).toBe('1\n');
    expect(await typed('docker network disconnect -f bridge bert')).toEqual(done());
    expect(await ok('exec', 'bert', 'ls', '/sys/class/net')).toBe('lo');
    expect(await ok('inspect', '-f', '{{len .NetworkSettings.Networks}}', 'bert')).toBe('0');
  });

  it("says why not, in Docker's words", async () => {
    const id = await ok('inspect', '-f', '{{.Id}}', 'bert');
    const said: Record<string, string> = {
      'blue bert': `container ${id} is not connected to network blue`,
      'nosuch bert': 'network nosuch not found',
      'blue nosuch': 'No such container: nosuch',
    };
    for (const [words, answer] of Object.entries(said)) {
      const ran = await typed(`docker network disconnect ${words}`);
      expect([ran.exitCode, ran.stdout, ran.stderr], words).toEqual([1, '', expect.stringContaining(answer)]);
    }
    await ok('rm', '-f', 'bert');
    await ok('network', 'rm', 'blue');
  });
};
