// Flags of docker run that are refused or dropped, in Docker's words, and what the client in the VM says of those it has not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerClient } from './docker.ts';

let docker: DockerClient;
beforeAll(async () => {
  docker = await DockerClient.open();
});
afterAll(() => docker.close());

describe('what is refused or dropped, in Docker’s words', () => {
  it.each<[flags: string[], exitCode: number, words: string]>([
    [['--gpus', 'all'], 125, 'could not select device driver "" with capabilities: [[gpu]]'],
    [['--isolation', 'hyperv'], 125, "invalid isolation 'hyperv' on linux"],
    [['--cpu-rt-period', '1000'], 125, 'kernel does not support CPU real-time scheduler'],
    [['--volume-driver', 'nfs', '-v', 'v:/v'], 125, 'plugin "nfs" not found'],
    [['--log-opt', 'nosuch=1'], 125, "unknown log opt 'nosuch' for json-file log driver"],
    [['--log-driver', 'syslog'], 125, "no log driver named 'syslog' is registered"],
    [['--security-opt', 'nosuch=1'], 125, 'invalid --security-opt'],
    [['--link', 'x:y'], 125, 'not implemented: links between containers'],
    [['--runtime', 'kata'], 125, 'unknown or invalid runtime name: kata'],
    [['--storage-opt', 'size=1G'], 125, '--storage-opt is supported only for overlay over xfs'],
    [['-m', '1m'], 125, 'Minimum memory limit allowed is 6MB'],
    [['--cpus', '2'], 125, 'as there are only 1 CPUs available'],
    [['--memory-swappiness', '5'], 0, 'Memory swappiness discarded'],
    [['--oom-kill-disable'], 0, 'OomKillDisable discarded'],
  ])('%j', async (flags, exitCode, words) => {
    const ran = await docker.run(['run', '--rm', ...flags, 'busybox', 'true']);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toContain(words);
    expect(await docker.ok('ps', '-aq')).toBe('');
  });
});

describe('the client in the VM', () => {
  it('refuses what it has not, and says what the real one says', async () => {
    const ran = await docker.inVm(`
      docker run --link a busybox; echo $?
      docker run --cpu-count 1 busybox; echo $?
      docker save --platform linux/386 busybox; echo $?
      docker run --rm --restart always busybox; echo $?
      docker context create x; echo $?
      docker --context x ps; echo $?
      docker context ls --format '{{.Name}} {{.Current}}'; docker context show; docker context use default 2>/dev/null`);
    expect(ran.stdout).toBe('1\n1\n1\n125\n1\n1\ndefault true\ndefault\ndefault\n');
    expect(ran.stderr.split('\n').filter(Boolean)).toEqual([
      '--link is not implemented in Drydock',
      '"--cpu-count" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux',
      '"--platform" requires API version 1.48, but the Docker daemon API version is 1.47',
      'docker: conflicting options: cannot specify both --restart and --rm',
      "Run 'docker run --help' for more information",
      "docker: 'docker context create' is not implemented in Drydock",
      expect.stringContaining('context "x": context not found'),
    ]);
  });

  it('lists what the real one lists', async () => {
    await docker.ok('create', '--name', 'made', '-l', 'k=v', 'busybox', 'true');
    const fields = 'ID Image Command State Status Ports Names Labels LocalVolumes Mounts Networks Size'.split(' ');
    const ps = [
      'ps',
      '-a',
      '-f',
      'name=made',
      '--no-trunc',
      '--format',
      fields.map((name) => `{{.${name}}}`).join('|'),
    ];
    for (const args of [
      ps,
      ['images'],
      ['volume', 'ls'],
      ['network', 'ls'],
      ['history', 'busybox'],
      ['context', 'show'],
    ]) {
      const ours = await docker.inVm(`docker ${args.map((word) => `'${word}'`).join(' ')}`);
      expect(ours.stdout, args.join(' ')).toBe(await docker.ok(...args));
    }
    await docker.ok('rm', 'made');
  });
});
