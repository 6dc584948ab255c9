// docker commit: what a container changed becomes a layer.
import { beforeAll, expect, it } from 'vitest';
import { daemonSays, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed, ok, vm }) => {
  beforeAll(async () => {
    const script = 'echo made >/made; rm /bin/vi; echo ready; sleep 1000';
    await ok('run', '-d', '--name', 'box', '-e', 'A=1', 'busybox', 'sh', '-c', script);
    const logs = docker.follow(['logs', '-f', 'box']);
    await logs.until('ready');
    logs.stop();
  });

  it('makes an image of what changed, with author, message and instructions', async () => {
    const id = await ok(
      ...['commit', '-a', 'me', '-m', 'why', '-c', 'CMD ["cat","/made"]', '-c', 'ENV B=2', '-c', 'EXPOSE 80'],
      ...['box', 'made:1'],
    );
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    const format = '{{.Author}} {{.Comment}} {{json .Config.Cmd}} {{json .Config.Env}} {{json .Config.ExposedPorts}}';
    expect(await ok('inspect', '-f', format, 'made:1')).toBe(
      'me why ["cat","/made"] ["A=1","PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","B=2"] {"80/tcp":{}}',
    );
    expect(await ok('run', '--rm', 'made:1')).toBe('made');
    expect(await ok('history', '--format', '{{.Comment}} {{.CreatedBy}}', 'made:1')).toMatch(/^why sh -c/);
  });

  it('is one more layer in the kernel: an upper directory with a whiteout', async () => {
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'made:1');
    expect(await vm(`stat -c '%F %t,%T' ${upper}/bin/vi; cat ${upper}/made`)).toBe(
      'character special file 0,0\nmade\n',
    );
  });

  it('pauses the container meanwhile, unless told not to', async () => {
    const since = await ok('info', '-f', '{{.SystemTime}}');
    await ok('commit', '--pause=false', 'box');
    expect(await ok('inspect', '-f', '{{.State.Status}}', 'box')).toBe('running');
    const until = await ok('info', '-f', '{{.SystemTime}}');
    const events = await ok('events', '--since', since, '--until', until, '--format', '{{.Action}}');
    expect(events).toBe('commit');
  });

  it('refuses what is no instruction, and says what is not there', async () => {
    const layers = await vm('ls /var/lib/docker/overlay2');
    const ran = await docker.run(['commit', '-c', 'RUN true', 'box']);
    expect(ran).toMatchObject({ exitCode: 1 });
    expect(ran.stderr).toContain('RUN is not a valid change command');
    expect(await vm('ls /var/lib/docker/overlay2')).toBe(layers);
    expect(await typed('docker commit nosuch')).toEqual(daemonSays('No such container: nosuch'));
  });

  it('is the same with the client in the VM', async () => {
    expect(
      await vm(`docker commit -m again -c 'CMD ["cat","/made"]' box made:2 | cut -c1-7; docker run --rm made:2
        docker rmi made:1 made:2 >/dev/null`),
    ).toBe('sha256:\nmade\n');
  });
};
