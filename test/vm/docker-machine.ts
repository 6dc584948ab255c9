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
  /** A line as one types it in a shell here: `docker` is the real client. */
  typed(line: string, input?: string): Promise<Ran>;
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

/** The cases of one command: test/vm/commands/<command>.ts, or of what several do together: test/vm/topics/. The machine runs when a case does, and not before. */
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

/** What a command that ends well has printed, line by line. */
export const done = (...lines: readonly string[]): Ran => ({
  exitCode: 0,
  stdout: lines.map((line) => `${line}\n`).join(''),
  stderr: '',
});

/** What a command that fails has said, line by line; the daemon's words come behind Docker's own. */
export const refused = (words: string, exitCode = 1): Ran => ({ exitCode, stdout: '', stderr: `${words}\n` });
export const daemonSays = (words: string): Ran => refused(`Error response from daemon: ${words}`);

/** The directory of a container's cgroup, for a script in the VM. */
export const cgroupOf = (name: string): string => `/sys/fs/cgroup/docker/$(docker inspect -f '{{.Id}}' ${name})`;

/** What the machine has when it begins stays; all else goes. Looks first, so that what has cleaned up costs nothing. */
const CLEAN = `ls /var/lib/docker/containers | grep -q . && docker ps -aq | xargs -r docker rm -fv >/dev/null 2>&1
  docker network prune -f >/dev/null 2>&1
  ls /var/lib/docker/volumes | grep -q . && docker volume prune -af >/dev/null 2>&1
  docker images --format '{{.Repository}}:{{.Tag}} {{.ID}}' | awk '/^<none>/ {print $2; next} !/^(busybox|hello-world):latest / {print $1}' |
    xargs -r docker rmi -f >/dev/null 2>&1; true`;

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
  readonly typed = (line: string, input = ''): Promise<Ran> => this.docker.typed(line, input);
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
