// The real docker client and the kernel under it at once: the machine runs in this process, so that a test can look at links,
// rules, mounts and processes (and kill them) while the client talks to the engine's socket.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readLocal } from '../../src/vm/node/files.ts';
import { tie } from '../../src/vm/net/pipe.ts';
import { byteStreamOf, dialLoopback } from '../../src/vm/node/sockets.ts';
import type { Session } from '../../src/vm/session.ts';
import { DockerClient } from './docker.ts';
import { openSession, shell, type RecordingSink } from './harness.ts';

const GUEST_SOCKET = '/var/run/docker.sock';

export interface DockerMachine {
  readonly docker: DockerClient;
  readonly session: Session;
  readonly sink: RecordingSink;
  /** `docker …` that must end with 0: its output without the last newline. */
  ok(...args: string[]): Promise<string>;
  /** `docker …` that must fail: its exit code and what it says. */
  fails(...args: string[]): Promise<{ exitCode: number | null; stderr: string }>;
  /** A shell command in the VM itself. */
  vm(script: string): Promise<string>;
  close(): Promise<void>;
}

/** `hostLoopback`: the guest reaches this machine's 127.0.0.1 as host.docker.internal. */
export async function openDockerMachine(options: { hostLoopback?: boolean } = {}): Promise<DockerMachine> {
  const { session, sink } = await openSession({}, readLocal, options.hostLoopback ? { dialHost: dialLoopback } : {});
  const folder = mkdtempSync(join(tmpdir(), 'drydock-machine-'));
  const socket = join(folder, 'docker.sock');
  const server = createServer({ allowHalfOpen: true }, (client) => {
    void tie(byteStreamOf(client), session.machine.agent.connect(GUEST_SOCKET));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const close = async (): Promise<void> => {
    server.close();
    await session.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const docker = new DockerClient(`unix://${socket}`, close);
  return {
    docker,
    session,
    sink,
    async ok(...args) {
      const ran = await docker.run(args);
      expect(ran, `docker ${args.join(' ')}: ${ran.stderr}`).toMatchObject({ exitCode: 0 });
      return ran.stdout.replace(/\n$/, '');
    },
    async fails(...args) {
      const { exitCode, stderr, stdout } = await docker.run(args);
      expect(exitCode, `docker ${args.join(' ')} printed ${stdout}`).not.toBe(0);
      return { exitCode, stderr };
    },
    vm: (script) => shell(session, script),
    close,
  };
}
