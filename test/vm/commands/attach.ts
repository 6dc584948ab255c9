// docker attach: to the streams of PID 1; and by WebSocket, as pages do.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { daemonSays, refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, ok, typed, vm }) => {
  it('is with the program that runs: what it prints, what it is told, how it ends', async () => {
    await ok('run', '-di', '--name', 'box', 'busybox', 'sh', '-c', 'read x; echo got $x; echo bad >&2; exit 4');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'box');
    expect(await typed('docker attach box', 'a line\n')).toEqual({
      exitCode: 4,
      stdout: 'got a line\n',
      stderr: 'bad\n',
    });
    expect(await vm(`ls -d /proc/${pid} 2>/dev/null; true`)).toBe('');
  });

  it('passes signals on, with --no-stdin too', async () => {
    await ok('run', '-d', '--name', 'traps', 'busybox', 'sh', '-c', 'trap "echo told; exit 5" TERM; sleep 1000 & wait');
    const told = docker.follow([
      'events',
      '--since',
      '1',
      '--filter',
      'event=attach',
      '--format',
      '{{.Actor.Attributes.name}}',
    ]);
    const attached = typed('docker attach --no-stdin traps');
    await told.until('traps\n');
    told.stop();
    await ok('kill', '-s', 'TERM', 'traps');
    expect(await attached).toMatchObject({ exitCode: 5 });
    await ok('rm', 'traps');
  });

  it('is refused for what does not run, is paused or is not there', async () => {
    expect(await typed('docker attach box')).toEqual(
      refused('You cannot attach to a stopped container, start it first'),
    );
    expect(await typed('docker attach nosuch')).toEqual(daemonSays('No such container: nosuch'));
    await ok('run', '-d', '--name', 'ice', 'busybox', 'sleep', '1000');
    await ok('pause', 'ice');
    expect(await typed('docker attach ice')).toEqual(
      refused('You cannot attach to a paused container, unpause it first'),
    );
    await ok('rm', '-f', 'box', 'ice');
  });

  /** A WebSocket to an address of the API, with its first bytes. RFC 6455's own example of a key. */
  function webSocket(path: string): Promise<{ socket: Duplex; accept: string | undefined }> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: docker.host.replace('unix://', ''), path, headers });
      asked.on('upgrade', (response, socket) => {
        resolve({ socket, accept: response.headers['sec-websocket-accept'] });
      });
      asked.on('response', (response) => reject(new Error(`HTTP ${response.statusCode}`)));
      asked.on('error', reject);
      asked.end();
    });
  }

  it('attaches by WebSocket', async () => {
    await ok('create', '-i', '--name', 'web', 'busybox', 'sh', '-c', 'read name; echo hello $name; echo bad >&2');
    await expect(webSocket('/v1.47/containers/nosuch/attach/ws')).rejects.toThrow('HTTP 404');
    const { socket, accept } = await webSocket('/v1.47/containers/web/attach/ws?stream=1&stdin=1&stdout=1&stderr=1');
    expect(accept).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    const received: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    await ok('start', 'web');
    // One masked message: mask 0, so that the bytes stand as they are.
    socket.write(Uint8Array.from([0x82, 0x80 | 4, 0, 0, 0, 0, ...Buffer.from('sea\n')]));
    await ended;
    const text = Buffer.concat(received).toString('latin1');
    expect(text).toContain('hello sea\n');
    expect(text).toContain('bad\n');
    expect(text.endsWith('\x88\x02\x03\xe8')).toBe(true);
    await ok('rm', 'web');
  });
};
