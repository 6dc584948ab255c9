// Builds public/registry/ from Debian's i386 packages: OCI blobs, repositories.json (which digest a tag means), manifest.json
// (where every byte comes from). Run as root on Debian: npx tsx guest/images/build.ts [--relock]. Prints what each image costs.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  debEntries,
  fetchDeb,
  licenceOf,
  manifestInput,
  type LockedPackage,
  type ManifestInput,
} from '../rootfs/deb.ts';
import { bootstrap, clean, copyTree, extract, inside, install, onTop } from './chroot.ts';
import { IMAGES, STEPS, type Image, type Step } from './images.ts';
import { difference, readTree, type Tree } from './layer.ts';
import { writeImage, writeLayer, type Descriptor, type History, type Layer } from './oci.ts';
import { resolve, type Lock } from './resolve.ts';
import { busybox, helloWorld } from './small.ts';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '../../public/registry');
const lockPath = join(here, 'lock.json');

interface Built {
  readonly layers: readonly Layer[];
  readonly history: readonly History[];
  readonly packages: readonly LockedPackage[];
  /** Directories to mount, lowest first, and what they amount to. */
  readonly roots: readonly string[];
  readonly tree: Tree;
}

const scratch = mkdtempSync(join(tmpdir(), 'drydock-images-'));
/** Takes the place of `output` only when it is whole. */
const registry = join(scratch, 'registry');
const nothing: Built = { layers: [], history: [], packages: [], roots: [], tree: new Map() };
const inputs = new Map<string, ManifestInput>();

function note(root: string, packages: readonly LockedPackage[]): void {
  for (const locked of packages) {
    const copyright = join(root, 'usr/share/doc', locked.name, 'copyright');
    const text = existsSync(copyright) ? readFileSync(copyright, 'utf8') : '';
    inputs.set(locked.name, manifestInput(locked, licenceOf(locked, text)));
  }
}

function fill(root: string, step: Step, packages: readonly LockedPackage[], extracted: readonly LockedPackage[]): Tree {
  const tree = step.tree === undefined ? undefined : join(here, step.tree);
  if (step.from === undefined) bootstrap(root, packages, tree ?? '');
  else {
    if (step.prepare !== undefined) inside(root, ['sh', '-ec', step.prepare]);
    install(root, packages);
    for (const { package: name, files } of step.extract ?? []) {
      const locked = extracted.find((candidate) => candidate.name === name);
      if (locked === undefined) throw new Error(`${name} is not in lock.json: run with --relock`);
      extract(root, fetchDeb(locked), name, files);
    }
    if (tree !== undefined) copyTree(tree, root);
  }
  if (step.run !== undefined) inside(root, ['sh', '-ec', step.run]);
  clean(root);
  note(root, [...packages, ...extracted]);
  return readTree(root);
}

function build(step: Step, below: Built, lock: Lock, scratch: string): Built {
  const packages = lock[step.name] ?? [];
  const extracted = lock[`${step.name}/extract`] ?? [];
  mkdirSync(scratch);
  const overlaid = below.roots.length > 0;
  const tree = overlaid
    ? onTop(scratch, below.roots, (root) => fill(root, step, packages, extracted))
    : fill(scratch, step, packages, extracted);
  return {
    layers: [...below.layers, writeLayer(registry, difference(below.tree, tree))],
    history: [...below.history, { created_by: step.createdBy }],
    packages: [...below.packages, ...packages, ...extracted],
    roots: [...below.roots, overlaid ? join(scratch, 'diff') : scratch],
    tree,
  };
}

/** What the configuration adds to the history, as a Dockerfile would have. */
function configHistory(image: Image): History[] {
  const { ExposedPorts = {}, Entrypoint, Cmd, StopSignal } = image.config;
  return [
    ...Object.keys(ExposedPorts).map((port) => `EXPOSE ${port}`),
    ...(StopSignal === undefined ? [] : [`STOPSIGNAL ${StopSignal}`]),
    ...(Entrypoint === undefined ? [] : [`ENTRYPOINT ${JSON.stringify(Entrypoint)}`]),
    ...(Cmd === undefined ? [] : [`CMD ${JSON.stringify(Cmd)}`]),
  ].map((created_by) => ({ created_by, empty_layer: true }));
}

