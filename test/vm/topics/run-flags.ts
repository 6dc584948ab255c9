// Every flag of docker run against what the kernel then says inside the container, and what is refused, in Docker's words.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  const folder = docker.folder;

  /** What `docker run --rm FLAGS busybox sh -c SCRIPT` prints; it must succeed. */
  async function inside(flags: readonly string[], script: string): Promise<string> {
    const ran = await docker.run(['run', '--rm', ...flags, 'busybox', 'sh', '-c', script]);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    return ran.stdout;
  }

  const CGROUP = 'cd /sys/fs/cgroup; cat';

  describe('limits stand in the cgroup', () => {
    it.each<[string, string[], string, string]>([
      ['memory', ['-m', '20m', '--memory-reservation', '10m'], 'memory.max memory.low', '20971520\n10485760\n'],
      ['--cpus', ['--cpus', '0.5'], 'cpu.max', '50000 100000\n'],
      ['--cpu-quota', ['--cpu-quota', '20000', '--cpu-period', '50000'], 'cpu.max', '20000 50000\n'],
      ['--cpu-shares', ['--cpu-shares', '512'], 'cpu.weight', '20\n'],
      ['--cpuset-cpus', ['--cpuset-cpus', '0'], 'cpuset.cpus', '0\n'],
      ['--pids-limit', ['--pids-limit', '20'], 'pids.max', '20\n'],
      ['devices', ['--device-read-bps', '/dev/sda:1mb'], 'io.max', '8:0 rbps=1048576 wbps=max riops=max wiops=max\n'],
    ])('%s', async (_name, flags, files, said) => {
      expect(await inside(flags, `${CGROUP} ${files}`)).toBe(said);
    });

    it('kills what takes more memory than it may have, and says so', async () => {
      const ran = await docker.run(['run', '--name', 'hungry', '-m', '8m', 'busybox', 'sh', '-c', 'tail /dev/zero']);
      expect(ran.exitCode).toBe(137);
      expect((await docker.run(['inspect', '-f', '{{.State.OOMKilled}}', 'hungry'])).stdout).toBe('true\n');
      await docker.run(['rm', 'hungry']);
    });
  });

  describe('who and where', () => {
    it.each<[string, string[], string, string | RegExp]>([
      ['a user by name', ['-u', 'daemon'], 'id -u; id -g', '1\n1\n'],
      ['groups', ['-u', '1000:1000', '--group-add', '33'], 'id -G', '1000 33\n'],
      [
        'no capabilities but one',
        ['--cap-drop', 'ALL', '--cap-add', 'NET_RAW'],
        'grep CapEff /proc/self/status',
        /0{12}2000/,
      ],
      ['all capabilities and devices', ['--privileged'], 'test -b /dev/sda; grep CapEff /proc/self/status', /1f{10}/],
      ['no new privileges', ['--security-opt', 'no-new-privileges'], 'grep NoNewPrivs /proc/self/status', /1/],
      ['no seccomp', ['--security-opt', 'seccomp=unconfined'], 'grep Seccomp: /proc/self/status', /0/],
      ['seccomp as it comes', [], 'grep Seccomp: /proc/self/status', /2/],
      ['a domain', ['-h', 'box', '--domainname', 'ex.org'], 'hostname; hostname -f', 'box\nbox.ex.org\n'],
      ['resource limits', ['--ulimit', 'nofile=100:200'], 'ulimit -n; ulimit -Hn', '100\n200\n'],
      ['sysctl', ['--sysctl', 'net.ipv4.ip_forward=0'], 'cat /proc/sys/net/ipv4/ip_forward', '0\n'],
      ['platform', ['--platform', 'linux/386'], 'echo ok', 'ok\n'],
      ['the VM’s processes', ['--pid', 'host'], 'ps -o comm | grep -x dockerd', 'dockerd\n'],
      ['the VM’s name', ['--uts', 'host'], 'hostname', 'drydock\n'],
      ['the VM’s network', ['--network', 'host'], 'ip address show docker0 | grep -c 172.17.0.1', '1\n'],
      ['no network', ['--network', 'none'], 'ls /sys/class/net', 'lo\n'],
    ])('%s', async (_name, flags, script, said) => {
      const out = await inside(flags, script);
      if (typeof said === 'string') expect(out).toBe(said);
      else expect(out).toMatch(said);
    });

    it('joins the namespaces of another container', async () => {
      await docker.run(['run', '-d', '--name', 'other', '--ipc', 'shareable', 'busybox', 'sleep', '1000']);
      const of = (target: string): string => `for n in net pid ipc; do readlink /proc/${target}/ns/$n; done`;
      const own = (await docker.run(['exec', 'other', 'sh', '-c', of('1')])).stdout;
      const flags = ['--network', 'container:other', '--pid', 'container:other', '--ipc', 'container:other'];
      expect(await inside(flags, of('self'))).toBe(own);
      await docker.run(['rm', '-f', 'other']);
    });
  });

  describe('files', () => {
    it.each<[string, string[], string, string | RegExp]>([
      [
        'tmpfs',
        ['--tmpfs', '/t:size=1m,mode=700'],
        'stat -c %a /t; grep " /t " /proc/mounts',
        /^700\ntmpfs \/t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=700/,
      ],
      ['--mount tmpfs', ['--mount', 'type=tmpfs,destination=/t,tmpfs-size=1m'], 'df -k /t | tail -1', /1024/],
      ['/dev/shm', ['--shm-size', '8m'], 'df -k /dev/shm | tail -1', /8192/],
      ['a device', ['--device', '/dev/null:/dev/nil'], 'ls -l /dev/nil', /^crw.*1, +3/],
      ['read-only volume', ['-v', '/etc/hostname:/h:ro'], 'cat /h; echo x 2>&1 >/h || true', /^drydock\n.*Read-only/],
      ['read-only root', ['--read-only', '--tmpfs', '/tmp'], 'touch /tmp/x; touch /x 2>&1 || true', /Read-only/],
      [
        'names',
        ['--add-host', 'db:1.2.3.4', '--add-host', 'up:host-gateway'],
        'grep -wE "db|up" /etc/hosts',
        '1.2.3.4\tdb\n172.17.0.1\tup\n',
      ],
      [
        'dns',
        ['--dns', '1.2.3.4', '--dns-search', 'a.b', '--dns-option', 'ndots:2'],
        'cat /etc/resolv.conf',
        'nameserver 1.2.3.4\nsearch a.b\noptions ndots:2\n',
      ],
    ])('%s', async (_name, flags, script, said) => {
      const out = await inside(flags, script);
      if (typeof said === 'string') expect(out).toBe(said);
      else expect(out).toMatch(said);
    });

    it('takes the environment from a file and from the caller', async () => {
      writeFileSync(join(folder, 'env'), '# a comment\nA=1\nB=x y\n');
      expect(await inside(['--env-file', join(folder, 'env'), '-e', 'C=2'], 'echo $A-$B-$C')).toBe('1-x y-2\n');
    });

    it('puts the cgroup below another parent', async () => {
      const flags = ['--cgroup-parent', '/course/a', '--cgroupns', 'host', '-m', '20m'];
      const script = 'cut -d: -f3 /proc/self/cgroup; cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max';
      expect(await inside(flags, script)).toMatch(/^\/course\/a\/[0-9a-f]{64}\n20971520\n$/);
      await docker.inVm('rmdir /sys/fs/cgroup/course/a /sys/fs/cgroup/course');
    });

    it('filters syscalls by a profile of one’s own', async () => {
      const profile = join(folder, 'no-mkdir.json');
      writeFileSync(
        profile,
        JSON.stringify({
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 30 }],
        }),
      );
      const flags = ['--security-opt', `seccomp=${profile}`];
      const made = 'mkdir /x; touch /y && ls /y; unshare -u true && echo unshared';
      expect(await inside([...flags, '--cap-add', 'SYS_ADMIN'], `{ ${made}; } 2>&1`)).toBe(
        "mkdir: can't create directory '/x': Read-only file system\n/y\nunshared\n",
      );
      writeFileSync(profile, '{"defaultAction":"ALLOW"}');
      const refused = await docker.run(['run', '--rm', ...flags, 'busybox', 'true']);
      expect(refused).toMatchObject({ exitCode: 125 });
      expect(refused.stderr).toContain(
        'decoding seccomp profile failed: string ALLOW is not a valid action for seccomp',
      );
      const guest = await docker.inVm(`cd /tmp; echo '{"defaultAction":"SCMP_ACT_ALLOW"}' >all.json; echo '{' >bad.json
      docker run --rm --security-opt seccomp=all.json busybox grep Seccomp: /proc/self/status
      docker run --rm --security-opt seccomp=bad.json busybox true; docker run --rm --security-opt seccomp=none.json busybox true; rm all.json bad.json`);
      expect(guest.stdout).toBe('Seccomp:\t2\n');
      expect(guest.stderr).toContain('compacting json for seccomp profile (bad.json) failed');
      expect(guest.stderr).toContain(
        'opening seccomp profile (none.json) failed: open none.json: no such file or directory',
      );
    });

    it('writes the id where it is told to', async () => {
      const file = join(folder, 'cid');
      expect(await inside(['--cidfile', file], `echo ok`)).toBe('ok\n');
    });
  });

  describe('what is refused', () => {
    it.each<[string[], number, string]>([
      [['-m', '2m', 'busybox', 'true'], 125, 'Minimum memory limit allowed is 6MB'],
      [
        ['--cpus', '9', 'busybox', 'true'],
        125,
        'range of CPUs is from 0.01 to 1.00, as there are only 1 CPUs available',
      ],
      [['-u', 'nosuch', 'busybox', 'true'], 125, 'unable to find user nosuch: no matching entries in passwd file'],
      [['--cap-add', 'FOO', 'busybox', 'true'], 125, 'invalid CapAdd: unknown capability: "CAP_FOO"'],
      [
        ['--name', 'x', 'busybox', 'true'],
        125,
        'Invalid container name (x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed',
      ],
      [
        ['--mount', 'type=bind,source=/nosuch,target=/m', 'busybox', 'true'],
        125,
        'bind source path does not exist: /nosuch',
      ],
      [['--network', 'nosuch', 'busybox', 'true'], 125, 'network nosuch not found'],
      [['--pid', 'container:nosuch', 'busybox', 'true'], 125, 'No such container: nosuch'],
      [['--log-driver', 'nosuch', 'busybox', 'true'], 125, "logger: no log driver named 'nosuch' is registered"],
      [['--platform', 'linux/arm64', 'busybox', 'true'], 125, 'linux/arm64'],
    ])('%j', async (args, exitCode, words) => {
      const ran = await docker.run(['run', '--rm', ...args]);
      expect(ran.stderr).toContain(words);
      expect(ran.exitCode).toBe(exitCode);
    });

    it('leaves nothing behind', async () => {
      expect((await docker.run(['ps', '-aq'])).stdout).toBe('');
      const host = ['--privileged', '--pid', 'host', '--network', 'host'];
      const left = await inside(
        host,
        'nsenter -t 1 -m sh -c "ls -d /sys/fs/cgroup/docker/*/ | wc -l; ls /sys/class/net; ls /run/docker/netns 2>/dev/null"',
      );
      expect(left.split('\n').filter(Boolean)).toEqual(['1', 'docker0', 'eth0', 'lo']);
    });
  });

  it('limits swap in the kernel’s file, and warns of nothing', async () => {
    const limit = async (...flags: string[]): Promise<string> => {
      const ran = await docker.run(['run', '--rm', ...flags, 'busybox', 'cat', '/sys/fs/cgroup/memory.swap.max']);
      return ran.stderr + ran.stdout;
    };
    expect(await limit('-m', '20m')).toBe('20971520\n');
    expect(await limit('-m', '20m', '--memory-swap', '40m')).toBe('20971520\n');
    expect(await limit('-m', '20m', '--memory-swap', '20m')).toBe('0\n');
    expect(await limit('-m', '20m', '--memory-swap', '-1')).toBe('max\n');
  });

  describe('what is refused or dropped, in Docker’s words', () => {
    it.each<[flags: string[], exitCode: number, words: string]>([
      [['--gpus', 'all'], 125, 'could not select device driver "" with capabilities: [[gpu]]'],
      [['--isolation', 'hyperv'], 125, "invalid isolation 'hyperv' on linux"],
      [['--cpu-rt-period', '1000'], 125, 'kernel does not support CPU real-time scheduler'],
      [['--volume-driver', 'nfs', '-v', 'v:/v'], 125, 'plugin "nfs" not found'],
      [['--log-opt', 'nosuch=1'], 125, "unknown log opt 'nosuch' for json-file log driver"],
      [['--log-driver', 'syslog'], 125, "no log driver named 'syslog' is registered"],
      [['--security-opt', 'nosuch=1'], 125, 'invalid --security-opt'],
      [['--link', 'a:b:c'], 125, 'bad format for links: a:b:c'],
      [['--runtime', 'kata'], 125, 'unknown or invalid runtime name: kata'],
      [['--storage-opt', 'size=1G'], 125, '--storage-opt is supported only for overlay over xfs'],
      [['-m', '1m'], 125, 'Minimum memory limit allowed is 6MB'],
      [['--cpus', '2'], 125, 'as there are only 1 CPUs available'],
      [['-m', '20m', '--memory-swap', '10m'], 125, 'Minimum memoryswap limit should be larger than memory limit'],
      [['--memory-swap', '10m'], 125, 'You should always set the Memory limit when using Memoryswap limit, see usage'],
      [['--blkio-weight', '300'], 0, 'Your kernel does not support Block I/O weight or'],
      [['--blkio-weight-device', '/dev/sda:300'], 0, 'Weight-device discarded'],
      [['--blkio-weight-device', 'sda:300'], 125, 'bad format for device path: sda:300'],
      [['--memory-swappiness', '5'], 0, 'Memory swappiness discarded'],
      [['--oom-kill-disable'], 0, 'OomKillDisable discarded'],
    ])('%j', async (flags, exitCode, words) => {
      const ran = await docker.run(['run', '--rm', ...flags, 'busybox', 'true']);
      expect(ran.exitCode).toBe(exitCode);
      expect(ran.stderr).toContain(words);
      expect(await docker.ok('ps', '-aq')).toBe('');
    });
  });
};
