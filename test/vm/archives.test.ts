// Archives and contexts that want out of where they are unpacked: the well-known escapes by tar and symlink through every door
// that takes an archive (load, import, cp, ADD, build contexts, pull), and paths that change between look and use. Outside stands
// what must stay as it is; it is looked at after each attempt.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ESCAPES } from '../torture/malicious-archives.ts';
import { tarOf, type TarEntry } from '../torture/tar.ts';
import { openDockerMachine, type DockerMachine } from './docker-machine.ts';

let machine: DockerMachine;
beforeAll(async () => {
  machine = await openDockerMachine({ hostLoopback: true });
  await machine.vm(
    `mkdir -p /outside/dir; echo untouched >/outside/dir/file; echo secret >/outside/secret; chmod 600 /outside/secret`,
  );
  // Our registry has another port each time.
  await machine.vm(`sed -i 's/host.docker.internal:5000/host.docker.internal/' /etc/docker/daemon.json
    kill -9 $(pidof dockerd); until docker ps >/dev/null 2>&1; do usleep 100000; done`);
  await machine.ok('rmi', 'hello-world');
  before = await machine.vm(OUTSIDE);
  await machine.ok('run', '-d', '--name', 'box', '-v', 'data:/data', 'busybox', 'sleep', '100000');
  rest = await machine.vm(REST);
});
afterAll(() => machine.close());

/** Everything outside of containers: what is there, of what kind, whose, and since when; and that nothing was put into / itself. */
const OUTSIDE = `find /outside -exec stat -c '%n %F %a %u %s %Y' {} +; cat /outside/dir/file /outside/secret; ls -A / /etc /tmp /root; md5sum /etc/passwd /etc/group`;
/** Nothing half-unpacked is left, and the engine is the one that it was. */
const REST = `ls /var/lib/docker/tmp 2>/dev/null; ls /var/lib/docker/overlay2 | wc -l; ls -A /var/lib/docker/image/overlay2/blobs/sha256; pidof dockerd; ls /proc/$(pidof dockerd)/fd | wc -l`;
let before: string;
let rest: string;
afterEach(async () => {
  expect(await machine.vm(OUTSIDE)).toBe(before);
  // The last connection and the last exec's pipes are closed a moment after their client was answered.
  await expect.poll(() => machine.vm(REST), { timeout: 30_000 }).toBe(rest);
});

const put = (path: string, bytes: Uint8Array): Promise<void> => machine.session.machine.agent.writeFile(path, bytes);
const outcome = async (script: string): Promise<string> => machine.vm(`cd /work-in && { ${script}; } 2>&1; true`);
/** All doors at once: an archive by name `a.tar`, tried at each, with what is said. */
const DOORS: Readonly<Record<string, string>> = {
  cp: 'docker exec box mkdir -p /into; docker cp - box:/into <a.tar; docker exec box rm -rf /into',
  'cp to a volume': 'docker cp - box:/data <a.tar; docker exec box sh -c "rm -rf /data/* /data/.wh*"',
  import: 'docker import a.tar evil && docker rmi evil >/dev/null; true',
  load: 'docker load -i layer.tar; docker rmi loaded >/dev/null 2>&1; true',
  'load, of the archive itself': 'docker load -i a.tar',
  context: 'docker build -q - <a.tar',
  ADD: 'docker build -q --no-cache add 2>&1 && docker image prune -af >/dev/null',
};

/** What cannot even be read is the same everywhere. */
const BROKEN_DOORS = ['cp', 'load'];

