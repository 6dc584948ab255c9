// docker run --link, and rm --link: /etc/hosts and variables on the default bridge, a name of one's own on other networks.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, ok, error, vm }) => {
  const names = (...flags: string[]): Promise<string> => ok('ps', ...flags, '--format', '{{.Names}}');

  it('tells a container on the default bridge of another: address, ports, variables', async () => {
    await ok('run', '-d', '--name', 'db', '--expose', '5432', '-e', 'PW=x', 'busybox', 'sleep', '1000');
    await ok('run', '-d', '--name', 'web', '--link', 'db:store', 'busybox', 'sleep', '1000');
    const address = await ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'db');
    const host = await ok('inspect', '-f', '{{.Config.Hostname}}', 'db');
    const script = 'grep store /etc/hosts; env | grep ^STORE_ | sort; ping -c 1 store | head -1';
    expect((await ok('exec', 'web', 'sh', '-c', script)).split('\n')).toEqual([
      `${address}\tstore ${host} db`,
      'STORE_ENV_PW=x',
      'STORE_NAME=/web/store',
      `STORE_PORT=tcp://${address}:5432`,
      `STORE_PORT_5432_TCP=tcp://${address}:5432`,
      `STORE_PORT_5432_TCP_ADDR=${address}`,
      'STORE_PORT_5432_TCP_PORT=5432',
      'STORE_PORT_5432_TCP_PROTO=tcp',
      `PING store (${address}): 56 data bytes`,
    ]);
    expect(await names('--no-trunc')).toBe('web\ndb,web/store');
    expect(await names()).toBe('web\ndb');
    expect(await ok('inspect', '-f', '{{json .HostConfig.Links}}', 'web')).toBe('["/db:/web/store"]');
    expect(await ok('inspect', '-f', '{{.Name}}', 'web/store')).toBe('/db');
  });

  it('follows the other’s address, and the name of its owner', async () => {
    await ok('rename', 'web', 'site');
    expect(await names('--no-trunc')).toBe('site\ndb,site/store');
    await ok('stop', '-t', '0', 'db');
    await ok('run', '-d', '--name', 'taker', 'busybox', 'sleep', '1000');
    await ok('start', 'db');
    const address = await ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'db');
    expect(await ok('exec', 'site', 'grep', 'store', '/etc/hosts')).toMatch(new RegExp(`^${address}\t`));
  });

  it('is removed by itself, and with the other', async () => {
    expect(await error('rm', '--link', 'site')).toBe('Conflict, cannot remove the default link name of the container');
    expect(await ok('rm', '--link', 'site/store')).toBe('site/store');
    expect(await ok('exec', 'site', 'cat', '/etc/hosts')).not.toContain('store');
    expect(await names('--no-trunc')).toBe('taker\nsite\ndb');
    await ok('run', '-d', '--name', 'last', '--link', 'taker', 'busybox', 'sleep', '1000');
    await ok('rm', '-f', 'taker');
    expect(await ok('inspect', '-f', '{{json .HostConfig.Links}}', 'last')).toBe('null');
  });

  it.each<[flags: string[], words: string]>([
    [['--link', 'nosuch'], 'could not get container for nosuch: No such container: nosuch'],
    [['--link', 'idle'], 'Cannot link to a non running container: /idle AS /asker/idle'],
    [['--link', 'idle', '--network', 'host'], "host type networking can't be used with links"],
  ])('%j is refused', async (flags, words) => {
    await docker.run(['create', '--name', 'idle', 'busybox']);
    expect(await error('run', '--rm', '--name', 'asker', ...flags, 'busybox', 'true')).toContain(words);
  });

  it('is a name that only its owner knows on another network', async () => {
    await ok('network', 'create', 'pier');
    await ok('run', '-d', '--name', 'one', '--network', 'pier', 'busybox', 'sleep', '1000');
    await ok('run', '-d', '--name', 'two', '--network', 'pier', '--link', 'one:only', 'busybox', 'sleep', '1000');
    const address = await ok('inspect', '-f', '{{.NetworkSettings.Networks.pier.IPAddress}}', 'one');
    expect(await ok('exec', 'two', 'nslookup', 'only')).toContain(`Address: ${address}`);
    expect((await docker.run(['exec', 'one', 'nslookup', 'only'])).stdout).toContain('NXDOMAIN');
    expect(await ok('inspect', '-f', '{{.NetworkSettings.Networks.pier.Links}} {{.HostConfig.Links}}', 'two')).toBe(
      '[one:only] []',
    );
    await ok('network', 'create', 'quay');
    await vm('docker network connect quay one; docker network connect --link one:far quay two');
    expect(await ok('exec', 'two', 'nslookup', 'far')).toMatch(/Address: 172\./);
  });
};
