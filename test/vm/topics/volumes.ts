// docker volume, and what run does with volumes, bind mounts and tmpfs, with the real client: what is inside, who owns it, what is
// left when the container goes.
import { beforeAll, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

const TRACES = `grep -c . /proc/mounts; ls /var/lib/docker/volumes; ls /var/lib/docker/overlay2 | wc -l; true`;

export const cases: Cases = (machine) => {
  const { ok, error } = machine;
  let before: string;
  beforeAll(async () => {
    before = await machine.vm(TRACES);
  });
  const sh = (flags: string, script: string, image = 'busybox'): Promise<string> =>
    ok('run', '--rm', ...flags.split(' '), image, 'sh', '-c', script);
  const volumes = (): Promise<string> => ok('volume', 'ls', '-q');

  it('keeps a named volume from container to container, by either syntax', async () => {
    expect(await ok('volume', 'create', '--label', 'color=blue', 'data')).toBe('data');
    await sh(
      '-v data:/d',
      'mkdir -p /d/sub/deep; echo one >/d/sub/file; ln -s /etc /d/out; ln -s ../../../../etc /d/up',
    );
    expect(await sh('--mount type=volume,src=data,dst=/e', 'cat /e/sub/file')).toBe('one');
    expect(await machine.vm('cat /var/lib/docker/volumes/data/_data/sub/file')).toBe('one\n');
    expect(await ok('volume', 'inspect', '-f', '{{.Mountpoint}} {{json .Labels}} {{.Driver}} {{.Scope}}', 'data')).toBe(
      '/var/lib/docker/volumes/data/_data {"color":"blue"} local local',
    );
    for (const flags of ['-v data:/d:ro', '--mount type=volume,src=data,dst=/d,readonly']) {
      const ran = await machine.docker.run(['run', '--rm', ...flags.split(' '), 'busybox', 'touch', '/d/x']);
      expect(ran).toMatchObject({ exitCode: 1, stderr: 'touch: /d/x: Read-only file system\n' });
    }
  });

  it('shows a part of a volume, and nothing outside of it', async () => {
    const part = (subpath: string): string => `--mount type=volume,src=data,dst=/d,volume-subpath=${subpath}`;
    expect(await sh(part('sub'), 'ls /d')).toBe('deep\nfile');
    expect(await sh(part('sub/file'), 'cat /d')).toBe('one');
    const refused = (subpath: string): Promise<string> =>
      error('run', '--rm', ...part(subpath).split(' '), 'busybox', 'true');
    expect(await refused('nosuch')).toContain('cannot access path');
    for (const subpath of ['out', 'up'])
      expect(await refused(subpath)).toContain('path concatenation escapes the base directory');
    for (const subpath of ['../x', '/etc']) expect(await refused(subpath)).toContain('subpath must be a relative path');
  });

  it('makes a read-only bind read-only all the way down, unless told otherwise', async () => {
    await machine.vm('mkdir -p /tmp/tree/sub; mount -t tmpfs t /tmp/tree/sub');
    try {
      const touch = (flags: string, path = '/t'): Promise<string> =>
        machine.vm(`docker run --rm ${flags} busybox sh -c 'touch ${path}/x; touch ${path}/sub/x' 2>&1 || true`);
      const bind = '--mount type=bind,src=/tmp/tree,dst=/t';
      const refused = (path: string): string => `touch: ${path}: Read-only file system\n`;
      for (const flags of [
        '-v /tmp/tree:/t:ro',
        `${bind},readonly`,
        `${bind},ro,bind-recursive=readonly,bind-propagation=rprivate`,
      ])
        expect(await touch(flags), flags).toBe(refused('/t/x') + refused('/t/sub/x'));
      // In a volume, which others could change meanwhile, binds are made another way.
      expect(await touch('-v data:/v -v /tmp/tree:/v/t:ro', '/v/t')).toBe(refused('/v/t/x') + refused('/v/t/sub/x'));
      expect(await touch('-v data:/v -v /tmp/tree:/v/t', '/v/t')).toBe('');
      expect(await touch(`${bind},readonly,bind-recursive=writable`)).toBe(refused('/t/x'));
      expect(await machine.vm(`docker run --rm ${bind},bind-recursive=disabled busybox ls /t/sub`)).toBe('');
      for (const [more, words] of [
        [
          'bind-recursive=writable',
          "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction",
        ],
        ['ro,bind-recursive=readonly', "requires 'bind-propagation=rprivate' to be specified in conjunction"],
        ['bind-recursive=x', 'must be "enabled", "disabled", "writable", or "readonly"'],
        ['colour=blue', "unexpected key 'colour' in 'colour=blue'"],
      ] as const)
        expect(await touch(`${bind},${more}`)).toContain(words);
    } finally {
      await machine.vm('umount /tmp/tree/sub; rm -r /tmp/tree; docker run --rm -v data:/v busybox rm -rf /v/t');
    }
  });

  it('fills a new volume with what the image has at that place, owner and mode included', async () => {
    await ok(
      'run',
      '--name',
      'maker',
      'busybox',
      'sh',
      '-c',
      'mkdir -m 750 /srv; echo seed >/srv/seed; chown -R 33:44 /srv; ln -s seed /srv/link',
    );
    await ok('commit', 'maker', 'seeded');
    expect(
      await sh(
        '-v fresh:/srv',
        'stat -c "%u %g %a" /srv /srv/seed; readlink /srv/link; echo more >/srv/more',
        'seeded',
      ),
    ).toBe('33 44 750\n33 44 644\nseed');
    // Not empty now: nothing is copied again.
    expect(await sh('-v fresh:/srv', 'rm /srv/seed; ls /srv', 'seeded')).toBe('link\nmore');
    expect(await sh('-v fresh:/srv', 'ls /srv', 'seeded')).toBe('link\nmore');
    expect(await sh('-v bare:/srv:nocopy', 'ls /srv | wc -l', 'seeded')).toBe('0');
    expect(await sh('--mount type=volume,dst=/srv,volume-nocopy', 'ls /srv | wc -l', 'seeded')).toBe('0');
    expect(await sh('-v /tmp/bound:/srv', 'ls /srv | wc -l; stat -c "%u %a" /srv', 'seeded')).toBe('0\n0 755');
    await ok('rm', 'maker');
    await ok('rmi', 'seeded');
    await ok('volume', 'rm', 'fresh', 'bare');
  });

  it('removes anonymous volumes with --rm, rm -v and prune only, named ones never by themselves', async () => {
    await sh('-v /anonymous -v named:/n', 'true');
    expect(await volumes()).toBe('data\nnamed');
    await ok('create', '--name', 'keeps', '-v', '/a', 'busybox');
    await ok('create', '--name', 'takes', '-v', '/a', '-v', 'named:/n', 'busybox');
    await ok('rm', 'keeps');
    await ok('rm', '-v', 'takes');
    const left = (await volumes()).split('\n');
    expect(left.filter((name) => name.length < 64)).toEqual(['data', 'named']);
    expect(left).toHaveLength(3);
    expect(await ok('volume', 'prune', '-f')).toMatch(/^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B$/);
    await ok('create', '--name', 'user', '-v', 'named:/n', 'busybox');
    expect(await ok('volume', 'ls', '-q', '-f', 'dangling=true')).toBe('data');
    expect(await error('volume', 'rm', 'named')).toBe(
      `remove named: volume is in use - [${await ok('inspect', '-f', '{{.Id}}', 'user')}]`,
    );
    await ok('rm', 'user');
    expect(await ok('volume', 'prune', '-af', '--filter', 'label!=color')).toContain('named');
    expect(await volumes()).toBe('data');
  });

  it("lends one container's mounts to another", async () => {
    await ok('create', '--name', 'lender', '-v', 'data:/d', '-v', '/scratch', 'busybox');
    expect(await sh('--volumes-from lender', 'cat /d/sub/file; touch /scratch/x && echo written')).toBe('one\nwritten');
    expect(
      (await machine.docker.run(['run', '--rm', '--volumes-from', 'lender:ro', 'busybox', 'touch', '/d/x'])).stderr,
    ).toContain('Read-only');
    await ok('rm', '-v', 'lender');
    expect(await volumes()).toBe('data');
  });

  it('mounts a tmpfs with its options, and a volume that is one', async () => {
    expect(await sh('--tmpfs /t:size=64k,mode=1770,exec', 'grep " /t " /proc/mounts')).toBe(
      'tmpfs /t tmpfs rw,nosuid,nodev,relatime,size=64k,mode=1770 0 0',
    );
    expect(await sh('--mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700', 'grep " /t " /proc/mounts')).toBe(
      'tmpfs /t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=700 0 0',
    );
    await ok('volume', 'create', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=size=1m,uid=1000', 'fast');
    expect(await sh('-v fast:/t', 'grep -o "size=1024k,uid=1000" /proc/mounts; stat -c %u /t')).toBe(
      'size=1024k,uid=1000\n1000',
    );
    expect(await machine.vm('grep -c /volumes/fast/ /proc/mounts || true')).toBe('0\n');
    await ok('volume', 'rm', 'fast');
  });

  it('binds with the propagation that was asked for', async () => {
    await machine.vm(
      'mkdir -p /tmp/shared; mount -t tmpfs none /tmp/shared; mount --make-shared /tmp/shared; mkdir /tmp/shared/in /tmp/shared/out',
    );
    const flags = ['run', '-d', '--privileged', '--name'];
    await ok(...flags, 'both', '-v', '/tmp/shared:/s:rshared', 'busybox', 'sleep', '1000');
    await ok(...flags, 'follows', '-v', '/tmp/shared:/s:rslave', 'busybox', 'sleep', '1000');
    await ok(...flags, 'alone', '-v', '/tmp/shared:/s', 'busybox', 'sleep', '1000');
    await machine.vm('mount -t tmpfs none /tmp/shared/out; touch /tmp/shared/out/file');
    await ok('exec', 'both', 'sh', '-c', 'mount -t tmpfs none /s/in; touch /s/in/file');
    await ok('exec', 'follows', 'sh', '-c', 'mount -t tmpfs none /s/in; touch /s/in/mine');
    expect(await machine.vm('ls /tmp/shared/*')).toBe('/tmp/shared/in:\nfile\n\n/tmp/shared/out:\nfile\n');
    const seen = (name: string): Promise<string> => ok('exec', name, 'sh', '-c', 'echo $(ls /s/in) , $(ls /s/out)');
    expect(await Promise.all(['both', 'follows', 'alone'].map(seen))).toEqual(['file , file', 'mine , file', ',']);
    await ok('rm', '-f', 'both', 'follows', 'alone');
    await machine.vm('umount /tmp/shared/in /tmp/shared/out /tmp/shared');
  });

  it("says why not, in Docker's words", async () => {
    const said: Record<string, string> = {
      '--mount type=bind,src=/nosuch,dst=/d':
        'invalid mount config for type "bind": bind source path does not exist: /nosuch',
      '-v /etc/passwd/x:/d':
        "error while creating mount source path '/etc/passwd/x': mkdir /etc/passwd/x: not a directory",
      '-v bad!name:/d': 'create bad!name: "bad!name" includes invalid characters for a local volume name',
      '-v data:relative': "invalid mount path: 'relative' mount path must be absolute",
      '-v data:/': "invalid specification: destination can't be '/'",
      '-v data:/d:what': 'invalid mode: what',
      '-v data:/d -v /tmp:/d': 'Duplicate mount point: /d',
      '-v /tmp:/d:rshared': 'path /tmp is mounted on / but it is not a shared mount',
      '--volume-driver nosuch -v new:/d': 'error looking up volume plugin nosuch: plugin "nosuch" not found',
      '--volumes-from nobody': 'No such container: nobody',
      '--mount type=volume,dst=/d,volume-subpath=x': 'must not set Subpath when using anonymous volumes',
      '-v /etc/passwd:/etc': 'Are you trying to mount a directory onto a file (or vice-versa)?',
    };
    for (const [flags, words] of Object.entries(said))
      expect(await error('run', '--rm', ...flags.split(' '), 'busybox', 'true'), flags).toContain(words);
    expect(await error('volume', 'rm', 'nosuch')).toBe('get nosuch: no such volume');
    expect(await error('volume', 'create', '--driver', 'nosuch', 'x')).toContain('plugin "nosuch" not found');
    expect(await error('volume', 'create', '--opt', 'colour=red', 'x')).toContain('invalid option: "colour"');
    expect(await volumes()).toBe('data');
  });

  it('runs a program under an init that reaps and passes signals on', async () => {
    await ok(
      'run',
      '-d',
      '--init',
      '--name',
      'withinit',
      'busybox',
      'sh',
      '-c',
      'trap "exit 5" TERM; (sleep 1000 &); while :; do usleep 20000; done',
    );
    const sleeping = `docker top withinit -o pid,comm | grep -w sleep`;
    await machine.vm(`until ${sleeping}; do usleep 20000; done; kill $(${sleeping} | cut -d' ' -f1)`);
    await machine.vm(`while ${sleeping}; do usleep 20000; done`);
    expect(await ok('exec', 'withinit', 'cat', '/proc/1/comm')).toBe('docker-init');
    await ok('stop', 'withinit');
    expect(await ok('inspect', '-f', '{{.State.ExitCode}}', 'withinit')).toBe('5');
    await ok('rm', 'withinit');
    expect((await machine.docker.run(['run', '--rm', '--init', 'busybox', 'nosuch'])).exitCode).toBe(127);
    expect((await machine.docker.runOnTerminal(['run', '-t', '--rm', '--init', 'busybox', 'tty'])).stdout).toContain(
      '/dev/pts/0',
    );
  });

  it('leaves nothing behind', async () => {
    await ok('volume', 'rm', 'data');
    expect(await machine.vm(TRACES)).toBe(before);
  });
};
