// docker push, pull, login and logout against a real registry: Debian's docker-registry on this machine, which the guest reaches
// as host.docker.internal:5000; and push, pull and search against the page's own, which takes pushes for the session.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';
import { ZSTD_IMAGE } from '../zstd-image.ts';

const HOST = 'host.docker.internal:5000';
const API = 'http://127.0.0.1:5000/v2';
const [USER, PASSWORD] = ['sailor', 'knot'];

/** The registry with its files in a folder of its own; `auth` makes it ask for a name and a password. */
class Registry {
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

export const cases: Cases = ({ docker }) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await Registry.open(false);
    await docker.ok(
      'run',
      '--name',
      'maker',
      'busybox',
      'sh',
      '-c',
      'echo of mine >/mine; head -c 300000 /dev/urandom >/random',
    );
    await docker.ok('commit', '-c', 'CMD ["cat","/mine"]', 'maker', `${HOST}/team/app:1`);
  });
  afterAll(() => registry.close());

  const layerLines = (text: string): string[] =>
    [...text.matchAll(/^[0-9a-f]{12}: (.*)$/gm)].map(([, words = '']) => words).filter((words) => words !== 'Pushing');

  describe('a real registry', () => {
    let digest: string;

    it('takes a push: every layer, the config, the manifest', async () => {
      const out = await docker.ok('push', `${HOST}/team/app:1`);
      expect(out).toContain(`The push refers to repository [${HOST}/team/app]\n`);
      expect(layerLines(out).sort()).toEqual(['Preparing', 'Preparing', 'Pushed', 'Pushed']);
      digest = /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(out)?.[1] ?? '';
      const answer = await fetch(`${API}/team/app/manifests/1`, {
        headers: { Accept: 'application/vnd.docker.distribution.manifest.v2+json' },
      });
      expect(answer.headers.get('docker-content-digest')).toBe(digest);
      const manifest = (await answer.json()) as { layers: { digest: string; size: number }[] };
      for (const layer of manifest.layers) {
        const bytes = Buffer.from(await (await fetch(`${API}/team/app/blobs/${layer.digest}`)).arrayBuffer());
        expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([
          layer.size,
          layer.digest.slice(7),
        ]);
      }
    });

    it('is not sent what it has, and mounts what another repository has', async () => {
      const again = await docker.ok('push', `${HOST}/team/app:1`);
      expect(layerLines(again).sort()).toEqual([
        'Layer already exists',
        'Layer already exists',
        'Preparing',
        'Preparing',
      ]);
      expect(again).toContain(digest);
      await docker.ok('tag', `${HOST}/team/app:1`, `${HOST}/team/other:1`);
      const mounted = await docker.ok('push', `${HOST}/team/other:1`);
      expect(layerLines(mounted).sort()).toEqual([
        'Mounted from team/app',
        'Mounted from team/app',
        'Preparing',
        'Preparing',
      ]);
    });

    it('gives a layer in zstd, which is pushed on in gzip', async () => {
      const { layer, config, manifest } = ZSTD_IMAGE;
      for (const { bytes, digest } of [layer, config]) {
        const upload = await fetch(`${API}/team/zstd/blobs/uploads/`, { method: 'POST' });
        const address = `${upload.headers.get('location') ?? ''}&digest=${digest}`;
        expect((await fetch(address, { method: 'PUT', body: new Uint8Array(bytes) })).status).toBe(201);
      }
      const headers = { 'Content-Type': manifest.descriptor.mediaType };
      await fetch(`${API}/team/zstd/manifests/1`, { method: 'PUT', headers, body: new Uint8Array(manifest.bytes) });
      expect(await docker.ok('pull', `${HOST}/team/zstd:1`)).toContain(`Digest: ${manifest.digest}`);
      await docker.ok('create', '--name', 'tide', `${HOST}/team/zstd:1`);
      expect(await docker.ok('cp', 'tide:/sea/poem', '-')).toContain('verse 40: the tide comes in');
      await docker.ok('rm', 'tide');
      await docker.ok('tag', `${HOST}/team/zstd:1`, `${HOST}/team/zstd:2`);
      await docker.ok('push', `${HOST}/team/zstd:2`);
      const pushed = await fetch(`${API}/team/zstd/manifests/2`, {
        headers: { Accept: 'application/vnd.docker.distribution.manifest.v2+json' },
      });
      expect(await pushed.text()).toContain('application/vnd.docker.image.rootfs.diff.tar.gzip');
      await docker.ok('rmi', `${HOST}/team/zstd:1`, `${HOST}/team/zstd:2`);
    });

    it('gives it back, by tag and by digest', async () => {
      await docker.ok('rm', 'maker');
      await docker.ok('rmi', `${HOST}/team/app:1`, `${HOST}/team/other:1`);
      expect(await docker.ok('pull', `${HOST}/team/app:1`)).toContain(`Digest: ${digest}`);
      expect(await docker.ok('run', '--rm', `${HOST}/team/app:1`)).toBe('of mine\n');
      await docker.ok('rmi', `${HOST}/team/app:1`);
      await docker.ok('pull', '-q', `${HOST}/team/app@${digest}`);
      expect(await docker.ok('run', '--rm', `${HOST}/team/app@${digest}`)).toBe('of mine\n');
      await docker.ok('tag', `${HOST}/team/app@${digest}`, `${HOST}/team/app:1`);
    });

    it('after a delete there the pull fails as Docker’s, and a push brings it again', async () => {
      expect((await fetch(`${API}/team/app/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
      const ran = await docker.run(['pull', `${HOST}/team/app:1`]);
      expect(ran).toMatchObject({ exitCode: 1 });
      expect(ran.stderr).toContain(`manifest for ${HOST}/team/app:1 not found: manifest unknown`);
      expect(await docker.ok('push', '-a', `${HOST}/team/app`)).toContain(digest);
      expect((await fetch(`${API}/team/app/tags/list`).then((answer) => answer.json())) as object).toEqual({
        name: 'team/app',
        tags: ['1'],
      });
    });

    it('says what is not there to push', async () => {
      const ran = await docker.run(['push', `${HOST}/team/nosuch:1`]);
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain(`An image does not exist locally with the tag: ${HOST}/team/nosuch`);
      expect((await docker.run(['push', `${HOST}/team/app:9`])).stderr).toContain(
        `tag does not exist: ${HOST}/team/app:9`,
      );
    });

    it('works for the client in the VM', async () => {
      const ran = await docker.inVm(`
      docker tag busybox ${HOST}/from/vm && docker push ${HOST}/from/vm | sed 's/^[0-9a-f]*: //; s/digest.*//'
      docker manifest inspect ${HOST}/from/vm | grep -c rootfs.diff.tar.gzip
      docker rmi ${HOST}/from/vm >/dev/null && docker pull -q ${HOST}/from/vm`);
      const lines = ran.stdout.split('\n').filter((line) => line !== 'Pushing');
      expect(
        lines.map((line) => line.replace(/team\/(app|other)/, 'team/…')),
        ran.stderr,
      ).toEqual([
        'Using default tag: latest',
        `The push refers to repository [${HOST}/from/vm]`,
        'Preparing',
        'Mounted from team/…',
        'latest: ',
        '1',
        `${HOST}/from/vm:latest`,
        '',
      ]);
    });
  });

  describe('a registry that asks who one is', () => {
    beforeAll(async () => {
      await registry.close();
      registry = await Registry.open(true);
    });

    it('lets nobody in without a login, and anybody with one', async () => {
      const refused = await docker.run(['push', `${HOST}/team/app:1`]);
      expect(refused).toMatchObject({ exitCode: 1 });
      expect(refused.stderr).toContain('no basic auth credentials');
      const wrong = await docker.run(['login', '-u', USER, '--password-stdin', HOST], 'wrong');
      expect(wrong.exitCode).toBe(1);
      expect(wrong.stderr).toContain(`login attempt to http://${HOST}/v2/ failed with status: 401 Unauthorized`);
      const right = await docker.run(['login', '-u', USER, '--password-stdin', HOST], PASSWORD);
      expect(right).toMatchObject({ exitCode: 0, stdout: 'Login Succeeded\n' });
      expect(await docker.ok('push', `${HOST}/team/app:1`)).toContain('Pushed');
      await docker.ok('pull', `${HOST}/team/app:1`);
      await docker.ok('logout', HOST);
      expect((await docker.run(['pull', `${HOST}/team/app:1`])).exitCode).toBe(1);
    });

    it('knows the client in the VM too, by its config.json', async () => {
      const ran = await docker.inVm(`
      docker push -q ${HOST}/team/app:1 2>/dev/null; echo $?
      echo ${PASSWORD} | docker login -u ${USER} --password-stdin ${HOST} 2>/dev/null
      docker push -q ${HOST}/team/app:1
      docker logout ${HOST}; stat -c %a /root/.docker/config.json; rm /root/.docker/config.json`);
      expect(ran.stdout, ran.stderr).toBe(
        `1\nLogin Succeeded\n${HOST}/team/app:1\nRemoving login credentials for ${HOST}\n600\n`,
      );
    });
  });

  describe('the page’s registry', () => {
    it('takes a push for the session, and gives it back', async () => {
      await docker.ok('tag', 'busybox', 'sailor/app:1');
      const out = await docker.ok('push', 'sailor/app:1');
      expect(layerLines(out)).toContain('Mounted from library/busybox');
      await docker.ok('rmi', 'sailor/app:1');
      await docker.ok('pull', 'sailor/app:1');
      expect(await docker.ok('run', '--rm', 'sailor/app:1', 'echo', 'back')).toBe('back\n');
    });

    it('is searched', async () => {
      expect(await docker.ok('search', '--format', '{{.Name}} {{.IsOfficial}}', 'busybox')).toBe('busybox [OK]\n');
      expect(await docker.ok('search', '-f', 'is-official=false', '--format', '{{.Name}}', 'app')).toBe('sailor/app\n');
      const [real, ours] = [await docker.ok('search', 'bus'), (await docker.inVm('docker search bus')).stdout];
      expect(ours).toBe(real);
    });
  });
};
