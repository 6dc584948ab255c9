// docker commit: what a container changed becomes a layer. With docker export and import: all of it becomes a tar, and an image again.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  beforeAll(async () => {
    await docker.ok(
      'run',
      '-d',
      '--name',
      'box',
      '-e',
      'A=1',
      'busybox',
      'sh',
      '-c',
      'echo made >/made; rm /bin/vi; echo ready; sleep 1000',
    );
    const logs = docker.follow(['logs', '-f', 'box']);
    await logs.until('ready');
    logs.stop();
  });

  describe('commit', () => {
    it('makes an image of what changed, with author, message and instructions', async () => {
      const id = await docker.ok(
        ...['commit', '-a', 'me', '-m', 'why', '-c', 'CMD ["cat","/made"]', '-c', 'ENV B=2', '-c', 'EXPOSE 80'],
        ...['box', 'made:1'],
      );
      expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      const format = '{{.Author}} {{.Comment}} {{json .Config.Cmd}} {{json .Config.Env}} {{json .Config.ExposedPorts}}';
      expect(await docker.ok('inspect', '-f', format, 'made:1')).toBe(
        'me why ["cat","/made"] ["A=1","PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","B=2"] {"80/tcp":{}}\n',
      );
      expect(await docker.ok('run', '--rm', 'made:1')).toBe('made\n');
      expect(await docker.ok('history', '--format', '{{.Comment}} {{.CreatedBy}}', 'made:1')).toMatch(/^why sh -c/);
    });

    it('is one more layer in the kernel: an upper directory with a whiteout', async () => {
      const upper = (await docker.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'made:1')).trim();
      const ran = await docker.inVm(`stat -c '%F %t,%T' ${upper}/bin/vi; cat ${upper}/made`);
      expect(ran.stdout).toBe('character special file 0,0\nmade\n');
    });

    it('pauses the container meanwhile, unless told not to', async () => {
      const since = (await docker.ok('info', '-f', '{{.SystemTime}}')).trim();
      await docker.ok('commit', '--pause=false', 'box');
      expect(await docker.ok('inspect', '-f', '{{.State.Status}}', 'box')).toBe('running\n');
      const until = (await docker.ok('info', '-f', '{{.SystemTime}}')).trim();
      const events = await docker.ok('events', '--since', since, '--until', until, '--format', '{{.Action}}');
      expect(events).toBe('commit\n');
    });

    it('refuses what is no instruction', async () => {
      const ran = await docker.run(['commit', '-c', 'RUN true', 'box']);
      expect(ran).toMatchObject({ exitCode: 1 });
      expect(ran.stderr).toContain('RUN is not a valid change command');
    });
  });

  describe('export and import', () => {
    it('a container’s whole file system goes out as a tar', async () => {
      await docker.ok('export', '-o', join(docker.folder, 'box.tar'), 'box');
      const list = execFileSync('tar', ['tf', join(docker.folder, 'box.tar')], { encoding: 'utf8' }).split('\n');
      expect(list).toContain('made');
      expect(list).toContain('bin/sh');
      expect(list).not.toContain('bin/vi');
    });

    it('and comes in as an image of one layer, which saves to the tar that it was', async () => {
      const id = await docker.ok(
        ...['import', '-m', 'flat', '-c', 'CMD ["cat","/made"]', join(docker.folder, 'box.tar'), 'flat:1'],
      );
      expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      expect(await docker.ok('run', '--rm', 'flat:1')).toBe('made\n');
      expect(await docker.ok('inspect', '-f', '{{len .RootFS.Layers}} {{.Comment}}', 'flat:1')).toBe('1 flat\n');
      const sum = execFileSync('sha256sum', [join(docker.folder, 'box.tar')], { encoding: 'utf8' }).slice(0, 64);
      expect(await docker.ok('inspect', '-f', '{{index .RootFS.Layers 0}}', 'flat:1')).toBe(`sha256:${sum}\n`);
    });

    it('refuses a broken archive and leaves no layer', async () => {
      const before = await docker.inVm('ls /var/lib/docker/overlay2 | wc -l');
      const ran = await docker.run(['import', '-'], 'no tar at all');
      expect(ran.exitCode).toBe(1);
      // The container of inVm itself is one directory, each time.
      expect((await docker.inVm('ls /var/lib/docker/overlay2 | wc -l')).stdout).toBe(before.stdout);
    });
  });

  describe('the client in the VM', () => {
    it('imports from an address: here a layer of the page’s registry', async () => {
      const ran = await docker.inVm(`
      layer=$(docker manifest inspect -v busybox | grep -o 'sha256:[0-9a-f]*' | tail -1)
      docker import http://registry.drydock.internal/v2/library/busybox/blobs/$layer url:1 | grep -c -e Downloading -e sha256:
      docker run --rm url:1 echo from there; docker import http://registry.drydock.internal/nosuch; echo $?`);
      expect(ran.stdout, ran.stderr).toBe(
        '2\nfrom there\nDownloading from http://registry.drydock.internal/nosuch\n1\n',
      );
    });

    it('does the same', async () => {
      const ran = await docker.inVm(`
      docker commit -m again -c 'CMD ["cat","/made"]' box made:2 | cut -c1-7; docker run --rm made:2
      docker export box | docker import -c 'CMD ["cat","/made"]' - flat:2 | cut -c1-7; docker run --rm flat:2
      docker container export -o /tmp/x.tar box && tar tf /tmp/x.tar | grep -c '^made$'; rm /tmp/x.tar
      docker commit nosuch; echo $?`);
      expect(ran.stdout).toBe('sha256:\nmade\nsha256:\nmade\n1\n1\n');
      expect(ran.stderr).toBe('Error response from daemon: No such container: nosuch\n');
    });
  });
};
