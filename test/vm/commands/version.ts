// docker version: of the client, the engine and its parts.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('tells who answers, and on which kernel', async () => {
    const { Server } = JSON.parse(await ok('version', '--format', '{{json .}}')) as {
      Server: { Components: { Name: string }[]; KernelVersion: string };
    };
    expect(Server).toMatchObject({ ApiVersion: '1.47', MinAPIVersion: '1.24', Os: 'linux', Arch: '386' });
    expect(Server.Components.map(({ Name }) => Name)).toEqual(['Engine', 'containerd', 'runc', 'docker-init']);
    expect(await vm('uname -r')).toBe(`${Server.KernelVersion}\n`);
  });

  it('is the same of the engine from the client in the VM, less what a program in Go would say', async () => {
    const server = (text: string): string[] =>
      text
        .slice(text.indexOf('\nServer:'))
        .split('\n')
        .map((line) => line.trim().replace(/ +/g, ' '))
        .filter((line) => line !== '' && !/^(Go version|Built|Experimental):/.test(line));
    expect(server(await vm('docker version'))).toEqual(server((await typed('docker version')).stdout));
  });

  it('says where nobody answers, and takes no arguments', async () => {
    const alone = await typed('docker -H unix:///nosuch.sock version');
    expect([alone.exitCode, alone.stdout]).toEqual([1, expect.stringContaining('Client:')]);
    expect(alone.stderr).toContain('Cannot connect to the Docker daemon at unix:///nosuch.sock.');
    expect((await typed('docker version x')).exitCode).toBe(1);
  });
};
