// A real registry for the tests: Debian's docker-registry on this machine, which the guest reaches as host.docker.internal:5000.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DockerMachine } from './docker-machine.ts';

export const HOST = 'host.docker.internal:5000';
export const API = 'http://127.0.0.1:5000/v2';
export const [USER, PASSWORD] = ['sailor', 'knot'] as const;

/** An image of two layers by this name, whose program prints "of mine". */
export async function makeImage({ ok }: DockerMachine, name: string): Promise<void> {
  const script = 'echo of mine >/mine; head -c 300000 /dev/urandom >/random';
  await ok('run', '--name', 'maker', 'busybox', 'sh', '-c', script);
  await ok('commit', '-c', 'CMD ["cat","/mine"]', 'maker', name);
  await ok('rm', 'maker');
}

/** What push and pull say of each layer at last. */
export const layerLines = (text: string): string[] =>
  [...text.matchAll(/^[0-9a-f]{12}: (.*)$/gm)].map(([, words = '']) => words).filter((words) => words !== 'Pushing');

/** The digest that push or pull ends with. */
export function digestIn(text: string): string {
  const digest = /[dD]igest: (sha256:[0-9a-f]{64})/.exec(text)?.[1];
  expect(digest, text).toBeDefined();
  return digest ?? '';
}

/** The registry with its files in a folder of its own; `auth` makes it ask for a name and a password. */
export class Registry {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async open(auth: boolean): Promise<Registry> {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-registry-'));
    // bcrypt of PASSWORD, as htpasswd -B makes it.
    const htpasswd = join(folder, 'htpasswd');
    writeFileSync(htpasswd, `${USER}:$2y$05$abcdefghijklmnopqrstuuS7YR6bWGSu/dpvBCosW1VV9XOR8CsUm\n`);
    writeFileSync(
      join(folder, 'config.yml'),
      `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${join(folder, 'data')} }, delete: { enabled: true } }
http: { addr: '127.0.0.1:5000' }
${auth ? `auth: { htpasswd: { realm: here, path: ${htpasswd} } }` : ''}
`,
    );
    const process = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    await listens(5000, process);
    return new Registry(process, folder);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once('exit', () => {
        rmSync(this.folder, { recursive: true, force: true });
        resolve();
      });
      this.process.kill('SIGTERM');
    });
  }
}

/** Resolves when something takes connections; there is no event for it, so the kernel is asked again until it says yes. */
function listens(port: number, process: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    process.once('error', reject);
    process.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}`)));
    const knock = (): void => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', () => setImmediate(knock));
    };
    knock();
  });
}
