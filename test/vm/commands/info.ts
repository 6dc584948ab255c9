// docker info.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, ok, vm }) => {
  it('is the same from the client in the VM', async () => {
    // The real client prints maps, in any order: runtimes in a line, insecure registries in lines.
    const server = (text: string): string[] =>
      text
        .slice(text.indexOf('\nServer:'))
        .split('\n')
        .map((line) => line.replace(/^ Runtimes: (.*)$/, (_, names: string) => names.split(' ').sort().join()))
        .sort();
    const real = await docker.run(['info']);
    expect(server(await vm('docker info 2>&1'))).toEqual(server(real.stdout + real.stderr));
    expect(real.stderr).not.toContain('swap limit');
    expect(real.stderr).toContain('WARNING: No blkio weight support');
  });

  it('say what runs and what it can', async () => {
    const info = JSON.parse(await ok('info', '--format', '{{json .}}')) as Record<string, unknown>;
    expect(info).toMatchObject({
      Containers: 0,
      Driver: 'overlay2',
      CgroupVersion: '2',
      CgroupDriver: 'cgroupfs',
      OSType: 'linux',
      NCPU: 1,
      DockerRootDir: '/var/lib/docker',
      DefaultRuntime: 'runc',
      InitBinary: 'docker-init',
      MemoryLimit: true,
      PidsLimit: true,
      IPv4Forwarding: true,
      SwapLimit: true,
    });
    expect(info['ServerErrors']).toBeUndefined();
    expect(await vm('uname -r; cat /proc/sys/kernel/hostname')).toBe(
      `${String(info['KernelVersion'])}\n${String(info['Name'])}\n`,
    );
  });

  it('takes no arguments, and no template that is none', async () => {
    expect((await docker.run(['info', 'x'])).exitCode).toBe(1);
    expect((await docker.run(['info', '--format', '{{.Nosuch}}'])).exitCode).toBe(1);
  });
};
