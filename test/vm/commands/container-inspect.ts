// docker container inspect: containers only.
import { expect, it } from 'vitest';
import { refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('tells of a container what the kernel has: PID, address, mounts', async () => {
    await ok('run', '-d', '--name', 'box', '-v', 'data:/d:ro', '-m', '20m', 'busybox', 'sleep', '1000');
    const [box] = JSON.parse(await ok('container', 'inspect', '-s', 'box')) as [
      {
        State: { Pid: number };
        NetworkSettings: { IPAddress: string; MacAddress: string };
        Mounts: unknown[];
        HostConfig: { Memory: number };
        SizeRw: number;
      },
    ];
    expect(box).toMatchObject({
      State: { Status: 'running', Running: true, ExitCode: 0 },
      Mounts: [{ Type: 'volume', Name: 'data', Destination: '/d', RW: false }],
      HostConfig: { Memory: 20 << 20 },
      SizeRw: expect.any(Number) as number,
    });
    const kernel = await vm(
      `nsenter -t ${box.State.Pid} -n ip -o address show eth0; nsenter -t ${box.State.Pid} -n ip -o link show eth0`,
    );
    expect(kernel).toContain(`inet ${box.NetworkSettings.IPAddress}/16`);
    expect(kernel).toContain(box.NetworkSettings.MacAddress);
  });

  it('knows no other objects', async () => {
    expect(await typed('docker container inspect busybox')).toEqual({
      ...refused('Error response from daemon: No such container: busybox'),
      stdout: '[]\n',
    });
    await ok('rm', '-f', 'box');
    expect((await typed('docker container inspect box')).exitCode).toBe(1);
    await ok('volume', 'rm', 'data');
  });
};