/** "1:1.35.0-4+deb12u1" is upstream's 1.35.0. */
function upstreamVersion(image: Image, packages: readonly LockedPackage[]): string {
  if (image.versionOf === undefined) return '';
  const locked = packages.find((candidate) => candidate.name === image.versionOf);
  if (locked === undefined) throw new Error(`${image.repository}: ${image.versionOf} is not in the image`);
  return locked.version.replace(/^\d+:/, '').replace(/[-+~].*$/, '');
}

function readLock(): Lock {
  if (process.argv.includes('--relock')) writeFileSync(lockPath, `${JSON.stringify(resolve(STEPS), null, 2)}\n`);
  return JSON.parse(readFileSync(lockPath, 'utf8')) as Lock;
}

function buildSteps(lock: Lock): Map<string, Built> {
  const built = new Map<string, Built>();
  const hello = writeLayer(registry, helloWorld(join(here, 'hello.c')));
  built.set('hello-world', {
    ...nothing,
    layers: [hello],
    history: [{ created_by: 'COPY hello / # from guest/images/hello.c' }],
  });
  const [busyboxPackage] = lock['busybox'] ?? [];
  if (busyboxPackage === undefined) throw new Error('lock.json has no busybox: run with --relock');
  const layer = writeLayer(registry, busybox(busyboxPackage, join(here, 'busybox/etc')));
  built.set('busybox', {
    ...nothing,
    layers: [layer],
    history: [{ created_by: 'ADD busybox.tar / # busybox-static' }],
    packages: [busyboxPackage],
  });
  for (const step of STEPS) {
    const below = step.from === undefined ? nothing : built.get(step.from);
    if (below === undefined)
      throw new Error(`${step.name} stands on ${String(step.from)}, which comes later or not at all`);
    console.log(`building ${step.name} (${lock[step.name]?.length ?? 0} packages)`);
    built.set(step.name, build(step, below, lock, join(scratch, `root-${step.name}`)));
  }
  const copyright = debEntries(fetchDeb(busyboxPackage)).find(
    (entry) => entry.path === 'usr/share/doc/busybox-static/copyright',
  );
  inputs.set(
    'busybox-static',
    manifestInput(busyboxPackage, licenceOf(busyboxPackage, copyright?.content?.toString('utf8') ?? '')),
  );
  return built;
}

type Tags = Record<string, Record<string, Descriptor>>;

function describe(image: Image, built: Built, tags: Tags): object {
  const version = upstreamVersion(image, built.packages);
  const named = (text: string): string => text.replace('VERSION', version);
  const config = {
    ...image.config,
    Env: (image.config.Env ?? []).map((text) => text.replace(/=VERSION$/, `=${version}`)),
  };
  const index = writeImage(registry, built.layers, config, [...built.history, ...configHistory(image)]);
  tags[image.repository] = Object.fromEntries(image.tags.map((tag) => [named(tag), index]));
  const compressed = built.layers.reduce((total, layer) => total + layer.descriptor.size, 0);
  const sizes = built.layers.map(
    (layer) => `${layer.descriptor.size} (${layer.files} entries, ${layer.unpackedBytes} unpacked)`,
  );
  console.log(`${image.repository}:${image.tags.map(named).join(',')}  ${compressed} bytes = ${sizes.join(' + ')}`);
  return {
    repository: image.repository,
    tags: image.tags.map(named),
    digest: index.digest,
    compressedBytes: compressed,
    layers: built.layers.map((layer) => ({
      digest: layer.descriptor.digest,
      bytes: layer.descriptor.size,
      unpackedBytes: layer.unpackedBytes,
    })),
    packages: built.packages.map((locked) => `${locked.name} ${locked.version}`).sort(),
  };
}

const lock = readLock();
mkdirSync(registry);
try {
  const built = buildSteps(lock);
  const tags: Tags = {};
  const images = IMAGES.map((image) => describe(image, built.get(image.step) ?? nothing, tags));
  writeFileSync(join(registry, 'repositories.json'), `${JSON.stringify({ repositories: tags }, null, 2)}\n`);
  const manifest = {
    name: 'registry',
    recipe: 'guest/images/build.ts',
    licence:
      'each package its own, named in inputs; texts in each image under /usr/share/doc/PACKAGE/copyright. hello-world: MIT, as this repository',
    source: 'the Debian source package of each input',
    images,
    inputs: [...inputs.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  writeFileSync(join(registry, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  rmSync(output, { recursive: true, force: true });
  cpSync(registry, output, { recursive: true });
} finally {
  if (!process.argv.includes('--keep')) rmSync(scratch, { recursive: true, force: true });
  else console.log(`roots kept in ${scratch}`);
}
