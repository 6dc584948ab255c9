// The real docker client and the kernel under it at once: the machine runs in this process, so that a test can look at links,
// rules, mounts and processes (and kill them) while the client talks to the engine's socket.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { readLocal } from '../../src/vm/node/files.ts';
import { tie } from '../../src/vm/net/pipe.ts';
import { byteStreamOf, dialLoopback } from '../../src/vm/node/sockets.ts';
import type { Session } from '../../src/vm/session.ts';
import { DockerClient, type Ran } from './docker.ts';
import { openSession, shell, type OpenedSession, type RecordingSink } from './harness.ts';

const GUEST_SOCKET = '/var/run/docker.sock';

export interface DockerMachine {
  readonly docker: DockerClient;
  readonly session: Session;
  readonly sink: RecordingSink;
  /** `docker …` that must end with 0: its output without the last newline. */
  ok(...args: string[]): Promise<string>;
  /** `docker …` that must fail: its exit code and what it says. */
  fails(...args: string[]): Promise<{ exitCode: number | null; stderr: string }>;
  /** As fails: the daemon's words alone. */
  error(...args: string[]): Promise<string>;
  /** A shell command in the VM itself, with its own docker client: what it prints; it must end with 0. */
  vm(script: string): Promise<string>;
  /** Ends the machine. */
  close(): Promise<void>;
}

export interface MachineOptions {
  /** The guest reaches this machine's 127.0.0.1 as host.docker.internal. */
  readonly hostLoopback?: boolean;
}

export async function openDockerMachine(options: MachineOptions = {}): Promise<DockerMachine> {
  const machine = new LaterMachine(options);
  await machine.open();
  return machine;
}

/** The cases of one command: test/vm/commands/<command>.ts. The machine runs when a case does, and not before. */
export type Cases = (machine: DockerMachine) => void;

/**
 * One VM for the cases of several commands, one after the other. What a command's cases leave is removed behind them, so that
 * one that fails does not make the next ones fail.
 */
export function inOneMachine(commands: Readonly<Record<string, Cases>>, options: MachineOptions = {}): void {
  const machine = new LaterMachine(options);
  beforeAll(() => machine.open());
  afterAll(() => machine.close());
  for (const [name, cases] of Object.entries(commands))
    describe(`docker ${name}`, () => {
      cases(machine);
      afterAll(() => machine.vm(CLEAN));
    });
}

const CLEAN = `docker ps -aq | xargs -r docker rm -fv >/dev/null 2>&1; docker network prune -f >/dev/null 2>&1
  docker volume prune -af >/dev/null 2>&1; true`;

class LaterMachine implements DockerMachine {
  readonly docker: DockerClient;
  readonly #options: MachineOptions;
  readonly #socket: string;
  readonly #server = createServer({ allowHalfOpen: true }, (client) => {
    void tie(byteStreamOf(client), this.session.machine.agent.connect(GUEST_SOCKET));
  });
  #opened: OpenedSession | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    const folder = mkdtempSync(join(tmpdir(), 'drydock-machine-'));
    this.#socket = join(folder, 'docker.sock');
    this.docker = new MachineClient(`unix://${this.#socket}`, this.close, folder, this);
  }

  async open(): Promise<void> {
    const services = this.#options.hostLoopback ? { dialHost: dialLoopback } : {};
    this.#opened = await openSession({}, readLocal, services);
    await new Promise<void>((resolve) => this.#server.listen(this.#socket, resolve));
  }

  readonly close = async (): Promise<void> => {
    this.#server.close();
    await this.#opened?.session.stop();
    rmSync(this.docker.folder, { recursive: true, force: true });
  };

  get session(): Session {
    return this.#there.session;
  }
  get sink(): RecordingSink {
    return this.#there.sink;
  }
  get #there(): OpenedSession {
    if (!this.#opened) throw new Error('the machine runs when the first test does');
    return this.#opened;
  }

  readonly ok = async (...args: string[]): Promise<string> => {
    const ran = await this.docker.run(args);
    expect(ran, `docker ${args.join(' ')}: ${ran.stderr}`).toMatchObject({ exitCode: 0 });
    return ran.stdout.replace(/\n$/, '');
  };
  readonly fails = async (...args: string[]): Promise<{ exitCode: number | null; stderr: string }> => {
    const { exitCode, stderr, stdout } = await this.docker.run(args);
    expect(exitCode, `docker ${args.join(' ')} printed ${stdout}`).not.toBe(0);
    return { exitCode, stderr };
  };
  readonly error = async (...args: string[]): Promise<string> =>
    (await this.fails(...args)).stderr
      .replace(/^(docker: )?Error response from daemon: /, '')
      .replace(/\n\nRun .*/s, '')
      .trim();
  readonly vm = (script: string): Promise<string> => shell(this.session, script);
}

/** Its `inVm` needs no container: the control channel runs the script. */
class MachineClient extends DockerClient {
  constructor(
    host: string,
    close: () => Promise<void>,
    folder: string,
    private readonly machine: DockerMachine,
  ) {
    super(host, close, folder);
  }

  override async inVm(script: string): Promise<Ran> {
    const { exitCode, stdout, stderr } = await this.machine.session.exec(['bash', '-c', script]);
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    return { exitCode, stdout: text(stdout), stderr: text(stderr) };
  }
}
