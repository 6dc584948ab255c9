// What a person does with the real docker client, one after the other, in one VM.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerClient } from './docker.ts';

let docker: DockerClient;
beforeAll(async () => {
  docker = await DockerClient.open();
});
afterAll(() => docker.close());

const ok = async (...args: string[]): Promise<string> => {
  const ran = await docker.run(args);
  expect(ran, `docker ${args.join(' ')}: ${ran.stderr}`).toMatchObject({ exitCode: 0 });
  return ran.stdout;
};

describe('run', () => {
  it('prints what the program prints and keeps the streams apart', async () => {
    expect(await docker.run(['run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2'])).toEqual({
      exitCode: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it.each([
    [['sh', '-c', 'exit 7'], 7, ''],
    [['nosuch'], 127, 'executable file not found in $PATH'],
    [['/etc'], 126, 'is a directory'],
  ])('%j ends with %d', async (command, exitCode, words) => {
    const ran = await docker.run(['run', '--rm', 'busybox', ...command]);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toContain(words);
  });

  it('ends with 125 when there is no such image', async () => {
    const ran = await docker.run(['run', '--rm', 'nosuch:1']);
    expect(ran.exitCode).toBe(125);
    expect(ran.stderr).toContain("Unable to find image 'nosuch:1' locally");
  });

  it('gives stdin to the program, and its end', async () => {
    expect((await docker.run(['run', '-i', '--rm', 'busybox', 'wc', '-c'], 'hello\n')).stdout.trim()).toBe('6');
  });

  it('has a terminal with -t', async () => {
    expect((await docker.runOnTerminal(['run', '-t', '--rm', 'busybox', 'tty'])).stdout).toContain('/dev/pts/0');
  });

  it('takes name, user, directory, environment, host name', async () => {
    const out = await ok(
      'run',
      '--rm',
      '--name',
      'who',
      '-u',
      '33:33',
      '-w',
      '/tmp',
      '-e',
      'A=b',
      '-h',
      'box',
      'busybox',
      'sh',
      '-c',
      'id -u; pwd; echo $A; hostname',
    );
    expect(out.split('\n').slice(0, 4)).toEqual(['33', '/tmp', 'b', 'box']);
  });

  it('leaves nothing behind with --rm', async () => {
    expect(await ok('ps', '-aq')).toBe('');
  });
});

describe('a container that goes on', () => {
  it('is listed, logs, and takes another process', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'web',
      '-l',
      'role=test',
      'busybox',
      'sh',
      '-c',
      'i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done',
    );
    expect(await ok('ps', '--format', '{{.Names}} {{.Image}} {{.State}}')).toBe('web busybox running\n');
    const logs = docker.follow(['logs', '-f', 'web']);
    await logs.until('line 2\n');
    logs.stop();
    expect(logs.output().startsWith('line 0\nline 1\n')).toBe(true);
    expect(await docker.run(['exec', 'web', 'sh', '-c', 'echo in; exit 3'])).toMatchObject({
      exitCode: 3,
      stdout: 'in\n',
    });
    expect((await docker.run(['exec', '-i', 'web', 'cat'], 'typed')).stdout).toBe('typed');
    expect(await ok('top', 'web')).toContain('sleep 0.2');
    expect(await ok('ps', '-q', '--filter', 'label=role=other')).toBe('');
  });

  it('pauses, goes on, is renamed, stops', async () => {
    await ok('pause', 'web');
    expect(await ok('ps', '--format', '{{.Status}}')).toContain('(Paused)');
    await ok('unpause', 'web');
    await ok('rename', 'web', 'shop');
    const wait = docker.run(['wait', 'shop']);
    await ok('stop', '-t', '1', 'shop');
    expect((await wait).stdout).toBe('137\n');
    expect(await ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'shop')).toBe('exited 137\n');
    await ok('start', 'shop');
    expect((await docker.run(['rm', 'shop'])).stderr).toContain('container is running');
    await ok('rm', '-f', 'shop');
  });

  it('tells its story by events', async () => {
    const since = (await ok('info', '--format', '{{.SystemTime}}')).trim();
    await ok('run', '--rm', 'busybox', 'true');
    const until = (await ok('info', '--format', '{{.SystemTime}}')).trim();
    const events = await ok(
      'events',
      '--since',
      since,
      '--until',
      until,
      '--format',
      '{{.Type}} {{.Action}}',
      '--filter',
      'type=container',
    );
    expect(events.trim().split('\n')).toEqual([
      'container create',
      'container attach',
      'container start',
      'container die',
      'container destroy',
    ]);
  });
});

describe('files', () => {
  it('go in and out, and stay in a volume', async () => {
    await ok('run', '--rm', '-v', 'data:/data', 'busybox', 'sh', '-c', 'echo kept > /data/f');
    expect(await ok('run', '--rm', '-v', 'data:/data:ro', 'busybox', 'cat', '/data/f')).toBe('kept\n');
    expect(await ok('volume', 'ls', '-q')).toBe('data\n');
    await ok('create', '--name', 'box', 'busybox', 'true');
    await ok('cp', 'package.json', 'box:/tmp/p.json');
    expect((await docker.run(['cp', 'box:/tmp/p.json', '-'])).stdout).toContain('"name": "drydock"');
    expect(await ok('diff', 'box')).toContain('A /tmp/p.json');
    await ok('rm', 'box');
    await ok('volume', 'rm', 'data');
  });
});

describe('images', () => {
  it('are pulled, listed, tagged, removed', async () => {
    expect(await ok('pull', 'hello-world')).toMatch(
      /Status: (Downloaded newer image|Image is up to date) for hello-world:latest/,
    );
    await ok('tag', 'hello-world', 'mine:1');
    expect(await ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'mine')).toBe('mine:1\n');
    expect(await ok('rmi', 'mine:1')).toBe('Untagged: mine:1\n');
    expect(await ok('run', '--rm', 'hello-world')).toContain('Hello');
    expect(await ok('history', '-q', 'hello-world')).not.toBe('');
  });
});

describe('networks and limits', () => {
  it('lists the three that are always there', async () => {
    expect((await ok('network', 'ls', '--format', '{{.Name}}')).trim().split('\n').sort()).toEqual([
      'bridge',
      'host',
      'none',
    ]);
  });
  it('limits memory by the cgroup', async () => {
    expect(await ok('run', '--rm', '-m', '32m', 'busybox', 'cat', '/sys/fs/cgroup/memory.max')).toBe(
      `${32 * 1024 * 1024}\n`,
    );
  });
  it('says what it is', async () => {
    expect(await ok('version', '--format', '{{.Server.APIVersion}}')).toBe('1.47\n');
    expect(await ok('info', '--format', '{{.Driver}} {{.CgroupVersion}} {{.Architecture}}')).toBe('overlay2 2 i686\n');
  });
});
