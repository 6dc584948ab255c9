// The overlay2 store: one directory a layer under <root>/overlay2, and the records that tie them to images under
// <root>/image/overlay2/layerdb. Called by pull, load, commit, build and the container life cycle.
// The directory layout is Docker's: https://docs.docker.com/engine/storage/drivers/overlayfs-driver/
import { readJson, writeWhole } from '../dockerd/store.ts';
import { removeTreeInSlices } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { makeInitLayer } from './init-layer.ts';

/** One read-only layer. Its chain id names it together with everything beneath it. */
export interface Layer {
  readonly chainId: string;
  readonly diffId: string;
  readonly parent: string | undefined;
  /** Name of its directory under overlay2/. */
  readonly cacheId: string;
  /** Its short name under overlay2/l/, which keeps mount options short. */
  readonly link: string;
  readonly sizeBytes: number;
  /** Length of its tar, which `docker save` has to know before the first byte. */
  readonly tarBytes?: number;
  /** The bytes that it came as, kept in blobs/: save and push give them back as they were. Missing for a layer made here. */
  readonly blob?: LayerBlob;
  /** Under which digests registries have it besides: a push of it asks there first. */
  readonly pushed?: readonly LayerBlob[];
}

/** A layer as one blob of a repository (`docker.io/library/nginx`; '' for one that came in an archive). */
export interface LayerBlob {
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly repository: string;
}

/** A directory that is being filled and has no chain id yet. */
export interface NewLayer {
  readonly cacheId: string;
  readonly link: string;
  readonly diffDir: string;
}

/** A container's own layer and what it mounts. */
export interface ContainerLayer {
  readonly mountId: string;
  /** Chain id of the image's top layer; undefined for an image without layers. */
  readonly parent: string | undefined;
  /** Directories that overlay stacks under the upper one, topmost first: the init layer, then the image's. */
  readonly lowerDirs: readonly string[];
  readonly upperDir: string;
  readonly workDir: string;
  readonly mergedDir: string;
}

/** chainID(top) = sha256(chainID(beneath) + ' ' + diffID). OCI image-spec config.md, "Layer ChainID" */
export function chainIdOf(parent: string | undefined, diffId: string): string {
  return parent === undefined ? diffId : sys.sha256Digest(`${parent} ${diffId}`);
}

export function chainIdsOf(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) chain.push(chainIdOf(chain.at(-1), diffId));
  return chain;
}

export class LayerStore {
  private readonly layers = new Map<string, Layer>();
  private readonly overlay: string;
  /** What is being removed, and goes at the next start at the latest. */
  private readonly grave: string;
  private readonly db: string;
  private readonly blobs: string;
  /** Docker makes one for each container; they are all the same, so here there is one. */
  private readonly init: { readonly cacheId: string; readonly link: string };
  /** Mounted merged directories and how many use them (the container, `docker cp`). */
  private readonly mounted = new Map<string, number>();

  constructor(root: string) {
    this.overlay = `${root}/overlay2`;
    this.grave = `${root}/tmp`;
    this.db = `${root}/image/overlay2/layerdb`;
    this.blobs = `${root}/image/overlay2/blobs/sha256`;
    for (const dir of [`${this.overlay}/l`, `${this.db}/sha256`, `${this.db}/mounts`, `${this.db}/tmp`, this.blobs])
      sys.mkdirAll(dir, 0o710);
    this.load();
    this.init = this.openInitLayer();
  }

  get(chainId: string): Layer | undefined {
    return this.layers.get(chainId);
  }

  all(): IterableIterator<Layer> {
    return this.layers.values();
  }

  diffDir(layer: { readonly cacheId: string }): string {
    return `${this.overlay}/${layer.cacheId}/diff`;
  }

  /** The layer and all beneath it, topmost first. */
  chain(top: string | undefined): Layer[] {
    const chain: Layer[] = [];
    for (let id = top; id !== undefined;) {
      const layer = this.layers.get(id);
      if (!layer) break;
      chain.push(layer);
      id = layer.parent;
    }
    return chain;
  }

  /** Makes the directory of a layer that is about to be unpacked. */
  begin(): NewLayer {
    const cacheId = sys.randomHex(32);
    return { cacheId, link: this.makeDirectory(cacheId), diffDir: `${this.overlay}/${cacheId}/diff` };
  }

