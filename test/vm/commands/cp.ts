// docker cp, both ways, by the real client and by the one in the VM: where things land, as cp(1) would have it.
import { mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, vm }) => {
  const here = (name: string): string => join(docker.folder, name);
  beforeAll(async () => {
    mkdirSync(here('dir/sub'), { recursive: true });
    writeFileSync(here('one'), 'one\n');
    writeFileSync(here('dir/sub/two'), 'two\n');
    symlinkSync('sub/two', here('dir/link'));
    await docker.ok('run', '-d', '--name', 'box', '-v', 'data:/data', 'busybox', 'sleep', '1000');
  });

  const inside = (script: string): Promise<string> => docker.ok('exec', 'box', 'sh', '-c', script);
  const fails = async (...args: string[]): Promise<string> => {
    const ran = await docker.run(['cp', ...args]);
    expect(ran.exitCode).toBe(1);
    return ran.stderr;
  };

  describe('into a container', () => {
    it('a file goes under its name into a directory, or gets a new one', async () => {
      await docker.ok('cp', here('one'), 'box:/tmp');
      await docker.ok('cp', here('one'), 'box:/tmp/renamed');
      expect(await inside('cat /tmp/one /tmp/renamed')).toBe('one\none\n');
    });

    it('a directory goes as a whole, its contents with /., and links stay links', async () => {
      await docker.ok('cp', here('dir'), 'box:/tmp');
      await docker.ok('cp', here('dir'), 'box:/fresh');
      await docker.ok('cp', `${here('dir')}/.`, 'box:/opt-not-there');
      expect(await inside('cat /tmp/dir/sub/two /fresh/link /opt-not-there/sub/two; readlink /fresh/link')).toBe(
        'two\ntwo\ntwo\nsub/two\n',
      );
    });

    it('lands in a volume, which outlives the container', async () => {
      await docker.ok('cp', here('one'), 'box:/data/kept');
      expect(await docker.ok('run', '--rm', '-v', 'data:/d', 'busybox', 'cat', '/d/kept')).toBe('one\n');
    });

    it('reads a tar from -', async () => {
      const tar = await docker.run(['cp', 'box:/fresh', '-']);
      await docker.run(['cp', '-', 'box:/var'], tar.stdout);
      expect(await inside('cat /var/fresh/sub/two')).toBe('two\n');
    });

    it.each([
      [['{one}', 'box:/nosuch/x'], 'Could not find the file /nosuch in container box'],
      [['{one}', 'box:/tmp/nosuch/'], 'no such directory'],
      [['{dir}', 'box:/tmp/one'], 'cannot copy directory'],
      [['{nothing}', 'box:/tmp'], 'no such file or directory'],
      [['{one}', 'nosuch:/tmp'], 'No such container: nosuch'],
      [['box:/a', 'box:/b'], 'copying between containers is not supported'],
      [['{one}', '{dir}'], 'must specify at least one container source'],
    ])('%j fails', async (args, words) => {
      expect(await fails(...args.map((arg) => arg.replace(/\{(\w+)\}/, (_, name: string) => here(name))))).toContain(
        words,
      );
    });
  });

  it('sees what is mounted, also through a link, as the container does', async () => {
    await inside('ln -s /data /link; mkdir -p /var/deep; ln -s ../../link /var/deep/up');
    await docker.ok('cp', here('one'), 'box:/link/through');
    await docker.ok('cp', here('one'), 'box:/var/deep/up/deeper');
    expect(await inside('cat /data/through /data/deeper')).toBe('one\none\n');
    const hosts = await docker.ok('cp', 'box:/etc/hosts', '-');
    expect(hosts).toContain(
      await docker.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'box').then((ip) => ip.trim()),
    );
  });

  it('that lasts keeps nothing of other containers', async () => {
    const said = await vm(`
      volume=/var/lib/docker/volumes/other/_data; docker run -d --name other -v other:/v busybox sleep 1000 >/dev/null
      merged=$(docker inspect -f '{{.GraphDriver.Data.MergedDir}}' other)
      rm -f /tmp/held; mkfifo /tmp/held; docker cp - box:/tmp </tmp/held & cp=$!; exec 3>/tmp/held
      dockerd=$(pidof dockerd); own=$(readlink /proc/$dockerd/ns/mnt)
      spaces() { ls -l /proc/$dockerd/fd | grep 'mnt:\\[' | grep -vF "$own"; }
      until spaces >/dev/null; do usleep 20000; done
      mounts() { nsenter --mount=/proc/$dockerd/fd/$(spaces | awk '{ print $9 }') cat /proc/self/mountinfo; }
      mounts | grep -c "$merged"
      docker rm -f other; docker volume rm other; docker run --rm busybox echo ran
      mounts | grep -c "$merged"; ls -d \${merged%/merged} $volume 2>/dev/null
      exec 3>&-; wait $cp; echo $?; spaces; rm /tmp/held`);
    expect(said).toBe('1\nother\nother\nran\n0\n0\n');
  });

  it('is refused where the container may not write, and where a file and a directory meet', async () => {
    await docker.ok('create', '--name', 'closed', '--read-only', '-v', 'data:/data:ro', 'busybox');
    expect(await fails(here('one'), 'closed:/data/x')).toContain('mounted volume is marked read-only');
    expect(await fails(here('one'), 'closed:/tmp/x')).toContain('container rootfs is marked read-only');
    await docker.ok('rm', 'closed');
    await inside('mkdir -p /kinds/one; echo >/kinds/dir');
    expect(await fails(here('one'), 'box:/kinds')).toContain(
      'cannot overwrite directory "/kinds/one" with non-directory "/kinds"',
    );
    expect(await fails(here('dir'), 'box:/kinds')).toContain(
      'cannot overwrite non-directory "/kinds/dir" with directory "/kinds"',
    );
  });

  it('gives with -a what it brings to the container’s user', async () => {
    await docker.ok('run', '-d', '--name', 'theirs', '-u', '33:34', 'busybox', 'sleep', '1000');
    await docker.ok('cp', '-a', here('dir'), 'theirs:/tmp');
    expect(await docker.ok('exec', 'theirs', 'stat', '-c', '%u:%g', '/tmp/dir/sub/two', '/tmp/dir/link')).toBe(
      '33:34\n33:34\n',
    );
    await docker.ok('rm', '-f', 'theirs');
  });

  describe('with a directory that something is mounted beneath', () => {
    const BIND = '/srv/cp-bind';
    const left = async (): Promise<[mounts: number, descriptors: number]> => {
      const [mounts, fds] = (await vm('wc -l </proc/self/mountinfo; ls /proc/$(pidof dockerd)/fd | wc -l')).split('\n');
      return [Number(mounts), Number(fds)];
    };
    beforeAll(async () => {
      for (const [folder, file] of [
        ['volume', 'v'],
        ['bind', 'b'],
        ['.', 'own'],
      ] as const) {
        mkdirSync(here(`tree/${folder}`), { recursive: true });
        writeFileSync(here(`tree/${folder}/${file}`), `${file}\n`);
      }
      await docker.ok(
        'create',
        '--name',
        'nest',
        '-v',
        'nested:/n/volume',
        '-v',
        `${BIND}:/n/bind`,
        'busybox',
        'sleep',
        '1000',
      );
    });
    afterAll(async () => {
      await docker.run(['rm', '-f', 'nest', 'nest-ro']);
      await docker.run(['volume', 'rm', '-f', 'nested']);
      await vm(`rm -rf ${BIND}`);
    });

    it.each(['create', 'start', 'stop'])('reaches volume and bind, both ways, after docker %s', async (state) => {
      if (state !== 'create') await docker.ok(state, ...(state === 'stop' ? ['-t', '0'] : []), 'nest');
      const data = '/var/lib/docker/volumes/nested/_data';
      await vm(`rm -rf ${BIND}/* ${data}/*`);
      const before = await left();
      await docker.ok('cp', `${here('tree')}/.`, 'nest:/n');
      expect(await vm(`cat ${BIND}/b ${data}/v`)).toBe('b\nv\n');
      expect(await docker.ok('diff', 'nest')).not.toMatch(/\/n\/(bind|volume)\/./);
      await docker.ok('cp', 'nest:/n', here(`out-${state}`));
      for (const [folder, file] of [
        ['volume', 'v'],
        ['bind', 'b'],
        ['.', 'own'],
      ])
        expect(readFileSync(here(`out-${state}/${folder}/${file}`), 'utf8')).toBe(`${file}\n`);
      // A connection's end is closed a moment after its client was answered.
      const nothingLeft = async (): Promise<boolean> => (await left()).every((count, i) => count <= (before[i] ?? 0));
      await expect.poll(nothingLeft, { timeout: 30_000 }).toBe(true);
    });

    it('is refused by what is read-only there, and replaces no mount point', async () => {
      const flags = ['-u', '33:34', '-v', 'nested:/n/volume:ro', '-v', `${BIND}:/n/bind`];
      await docker.ok('run', '-d', '--name', 'nest-ro', ...flags, 'busybox', 'sleep', '1000');
      expect(await fails(here('tree/own'), 'nest-ro:/n/volume')).toContain('mounted volume is marked read-only');
      expect(await fails(`${here('tree')}/.`, 'nest-ro:/n')).toContain('lchown /n/volume: read-only file system');
      const hosts = await docker.ok('exec', 'nest-ro', 'cat', '/etc/hosts');
      expect(await fails(here('one'), 'nest-ro:/etc/hosts')).toContain('unlinkat /etc/hosts: device or resource busy');
      expect(await fails('-a', here('one'), 'nest-ro:/etc/hosts')).toContain(
        'unlinkat /etc/hosts: device or resource busy',
      );
      expect(await docker.ok('exec', 'nest-ro', 'cat', '/etc/hosts')).toBe(hosts);
    });
  });

  describe('out of a container', () => {
    it('a directory comes under its name, or with its contents', async () => {
      await docker.ok('cp', 'box:/fresh', here('came'));
      await docker.ok('cp', 'box:/fresh', here('came'));
      expect(readdirSync(here('came')).sort()).toEqual(['fresh', 'link', 'sub']);
      expect(readlinkSync(here('came/fresh/link'))).toBe('sub/two');
    });

    it('follows a link with -L, and copies the link without', async () => {
      await docker.ok('cp', '-L', 'box:/fresh/link', here('followed'));
      expect(readFileSync(here('followed'), 'utf8')).toBe('two\n');
      await docker.ok('cp', 'box:/fresh/link', here('kept'));
      expect(readlinkSync(here('kept'))).toBe('sub/two');
    });

    it('also when the container is stopped, and never shows the host behind a link', async () => {
      await inside('ln -s /../../../../etc/hostname /tmp/escape');
      await docker.ok('stop', '-t', '0', 'box');
      await docker.ok('cp', 'box:/tmp/one', here('stopped'));
      expect(readFileSync(here('stopped'), 'utf8')).toBe('one\n');
      const ran = await docker.run(['cp', '-L', 'box:/tmp/escape', '-']);
      expect(ran.stdout).not.toContain('drydock\n');
      await docker.ok('start', 'box');
    });

    it('fails with Docker’s words', async () => {
      expect(await fails('box:/nosuch', here('x'))).toContain('Could not find the file /nosuch in container');
    });
  });

  describe('the client in the VM', () => {
    it('does the same', async () => {
      const ran = await docker.inVm(`
      cd $(mktemp -d) && mkdir -p d/sub && echo 1 >d/sub/f && ln -s sub d/l && chown 7:7 d/sub/f
      docker cp d box:/from-vm && docker cp d/. box:/from-vm/more && docker exec box cat /from-vm/sub/f /from-vm/more/sub/f
      docker cp box:/from-vm out && docker cp box:/from-vm out && find out | sort | tr '\\n' ' '; echo
      docker cp -a box:/from-vm/sub/f owned && stat -c %u owned; docker cp box:/from-vm/sub/f mine && stat -c %u mine
      docker cp -L box:/from-vm/l followed && ls followed
      docker cp box:/from-vm/sub/f - | tar t
      tar c d | docker cp - box:/srv-not-there; echo $?
      tar c d | docker cp - box:/var && docker exec box cat /var/d/sub/f
      docker cp box:/nosuch . ; echo $?
      docker cp d box:/from-vm/sub/f; echo $?
      ls -A`);
      expect(ran.stdout.split('\n')).toEqual([
        '1',
        '1',
        'out out/from-vm out/from-vm/l out/from-vm/more out/from-vm/more/l out/from-vm/more/sub out/from-vm/more/sub/f out/from-vm/sub out/from-vm/sub/f out/l out/more out/more/l out/more/sub out/more/sub/f out/sub out/sub/f ',
        '7',
        '0',
        'f',
        'f',
        '1',
        '1',
        '1',
        '1',
        'd',
        'followed',
        'mine',
        'out',
        'owned',
        '',
      ]);
      expect(ran.stderr).toContain('cannot copy directory\n');
      expect(ran.stderr).toMatch(/Could not find the file \/nosuch in container [0-9a-f]{64}\n/);
    });
  });
};