/** `docker save`'s layout around one layer that is the archive. */
function around(layer: Buffer): Buffer {
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  const config = JSON.stringify({
    architecture: '386',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
  return tarOf(
    { name: 'c.json', content: config },
    { name: 'l.tar', content: layer },
    {
      name: 'manifest.json',
      content: JSON.stringify([{ Config: 'c.json', RepoTags: ['loaded:1'], Layers: ['l.tar'] }]),
    },
  );
}

describe.each(Object.entries(ESCAPES))('%s', (_, { entries, refused }) => {
  it('leads nowhere, by whichever door', async () => {
    const archive = tarOf(...entries);
    await machine.vm('rm -rf /work-in; mkdir -p /work-in/add');
    try {
      await put('/work-in/a.tar', archive);
      await put('/work-in/layer.tar', around(archive));
      await put('/work-in/add/a.tar', archive);
      await put('/work-in/add/Dockerfile', Buffer.from('FROM scratch\nADD a.tar /x/\n'));
      const said: Record<string, string> = {};
      const isBroken = refused !== undefined && /tar header|EOF|too long/.test(refused.source);
      for (const [door, script] of Object.entries(DOORS))
        if (!isBroken || BROKEN_DOORS.includes(door)) said[door] = await outcome(script);
      // ADD takes what does not begin like a tar for a file.
      if (refused)
        for (const door of isBroken ? BROKEN_DOORS : ['cp', 'cp to a volume', 'import', 'load'])
          expect(said[door], door).toMatch(refused);
      else for (const door of ['cp', 'import', 'load']) expect(said[door], door).not.toMatch(/rror|nexpected/);
    } finally {
      await machine.vm('rm -rf /work-in; docker image prune -af >/dev/null');
    }
  });
});

it('takes no file for another: symlinks, devices and FIFOs where load and build look for text', async () => {
  const elsewhere = (name: string): Record<string, TarEntry> => ({
    symlink: { name, type: '2', link: '/outside/secret' },
    fifo: { name, type: '6' },
    zero: { name, type: '3', device: [1, 5] },
  });
  await machine.vm('mkdir -p /work-in');
  try {
    for (const name of ['manifest.json', 'index.json', 'Dockerfile', '.dockerignore'])
      for (const [kind, entry] of Object.entries(elsewhere(name))) {
        const more =
          name === '.dockerignore' ? [{ name: 'Dockerfile', content: 'FROM scratch\nCOPY Dockerfile /\n' }] : [];
        await put('/work-in/a.tar', tarOf(entry, ...more));
        const said = await outcome(`timeout 20 docker ${/json/.test(name) ? 'load -i a.tar' : 'build -q - <a.tar'}`);
        expect(said, `${name} as ${kind}`).toMatch(
          name === '.dockerignore' ? /^sha256:/ : /no image found|Cannot locate|Dockerfile/,
        );
        expect(said).not.toContain('secret\n');
      }
    const config = { name: 'c.json', content: '{"rootfs":{"diff_ids":["sha256:00"]}}' };
    for (const [kind, entry] of Object.entries(elsewhere('l.tar'))) {
      const manifest = { name: 'manifest.json', content: '[{"Config":"c.json","RepoTags":null,"Layers":["l.tar"]}]' };
      await put('/work-in/a.tar', tarOf(config, manifest, entry));
      expect(await outcome('timeout 20 docker load -i a.tar'), kind).toMatch(/no such file|invalid path/);
    }
    await put(
      '/work-in/a.tar',
      tarOf({ name: 'Dockerfile', content: 'FROM scratch\nADD f /x\n' }, { name: 'f', type: '6' }),
    );
    expect(await outcome('timeout 20 docker build -q - <a.tar')).not.toBe('');
    // What is ignored is removed from the context, and from nowhere else.
    await put(
      '/work-in/a.tar',
      tarOf(
        { name: 'l', type: '2', link: '/outside/dir' },
        { name: 'outside/dir/file', content: 'FROM scratch\nCOPY outside /\n' },
        { name: '.dockerignore', content: 'l/file\n' },
      ),
    );
    await outcome('docker build -q -f l/file - <a.tar');
  } finally {
    await machine.vm('rm -rf /work-in; docker image prune -af >/dev/null');
  }
});

it('keeps within memory what a small archive swells to', async () => {
  const rss = async (): Promise<number> =>
    Number(await machine.vm("awk '/VmHWM/ {print $2}' /proc/$(pidof dockerd)/status"));
  const peak = await rss();
  const bomb = gzipSync(tarOf({ name: 'zeros', content: new Uint8Array(16 << 20) }), { level: 9 });
  await machine.vm('mkdir -p /work-in/add');
  try {
    await put('/work-in/a.tar', bomb);
    await put('/work-in/add/zeros', gzipSync(new Uint8Array(16 << 20), { level: 9 }));
    await put('/work-in/add/Dockerfile', Buffer.from('FROM scratch\nADD zeros /x/\n'));
    await outcome('docker import a.tar evil && docker rmi evil; docker build -q --no-cache add');
    expect((await rss()) - peak).toBeLessThan(6 * 1024);
  } finally {
    await machine.vm('rm -rf /work-in; docker image prune -af >/dev/null');
  }
});

it('copies a source into what an earlier one has put there, links and all', async () => {
  const dockerfile = 'FROM scratch\nCOPY first second /x/\nADD a.tar second /y/\nCOPY out/dir/file /z\n';
  const context = tarOf(
    { name: 'Dockerfile', content: dockerfile.replace(/COPY out.*\n/, '') },
    { name: 'first/dir', type: '2', link: '/outside/dir' },
    { name: 'second/dir/file', content: 'owned' },
    { name: 'a.tar', content: tarOf({ name: 'dir', type: '2', link: '/outside/dir' }) },
  );
  const out = tarOf(
    { name: 'Dockerfile', content: 'FROM scratch\nCOPY out/dir/file /z\n' },
    { name: 'out', type: '2', link: '/outside' },
  );
  await machine.vm('mkdir -p /work-in');
  try {
    await put('/work-in/a.tar', context);
    await put('/work-in/out.tar', out);
    expect(await outcome('docker build -q - <a.tar')).toMatch(/^sha256:/);
    expect(await outcome('docker build -q - <out.tar')).toContain('file not found in build context');
  } finally {
    await machine.vm('rm -rf /work-in; docker image prune -af >/dev/null');
  }
});

/** A registry with one image, whose layer is the archive; and a file whose name wants out. */
function registry(layer: Buffer): Server {
  const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const config = Buffer.from(
    JSON.stringify({
      architecture: '386',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digest(layer)] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digest(config), size: config.length },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digest(layer), size: layer.length }],
    }),
  );
  const blobs = new Map([layer, config].map((bytes) => [digest(bytes), bytes]));
  return createServer((request, response) => {
    const { url = '' } = request;
    const found = /blobs\/(.*)$/.exec(url);
    const body = found ? blobs.get(found[1] ?? '') : /manifests/.test(url) ? manifest : Buffer.from('owned');
    response.setHeader(
      'Content-Type',
      found ? 'application/octet-stream' : 'application/vnd.oci.image.manifest.v1+json',
    );
    response.setHeader('Docker-Content-Digest', digest(manifest));
    response.statusCode = body ? 200 : 404;
    response.end(body);
  });
}

