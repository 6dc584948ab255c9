// The client in the VM: what it refuses, and that its lists are the real one's.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  it('refuses what it has not, and says what the real one says', async () => {
    const ran = await docker.inVm(`
      docker run --link-local-ip 169.254.1.1 busybox; echo $?
      docker run --cpu-count 1 busybox; echo $?
      docker save --platform linux/386 busybox; echo $?
      docker run --rm --restart always busybox; echo $?
      docker context create x; echo $?
      docker --context x ps; echo $?
      docker context ls --format '{{.Name}} {{.Current}}'; docker context show; docker context use default 2>/dev/null`);
    expect(ran.stdout).toBe('1\n1\n1\n125\n1\n1\ndefault true\ndefault\ndefault\n');
    expect(ran.stderr.split('\n').filter(Boolean)).toEqual([
      '--link-local-ip is not implemented in Drydock',
      '"--cpu-count" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux',
      '"--platform" requires API version 1.48, but the Docker daemon API version is 1.47',
      'docker: conflicting options: cannot specify both --restart and --rm',
      "Run 'docker run --help' for more information",
      "docker: 'docker context create' is not implemented in Drydock",
      expect.stringContaining('context "x": context not found'),
    ]);
  });

  it('refuses in the words of the real one', async () => {
    for (const args of [
      ['ps', '--format', '{{.Nope}}'],
      ['images', '--format', 'table {{end}}'],
      ['network', 'inspect', '--format', '{{.IPAM.Nope}}', 'bridge'],
      ['network', 'inspect', '--format', '{{.IPAM.Options}} {{.Labels}} {{json .IPAM.Options}}', 'bridge'],
      ['version', '--format', '{{nope}}'],
      ['events', '--until', '0s', '--format', '{{.Nope}}'],
      ['tag', 'busybox', 'Upper'],
      ['tag', 'busybox', 'sha256:x'],
      ['pull', 'Upper'],
      ['push', '-a', 'busybox:x'],
      ['run', '--rm', 'Upper'],
      ['run', '--rm', '--platform', 'x', 'busybox'],
      ['run', '--rm', '--device', '/dev/nope', 'busybox', 'true'],
      ['run', '--rm', '--device', '/dev/zero:/z:q', 'busybox', 'true'],
      ['run', '--rm', '--device-read-bps', 'sda:1mb', 'busybox', 'true'],
      ['run', '--rm', '--ip6', 'fd00::9', 'busybox', 'true'],
      ['inspect', 'Upper'],
      ['volume', 'ls', '--cluster'],
    ]) {
      const real = await docker.run(args);
      const ours = await docker.inVm(`docker ${args.map((word) => `'${word}'`).join(' ')} 2>&1; echo $?`);
      expect(ours.stdout, args.join(' ')).toBe(`${real.stdout}${real.stderr}${real.exitCode}\n`);
    }
    expect(await docker.ok('ps', '-aq')).toBe('');
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
};
