// docker port: what is published where; the kernel's rules say the same.
import { expect, it } from 'vitest';
import { daemonSays, done, refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('lists all, or one of them', async () => {
    const ports = ['-p', '127.0.0.1:8090:80', '-p', '5000:5000/udp', '-p', '8443:443', '-p', '8444:443'];
    await ok('run', '-d', '--name', 'door', ...ports, 'busybox', 'sleep', '1000');
    expect(await typed('docker port door')).toEqual(
      done(
        '80/tcp -> 127.0.0.1:8090',
        '443/tcp -> 0.0.0.0:8443',
        '443/tcp -> 0.0.0.0:8444',
        '5000/udp -> 0.0.0.0:5000',
      ),
    );
    expect(await typed('docker port door 80')).toEqual(done('127.0.0.1:8090'));
    expect(await typed('docker port door 5000/udp')).toEqual(done('0.0.0.0:5000'));
    const rules = await vm('iptables -t nat -S DOCKER | grep -o "dport .*"; ps -o args | grep -c ^[d]ocker-proxy');
    expect(rules.trim().split('\n').sort()).toEqual([
      '4',
      'dport 5000 -j DNAT --to-destination 172.17.0.2:5000',
      'dport 8090 -j DNAT --to-destination 172.17.0.2:80',
      'dport 8443 -j DNAT --to-destination 172.17.0.2:443',
      'dport 8444 -j DNAT --to-destination 172.17.0.2:443',
    ]);
  });

  it('says what is not published, no port at all, and what is not there', async () => {
    expect(await typed('docker port door 81')).toEqual(refused(`Error: No public port '81' published for door`));
    expect(await typed('docker port door 80/udp')).toEqual(
      refused(`Error: No public port '80/udp' published for door`),
    );
    expect(await typed('docker port door http')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await typed('docker port nosuch')).toEqual(daemonSays('No such container: nosuch'));
    await ok('stop', '-t', '0', 'door');
    expect(await typed('docker port door')).toEqual(done());
    expect(await vm('iptables -t nat -S DOCKER | grep -c dport; true')).toBe('0\n');
    await ok('rm', 'door');
  });
};
