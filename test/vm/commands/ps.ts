// docker ps: which containers there are, by every filter and in every format.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  const names = (flags: string): Promise<string> => ok('ps', ...flags.split(' '), '--format', '{{.Names}}');

  it('shows what runs, with -a what there is, with -n and -l the last', async () => {
    await ok('create', '--name', 'made', '-l', 'role=a', 'busybox', 'true');
    await ok('run', '-d', '--name', 'runs', '-l', 'role=b', '-p', '8080:80', 'busybox', 'sleep', '1000');
    await ok('run', '--name', 'ended', 'busybox', 'sh', '-c', 'exit 3').catch(() => undefined);
    const [head, row, ...more] = (await ok('ps')).split('\n');
    expect(head).toMatch(/^CONTAINER ID {3}IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
    expect(row).toMatch(/^[0-9a-f]{12} {3}busybox +"sleep 1000" +\S.* ago +Up .* +0\.0\.0\.0:8080->80\/tcp +runs$/);
    expect(more).toEqual([]);
    expect(await names('-a')).toBe('ended\nruns\nmade');
    expect(await names('-n 2')).toBe('ended\nruns');
    expect(await names('-l')).toBe('ended');
    expect(await typed('docker ps -q --no-trunc')).toEqual(done(await ok('inspect', '-f', '{{.Id}}', 'runs')));
    expect((await vm('ls /sys/fs/cgroup/docker | grep -E "^[0-9a-f]{64}$"')).trim()).toBe(
      await ok('ps', '-q', '--no-trunc'),
    );
  });

  it.each([
    ['status=created', 'made'],
    ['status=exited', 'ended'],
    ['exited=3', 'ended'],
    ['label=role', 'runs\nmade'],
    ['label=role=b', 'runs'],
    ['name=^/?(runs|made)$', 'runs\nmade'],
    ['ancestor=busybox', 'ended\nruns\nmade'],
    ['publish=8080', 'runs'],
    ['publish=80', ''],
    ['publish=8000-9000/tcp', 'runs'],
    ['publish=8080/udp', ''],
    ['expose=80', 'runs'],
    ['expose=8080', ''],
    ['is-task=true', ''],
    ['is-task=false', 'ended\nruns\nmade'],
    ['health=none', 'ended\nruns\nmade'],
    ['health=healthy', ''],
    ['id=x', ''],
    ['network=bridge', 'ended\nruns\nmade'],
    ['before=ended', 'runs\nmade'],
    ['since=made', 'ended\nruns'],
    ['volume=/nosuch', ''],
  ])('--filter %s', async (filter, said) => {
    expect(await names(`-a --filter ${filter}`)).toBe(said);
  });

  it.each([
    ['exited=3', ''],
    ['since=made', 'runs'],
    ['before=ended', 'runs'],
    ['status=created', 'made'],
  ])('--filter %s without -a', async (filter, said) => {
    expect(await names(`--filter ${filter}`)).toBe(said);
  });

  it('shows no ports of what does not run, quotes arguments with blanks, and an image without a name by its ID', async () => {
    await ok('create', '--name', 'plain', '-p', '8081:80', 'busybox', 'echo', "it's", 'a b');
    await ok('tag', 'busybox', 'named');
    await ok('create', '--name', 'unnamed', 'named');
    expect(await ok('ps', '-a', '--filter', 'name=unnamed', '--format', '{{.Image}}')).toBe('named');
    await ok('rmi', '-f', 'named');
    const id = await ok('images', '-q', 'busybox');
    expect(await ok('ps', '-a', '--filter', 'name=unnamed', '--format', '{{.Image}}')).toBe(id);
    const row = await ok('ps', '-a', '--no-trunc', '--filter', 'name=plain', '--format', '{{.Command}} {{.Ports}}|');
    expect(row).toBe(`"echo it's 'a b'" |`);
    await ok('rm', 'plain', 'unnamed');
  });

  it('has a size with -s, and formats of one’s own', async () => {
    expect(await ok('ps', '-as', '--filter', 'name=ended', '--format', '{{.Size}}')).toMatch(/^0B \(virtual \S+MB\)$/);
    expect(await typed(`docker ps -a --filter name=made --format 'table {{.Names}}\\t{{.State}}'`)).toEqual(
      done('NAMES     STATE', 'made      created'),
    );
    expect(JSON.parse(await ok('ps', '--format', 'json'))).toMatchObject({ Names: 'runs', State: 'running' });
  });

  it('refuses a filter or a field that does not exist', async () => {
    expect(await typed('docker ps --filter nosuch=1')).toEqual(daemonSays("invalid filter 'nosuch'"));
    expect(await typed('docker ps --filter status=nosuch')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await typed("docker ps --format '{{.Nosuch}}'")).toMatchObject({ exitCode: 1 });
    await ok('rm', '-f', 'made', 'runs', 'ended');
  });
};
