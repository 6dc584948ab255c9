// docker logs, with rotation and details.
import { expect, it } from 'vitest';
import { daemonSays, type Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const inspect = (name: string, template: string): Promise<string> => machine.ok('inspect', '-f', template, name);
  const fails = async (...args: string[]): Promise<string> => (await machine.fails(...args)).stderr.trim();
  const { ok, docker } = machine;

  it('shows and follows what it printed', async () => {
    const script = 'for i in 1 2 3 4 5; do echo line $i; done; echo bad >&2; sleep 1000';
    await ok(
      'run',
      '-d',
      '--name',
      'log',
      '--log-opt',
      'max-size=1k',
      '--log-opt',
      'max-file=2',
      'busybox',
      'sh',
      '-c',
      script,
    );
    const follow = docker.follow(['logs', '-f', 'log']);
    await follow.until('line 5\n');
    follow.stop();
    expect(await ok('logs', '--tail', '3', 'log')).toBe('line 4\nline 5');
    expect((await docker.run(['logs', 'log'])).stderr).toBe('bad\n');
    expect((await ok('logs', '-t', '--tail', '2', 'log')).split(' ')[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d+Z$/);
    expect(await ok('logs', '--since', '2030-01-01', 'log')).toBe('');
    expect(await ok('logs', '--until', '2020-01-01', 'log')).toBe('');
    expect(await machine.typed('docker logs nosuch')).toEqual(daemonSays('No such container: nosuch'));
    expect(await machine.typed('docker logs --since never log')).toMatchObject({ exitCode: 1, stdout: '' });
    await ok('rm', '-f', 'log');
  });

  it('does not let go of anybody else while a container prints without a pause', async () => {
    await ok('run', '-d', '--name', 'yes', '--log-opt', 'max-size=1m', 'busybox', 'yes');
    const follow = docker.follow(['logs', '-f', '--tail', '0', 'yes']);
    await follow.until('y\ny\n');
    expect(await ok('ps', '--format', '{{.Names}}')).toBe('yes');
    follow.stop();
    await ok('rm', '-f', 'yes');
  });

  it('gives one that reads slowly all of it, when it wants it', async () => {
    const lines = 2000;
    const counted = await machine.vm(`
      rm -rf /tmp/slow && mkdir /tmp/slow && mkfifo /tmp/slow/go /tmp/slow/out
      docker run -d --name slow -v /tmp/slow:/slow busybox sh -c 'echo first; cat /slow/go; yes ${'x'.repeat(1000)} | head -n ${lines}' >/dev/null
      docker logs -f slow > /tmp/slow/out &
      exec 3</tmp/slow/out; read first <&3
      echo > /tmp/slow/go; docker wait slow
      echo $first $(grep -c xxx <&3); exec 3<&-; wait; docker rm slow; rm -r /tmp/slow`);
    expect(counted).toBe(`0\nfirst ${lines}\nslow\n`);
  });

  it('ends with a container that has ended while old lines were read slowly', async () => {
    const lines = 4000;
    const said = await machine.vm(`
      rm -rf /tmp/long && mkdir /tmp/long && mkfifo /tmp/long/said /tmp/long/out
      docker run -d --name long -v /tmp/long:/long busybox sh -c 'yes ${'x'.repeat(1000)} | head -n ${lines}; echo > /long/said; sleep 1000' >/dev/null
      cat /tmp/long/said >/dev/null
      timeout 60 docker logs -f long > /tmp/long/out &
      exec 3</tmp/long/out; read -r first <&3
      docker kill long; docker wait long
      grep -c xxx <&3; exec 3<&-; wait $!; echo $?; docker rm long; rm -r /tmp/long`);
    expect(said).toBe(`long\n137\n${lines - 1}\n0\nlong\n`);
  });

  it('packs the files that are full, and shows what is in them', async () => {
    const rotation = ['max-size=4k', 'max-file=3', 'compress=true'].flatMap((option) => ['--log-opt', option]);
    await ok(
      'run',
      '--name',
      'packed',
      ...rotation,
      'busybox',
      'sh',
      '-c',
      'for i in $(seq 90); do echo line $i; done',
    );
    const path = await inspect('packed', '{{.LogPath}}');
    // The child packs behind the container's back; a file that was full before it had done stays as it was.
    await machine.vm(`until gzip -t ${path}.1.gz 2>/dev/null && [ ! -e ${path}.1 ]; do usleep 20000; done`);
    const lines = (await ok('logs', 'packed')).split('\n');
    expect(lines.at(-1)).toBe('line 90');
    expect(lines.length).toBeGreaterThan(60);
    for (const wanted of [1, 50, lines.length, 1000])
      expect((await ok('logs', '--tail', String(wanted), 'packed')).split('\n')).toEqual(lines.slice(-wanted));
    expect(await fails('create', '--log-opt', 'compress=true', 'busybox')).toContain('compress cannot be true when');
    await ok('rm', 'packed');
  });

  it('ends where the log ended when it was asked for, and shows what follows a line that was cut', async () => {
    const script = 'if [ -e /once ]; then echo next; exec sleep 1000; fi; touch /once; exec yes again';
    const rotation = ['--log-opt', 'max-size=500k', '--log-opt', 'max-file=2'];
    const logged = async (wanted: string): Promise<void> => {
      const follow = docker.follow(['logs', '-f', '--tail', '0', 'torn']);
      await follow.until(wanted);
      follow.stop();
    };
    await ok('run', '-d', '--name', 'torn', ...rotation, 'busybox', 'sh', '-c', script);
    await logged('again\nagain\n');
    expect(await ok('logs', '--tail', '2', 'torn')).toBe('again\nagain');
    expect(await ok('logs', 'torn')).toMatch(/^(again\n)+again$/);
    await ok('stop', '-t', '0', 'torn');
    const path = await inspect('torn', '{{.LogPath}}');
    await machine.vm(
      `rm -f ${path}.1; line=$(head -n 1 ${path}); printf '%s\\n%s\\n{"log":"cu' "$line" "$line" >${path}`,
    );
    await ok('start', 'torn');
    await machine.vm('until docker logs torn | grep next; do usleep 20000; done');
    expect(await ok('logs', 'torn')).toBe('again\nagain\nnext');
    expect(await machine.vm(`tail -n 2 ${path} | cut -c 1-12`)).toBe('{"log":"cu\n{"log":"next\n');
    await ok('rm', '-f', 'torn');
  });

  it('shows with a line what was asked for beside it', async () => {
    const options = ['--log-opt', 'labels=tier', '--log-opt', 'env=MODE', '--log-opt', 'tag={{.Name}}'];
    await ok('run', '--name', 'told', '-l', 'tier=front', '-e', 'MODE=a b', ...options, 'busybox', 'echo', 'hello');
    expect(await ok('logs', '--details', 'told')).toBe('tier=front,MODE=a+b,tag=told hello');
    expect(await ok('logs', 'told')).toBe('hello');
    const guest = await docker.inVm('docker logs --details told; docker rm told');
    expect(guest.stdout).toBe('tier=front,MODE=a+b,tag=told hello\ntold\n');
  });
};
