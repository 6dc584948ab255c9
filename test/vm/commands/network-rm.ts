// docker network rm: bridge, addresses and rules go.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  // That a bridge has lost its last cable the kernel's linkwatch notices up to a second later.
  const TRACES = 'ls /sys/class/net; ip route | sed "s/linkdown *$//"; iptables-save | grep -v "^[:#]"';

  it('leaves nothing of a network', async () => {
    const before = await vm(TRACES);
    await ok('network', 'create', 'one');
    const id = await ok('network', 'create', 'two');
    expect(await vm(TRACES)).not.toBe(before);
    expect(await typed(`docker network rm one ${id.slice(0, 12)}`)).toEqual(done('one', id.slice(0, 12)));
    expect(await vm(TRACES)).toBe(before);
  });

  it('refuses what is in use or always there, and goes on behind it', async () => {
    await ok('network', 'create', 'used');
    await ok('network', 'create', 'idle');
    await ok('run', '-d', '--name', 'user', '--network', 'used', 'busybox', 'sleep', '1000');
    const ran = await typed('docker network rm used bridge nosuch idle');
    expect([ran.exitCode, ran.stdout]).toEqual([1, 'idle\n']);
    expect(ran.stderr).toContain('error while removing network: network used has active endpoints (name:"user"');
    expect(ran.stderr).toContain('bridge is a pre-defined network and cannot be removed');
    expect(ran.stderr).toContain(daemonSays('network nosuch not found').stderr);
    expect((await typed('docker network rm -f nosuch')).exitCode).toBe(0);
    await ok('rm', '-f', 'user');
    await ok('network', 'rm', 'used');
  });
};