  /** Gives a filled directory its place. If the same layer is there already, the new directory goes. */
  commit(
    made: NewLayer,
    parent: string | undefined,
    diffId: string,
    sizeBytes: number,
    more: Pick<Layer, 'tarBytes' | 'blob'> = {},
  ): Layer {
    const chainId = chainIdOf(parent, diffId);
    const existing = this.layers.get(chainId);
    if (existing) {
      this.discard(made);
      return existing;
    }
    if (parent !== undefined) sys.writeFile(`${this.overlay}/${made.cacheId}/lower`, this.lowerLinks(parent).join(':'));
    const { cacheId, link } = made;
    const layer: Layer = { chainId, diffId, parent, cacheId, link, sizeBytes, ...more };
    // A file's bytes are given their place on the disk long after it was written: without this a record would outlive them.
    if (sizeBytes > 0) sys.syncfs(`${this.overlay}/${cacheId}/link`);
    sys.mkdirAll(`${this.db}/sha256/${hex(chainId)}`);
    return this.save(layer);
  }

  /** A registry has this layer under this digest now. */
  addPushed(layer: Layer, blob: LayerBlob): void {
    const known = this.layers.get(layer.chainId);
    if (!known) return;
    const others = (known.pushed ?? []).filter((one) => one.repository !== blob.repository);
    this.save({ ...known, pushed: [...others, blob] });
  }

  private save(layer: Layer): Layer {
    writeWhole(`${this.db}/sha256/${hex(layer.chainId)}/layer.json`, layer);
    this.layers.set(layer.chainId, layer);
    return layer;
  }

  /** Where the blob of this digest lies, if it was kept. */
  blobPath(digest: string): string {
    return `${this.blobs}/${hex(digest)}`;
  }

  /** A file beside the blobs for one that is still coming; keepBlob or sys.removeQuietly ends it. */
  newBlobPath(): string {
    return `${this.blobs}/.new-${sys.randomHex(8)}`;
  }

  keepBlob(path: string, digest: string): void {
    sys.rename(path, this.blobPath(digest));
  }

  /** Removes kept blobs that no layer has. */
  private dropBlobs(): void {
    const held = new Set<string>();
    for (const { blob } of this.layers.values()) if (blob) held.add(hex(blob.digest));
    for (const name of sys.listNames(this.blobs)) if (!held.has(name)) sys.removeQuietly(`${this.blobs}/${name}`);
  }

  /** It is gone by its name at once, and bit by bit from the disk: treesRemoved() tells when. */
  discard(made: { readonly cacheId: string; readonly link: string }): void {
    sys.removeQuietly(`${this.overlay}/l/${made.link}`);
    removeTreeInSlices(`${this.overlay}/${made.cacheId}`, this.grave);
  }

  /** Takes a layer away; its record goes first, so that a cut leaves a stray directory and never a record without one. */
  remove(layer: Layer): void {
    this.layers.delete(layer.chainId);
    sys.removeTree(`${this.db}/sha256/${hex(layer.chainId)}`);
    this.discard(layer);
    const { blob } = layer;
    const shared = blob && [...this.layers.values()].some((other) => other.blob?.digest === blob.digest);
    if (blob && !shared) sys.removeQuietly(this.blobPath(blob.digest));
  }

  /** Makes the writable layer of a container; the init layer (mount points such as /etc/hosts) lies between it and the image. */
  createContainerLayer(containerId: string, parent: string | undefined): ContainerLayer {
    const mountId = sys.randomHex(32);
    const link = this.makeDirectory(mountId);
    const lower = [`l/${this.init.link}`, ...(parent === undefined ? [] : this.lowerLinks(parent))];
    sys.writeFile(`${this.overlay}/${mountId}/lower`, lower.join(':'));
    sys.writeFile(this.mountRecord(containerId), JSON.stringify({ mountId, link, parent }));
    return this.describe(mountId, parent);
  }

  containerLayer(containerId: string): ContainerLayer | undefined {
    const record = readJson(this.mountRecord(containerId)) as { mountId: string; parent?: string } | undefined;
    return record && this.describe(record.mountId, record.parent);
  }

  removeContainerLayer(containerId: string): void {
    const path = this.mountRecord(containerId);
    const record = readJson(path) as { mountId: string; link: string } | undefined;
    if (record) {
      // Still mounted only if dockerd was killed while the container ran.
      this.mounted.delete(record.mountId);
      sys.umountQuietly(`${this.overlay}/${record.mountId}/merged`);
      this.discard({ cacheId: record.mountId, link: record.link });
    }
    sys.removeQuietly(path);
  }

