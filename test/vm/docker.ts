// The real docker client against our engine: the headless VM in a process of its own, its socket as a Unix socket here.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class DockerClient {
  constructor(
    readonly host: string,
    /** Ends the machine behind it. */
    readonly close: () => Promise<void>,
    /** Of this client alone, for files and its config.json; it goes with the VM. */
    readonly folder = '',
  ) {}

  /** Boots the VM; resolves when the engine answers. With `hostLoopback` the guest reaches this machine's 127.0.0.1. */
  static async open(options: { hostLoopback?: boolean } = {}): Promise<DockerClient> {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-client-'));
    const socket = join(folder, 'docker.sock');
    const more = options.hostLoopback ? ['--host-loopback'] : [];
    const headless = spawn('npx', ['tsx', 'src/vm/node/headless.ts', '--docker-socket', socket, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      headless.stdout.on('data', (bytes: Buffer) => String(bytes).includes('ready:') && resolve());
      headless.once('exit', (code) => reject(new Error(`headless ended with ${code}`)));
    });
    return new DockerClient(`unix://${socket}`, () => end(headless, folder), folder);
  }

  /** `docker …` with these arguments; stdin is what is given, or empty. */
  run(args: readonly string[], input = ''): Promise<Ran> {
    return this.spawn('docker', args, input);
  }

  /** A line as one types it in a shell. */
  typed(line: string, input = ''): Promise<Ran> {
    return this.spawn('sh', ['-c', line], input);
  }

  /** As run, for what must go well: what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const ran = await this.run(args);
    expect(ran, `docker ${args.join(' ')}: ${ran.stderr}`).toMatchObject({ exitCode: 0 });
    return ran.stdout;
  }

  /** A shell script in the VM itself, with its own docker client: from a container that has the VM's root as its own. */
  inVm(script: string): Promise<Ran> {
    const host = ['--privileged', '--pid', 'host', '--network', 'host', '-v', '/:/host', 'busybox', 'chroot', '/host'];
    return this.run(['run', '--rm', ...host, 'bash', '-c', script]);
  }

  /** The same on a terminal: script(1) makes one. */
  runOnTerminal(args: readonly string[], input = ''): Promise<Ran> {
    const command = ['docker', ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    return this.spawn('script', ['-qec', command, '/dev/null'], input);
  }

  /** Starts a command that goes on (events, logs -f): its output grows in the result, `stop` ends it. */
  follow(args: readonly string[]): {
    output: () => string;
    until: (wanted: string | RegExp) => Promise<void>;
    stop: () => void;
  } {
    const child = spawn('docker', args, { env: this.env(), stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    const waiting: (() => void)[] = [];
    child.stdout.on('data', (bytes: Buffer) => {
      output += String(bytes);
      for (const look of waiting) look();
    });
    const until = (wanted: string | RegExp): Promise<void> =>
      new Promise((resolve) => {
        const met = (): boolean => (typeof wanted === 'string' ? output.includes(wanted) : wanted.test(output));
        const look = (): void => void (met() && resolve());
        waiting.push(look);
        look();
      });
    return { output: () => output, until, stop: () => void child.kill('SIGTERM') };
  }

  /** GET of an address of the API, as JSON. */
  get(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.host.replace('unix://', ''), path: `/v1.47${path}` }, (response) => {
        let text = '';
        response.on('data', (bytes: Buffer) => (text += String(bytes)));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(text));
        });
      });
      asked.on('error', reject).end();
    });
  }

  private env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DOCKER_HOST: this.host,
      DOCKER_BUILDKIT: '0',
      ...(this.folder && { DOCKER_CONFIG: this.folder }),
    };
  }

  private spawn(program: string, args: readonly string[], input: string): Promise<Ran> {
    return new Promise((resolve) => {
      const child = spawn(program, args, { env: this.env() });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (bytes: Buffer) => (stdout += String(bytes)));
      child.stderr.on('data', (bytes: Buffer) => (stderr += String(bytes)));
      child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }
}

function end(headless: ChildProcess, folder: string): Promise<void> {
  return new Promise((resolve) => {
    headless.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    });
    // npx starts further processes: the whole group gets the signal.
    if (headless.pid !== undefined) process.kill(-headless.pid, 'SIGTERM');
  });
}