it('pulls a layer that wants out, and a file of a URL whose name does', async () => {
  const layer = tarOf({ name: '../../../../outside/dir/file', content: 'owned' });
  const server = registry(layer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `host.docker.internal:${(server.address() as AddressInfo).port}`;
  await machine.vm('mkdir -p /work-in/add');
  try {
    expect(await outcome(`docker pull ${host}/evil:1`)).toMatch(/failed to register layer: ".*" is outside of "\/"/);
    const url = `http://${host}/a/..%2f..%2f..%2f..%2f..%2f..%2foutside%2fdir%2ffile`;
    await put('/work-in/add/Dockerfile', Buffer.from(`FROM busybox\nADD ${url} /x/\nRUN cat /x/file\n`));
    expect(await outcome('docker build --no-cache add')).toContain('owned');
    await outcome(`docker build -f ../../../../../../outside/dir/file ${url}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await machine.vm('rm -rf /work-in; docker image prune -af >/dev/null');
  }
});

it('copies out of and into a container through its links, and never around it', async () => {
  const { ok, vm } = machine;
  await ok(
    'exec',
    'box',
    'sh',
    '-c',
    'mkdir /links; cd /links; ln -s /outside/dir a; ln -s ../../../../../outside/dir b; ln -s /outside/secret s',
  );
  await vm('mkdir -p /work-in; echo owned >/work-in/file');
  try {
    for (const link of ['a', 'b']) {
      expect(await outcome(`docker cp file box:/links/${link}/file`)).toContain('Could not find the file');
      expect(await outcome(`docker cp box:/links/${link}/file got`)).toContain('Could not find the file');
    }
    expect(await outcome('docker cp -L box:/links/s got; cat got 2>&1')).not.toContain('secret\n');
  } finally {
    await vm('rm -rf /work-in; docker exec box rm -rf /links');
  }
});

it('mounts nothing outside where the container has moved a mount point’s directory and left a link there', async () => {
  const { ok, vm } = machine;
  await ok('run', '-d', '--name', 'mover', '-v', 'moved:/srv/in', 'busybox', 'sleep', '100000');
  await vm('mkdir -p /work-in/in; echo owned >/work-in/file; cp /work-in/file /work-in/in/file');
  try {
    for (const link of ['/outside', '/outside/dir', '../../../../../../outside']) {
      await ok('exec', 'mover', 'sh', '-c', `[ -d /old ] || mv /srv /old; rm -f /srv; ln -s ${link} /srv`);
      const said = await outcome(
        'docker cp . mover:/srv; docker cp file mover:/srv/in/file; docker cp mover:/srv/in -',
      );
      expect(said).not.toMatch(/secret|untouched/);
    }
  } finally {
    await ok('rm', '-f', 'mover');
    await vm('docker volume rm moved; rm -rf /work-in');
  }
  expect(await vm(`grep -E 'outside|moved' /proc/self/mountinfo; true`)).toBe('');
});

it('holds on to the directory that was meant while the container swaps it for a link', async () => {
  const { ok, vm } = machine;
  const swap =
    'cd /data; mkdir -p d keep; echo inside >d/file; ln -s /outside/dir l; while :; do mv d keep/d; mv l d; mv d l; mv keep/d d; done';
  await ok('run', '-d', '--name', 'swapper', '-v', 'data:/data', 'busybox', 'sh', '-c', swap);
  await vm(
    'mkdir -p /work-in; echo owned >/work-in/file; until [ -e /var/lib/docker/volumes/data/_data/l ]; do usleep 20000; done',
  );
  try {
    const said = await outcome(`for i in 1 2; do
        docker cp file box:/data/d/; docker cp box:/data/d/file - | tar xO
        docker run --rm --mount type=volume,src=data,dst=/v,volume-subpath=d busybox sh -c 'cat /v/*; echo owned >/v/file'
        docker run --rm -v data:/v -v /work-in:/v/d busybox sh -c 'ls /v/d' ; done`);
    expect(said).not.toContain('untouched');
  } finally {
    await ok('rm', '-f', 'swapper');
    await vm('rm -rf /work-in; docker exec box sh -c "rm -rf /data/*"');
  }
});