  private mountRecord(containerId: string): string {
    return `${this.db}/mounts/${containerId}.json`;
  }

  /** Mounts the stack; a second caller shares it. mount -t overlay overlay -o lowerdir=…,upperdir=…,workdir=… merged */
  mount(layer: ContainerLayer): string {
    const users = this.mounted.get(layer.mountId) ?? 0;
    if (users === 0) {
      const lower = sys.readText(`${this.overlay}/${layer.mountId}/lower`).split(':');
      const lowerdir = lower.map((link) => `${this.overlay}/${link}`).join(':');
      const options = `lowerdir=${lowerdir},upperdir=${layer.upperDir},workdir=${layer.workDir}`;
      sys.mkdirAll(layer.mergedDir, 0o700);
      sys.mount('overlay', layer.mergedDir, 'overlay', 0, options);
    }
    this.mounted.set(layer.mountId, users + 1);
    return layer.mergedDir;
  }

  unmount(layer: ContainerLayer): void {
    const users = this.mounted.get(layer.mountId) ?? 0;
    if (users > 1) {
      this.mounted.set(layer.mountId, users - 1);
      return;
    }
    this.mounted.delete(layer.mountId);
    sys.umountQuietly(layer.mergedDir);
    sys.removeQuietly(layer.mergedDir);
  }

  /** After a restart of dockerd: this container runs, so its mount is there. */
  adopt(layer: ContainerLayer): void {
    this.mounted.set(layer.mountId, 1);
  }

  /** Removes directories that belong to no layer and no container: what a crash left half-made. */
  collectStray(): void {
    const known = new Set(['l', this.init.cacheId]);
    for (const layer of this.layers.values()) known.add(layer.cacheId);
    for (const id of this.containerIds()) {
      const layer = this.containerLayer(id);
      if (layer) known.add(layer.mountId);
    }
    for (const name of sys.listNames(this.overlay)) {
      if (known.has(name)) continue;
      const link = sys.readTextIfExists(`${this.overlay}/${name}/link`);
      sys.umountQuietly(`${this.overlay}/${name}/merged`);
      this.discard({ cacheId: name, link: link ?? 'none' });
    }
    this.dropBlobs();
  }

  containerIds(): string[] {
    return sys.listNames(`${this.db}/mounts`).map((name) => name.replace(/\.json$/, ''));
  }

  private describe(mountId: string, parent: string | undefined): ContainerLayer {
    const dir = `${this.overlay}/${mountId}`;
    const lowerDirs = [this.diffDir(this.init), ...this.chain(parent).map((layer) => this.diffDir(layer))];
    return { mountId, parent, lowerDirs, upperDir: `${dir}/diff`, workDir: `${dir}/work`, mergedDir: `${dir}/merged` };
  }

  private lowerLinks(top: string): string[] {
    return this.chain(top).map((layer) => `l/${layer.link}`);
  }

  /** overlay2/<cacheId>/{diff,work,link} and the short link to diff; returns the link's name. */
  private makeDirectory(cacheId: string): string {
    const dir = `${this.overlay}/${cacheId}`;
    const link = shortName();
    sys.mkdir(dir, 0o710);
    sys.mkdir(`${dir}/diff`, 0o755);
    sys.mkdir(`${dir}/work`, 0o700);
    sys.writeFile(`${dir}/link`, link);
    sys.symlink(`../${cacheId}/diff`, `${this.overlay}/l/${link}`);
    return link;
  }

  private openInitLayer(): { cacheId: string; link: string } {
    const path = `${this.db}/init.json`;
    const known = readJson(path) as { cacheId: string; link: string } | undefined;
    if (known && sys.exists(`${this.overlay}/${known.cacheId}/diff/.dockerenv`)) return known;
    const cacheId = `${sys.randomHex(32)}-init`;
    const link = this.makeDirectory(cacheId);
    makeInitLayer(`${this.overlay}/${cacheId}/diff`);
    writeWhole(path, { cacheId, link });
    return { cacheId, link };
  }

  private load(): void {
    for (const name of sys.listNames(`${this.db}/sha256`)) {
      const layer = readJson(`${this.db}/sha256/${name}/layer.json`) as Layer | undefined;
      if (layer && hex(layer.chainId) === name) this.layers.set(layer.chainId, layer);
    }
  }
}

function hex(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** 26 letters and digits, as the short links of overlay2 have. */
const shortName = (): string => sys.randomHex(13).toUpperCase();
