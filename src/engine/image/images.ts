// The image store: configs by digest (imagedb) and names (repositories.json), with Docker's rules for finding, tagging
// and removing. Layers are shared: an image holds its top layer, and a layer goes when nothing holds it any more.
import { conflict, invalidParameter, notFound } from '../dockerd/errors.ts';
import { readJson, writeDurably, writeWhole } from '../dockerd/store.ts';
import * as sys from '../sys/index.ts';
import { chainIdsOf, type LayerStore } from './layers.ts';
import { familiar, familiarName, parseReference, suffix, withDefaultTag, type Reference } from './reference.ts';
import type { ImageConfig } from './types.ts';

export interface Image {
  /** `sha256:…`, the digest of the config file. */
  readonly id: string;
  readonly config: ImageConfig;
  readonly chainIds: readonly string[];
  /** Sum of its layers. */
  readonly sizeBytes: number;
  /** The image that a build step or commit started from. */
  readonly parent: string | undefined;
  /** When it was last given a name, in Unix seconds; 0 never. */
  lastTagged: number;
}

/** familiar repository name → familiar full reference → image ID, as in Docker's repositories.json. */
type Repositories = Record<string, Record<string, string>>;

export class ImageStore {
  private readonly images = new Map<string, Image>();
  /** By their parent's ID: what a build's cache asks for at every step. */
  private readonly childrenOf = new Map<string, Set<Image>>();
  private repositories: Repositories = {};
  /** Changes with every name that is given or taken away: what was made of names before is out of date. */
  namesVersion = 0;
  private readonly db: string;

  constructor(
    private readonly root: string,
    readonly layers: LayerStore,
  ) {
    this.db = `${root}/image/overlay2/imagedb`;
    sys.mkdirAll(`${this.db}/content/sha256`, 0o700);
    sys.mkdirAll(`${this.db}/metadata/sha256`, 0o700);
    this.load();
  }

  all(): Image[] {
    return [...this.images.values()];
  }

  get(id: string): Image | undefined {
    return this.images.get(id);
  }

  /** By name, ID, or unique beginning of an ID. */
  find(nameOrId: string): Image | undefined {
    const byName = this.byReference(nameOrId);
    if (byName) return byName;
    const digits = nameOrId.startsWith('sha256:') ? nameOrId.slice(7) : nameOrId;
    if (!/^[a-f0-9]{1,64}$/.test(digits)) return undefined;
    let found: Image | undefined;
    for (const image of this.images.values()) {
      if (!image.id.startsWith(`sha256:${digits}`)) continue;
      if (found) throw invalidParameter(`ambiguous image reference: ${nameOrId}`);
      found = image;
    }
    return found;
  }

  /** As find, with Docker's words when there is none: they make `docker run` pull. */
  require(nameOrId: string): Image {
    const image = this.find(nameOrId);
    if (image) return image;
    if (/^sha256:[a-f0-9]+$/.test(nameOrId)) throw notFound(`No such image: ${nameOrId}`);
    throw notFound(`No such image: ${familiar(withDefaultTag(parseReference(nameOrId)))}`);
  }

  /** By a name alone, never by an ID. */
  byName(text: string): Image | undefined {
    return this.byReference(text);
  }

  /** Tags of a repository (familiar name) and what they name, in the order of their spelling. */
  tagsOf(repository: string): [tag: string, image: Image][] {
    return Object.entries(this.repositories[repository] ?? {})
      .filter(([name]) => !name.includes('@'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, id]): [string, Image][] => {
        const image = this.images.get(id);
        return image ? [[name.slice(repository.length + 1), image]] : [];
      });
  }

  /** The config file itself, whose sha256 is the ID. */
  configText(id: string): string {
    return sys.readText(`${this.db}/content/sha256/${id.slice(7)}`);
  }

  private byReference(text: string): Image | undefined {
    let ref: Reference;
    try {
      ref = withDefaultTag(parseReference(text));
    } catch {
      return undefined;
    }
    const names = this.repositories[familiarName(ref)];
    const id =
      names?.[familiar(ref)] ?? (ref.digest === undefined ? undefined : names?.[`${familiarName(ref)}@${ref.digest}`]);
    return id === undefined ? undefined : this.images.get(id);
  }

  /** Adds an image whose layers are in the layer store; the same bytes twice are one image. */
  add(configText: string, parent?: string): Image {
    const id = sys.sha256Digest(configText);
    const existing = this.images.get(id);
    if (existing) return existing;
    if (parent !== undefined) writeWhole(this.metadataPath(id), { parent, lastTagged: 0 });
    sys.writeFileAtomic(`${this.db}/content/sha256/${id.slice(7)}`, configText, 0o600, true);
    return this.remember(id, configText, parent, 0);
  }

  /** Names of an image, familiar, in the order of their spelling: tags, then digests. */
  names(id: string): { tags: string[]; digests: string[] } {
    const tags: string[] = [];
    const digests: string[] = [];
    for (const repository of Object.values(this.repositories)) {
      for (const [name, target] of Object.entries(repository))
        if (target === id) (name.includes('@') ? digests : tags).push(name);
    }
    return { tags: tags.sort(), digests: digests.sort() };
  }

  /** Points a name at an image; returns the ID that had the name before. */
  tag(ref: Reference, id: string): string | undefined {
    const repository = (this.repositories[familiarName(ref)] ??= {});
    const name = familiarName(ref) + suffix(ref);
    const before = repository[name];
    if (before === id) return before;
    repository[name] = id;
    const image = this.images.get(id);
    if (image && ref.tag !== undefined) {
      image.lastTagged = sys.realtime().seconds;
      writeWhole(this.metadataPath(id), { parent: image.parent, lastTagged: image.lastTagged });
    }
    this.saveNames();
    return before;
  }

  /** Takes a familiar name away. */
  untag(name: string): void {
    for (const [repository, names] of Object.entries(this.repositories)) {
      if (!(name in names)) continue;
      delete names[name];
      if (Object.keys(names).length === 0) delete this.repositories[repository];
      this.saveNames();
      return;
    }
    throw notFound(`No such image: ${name}`);
  }

  children(id: string): Image[] {
    return [...(this.childrenOf.get(id) ?? [])];
  }

  /** Removes an image that has no names, and every layer that only it used: their digests, topmost first. */
  remove(image: Image): string[] {
    if (this.names(image.id).tags.length > 0) throw conflict(`image ${image.id} still has names`);
    for (const name of this.names(image.id).digests) this.untag(name);
    this.forget(image);
    sys.removeQuietly(`${this.db}/content/sha256/${image.id.slice(7)}`);
    sys.removeQuietly(this.metadataPath(image.id));
    return this.collectLayers(image.chainIds);
  }

  /** Layers of a chain that no image holds any more, topmost first. */
  private collectLayers(chainIds: readonly string[]): string[] {
    const held = new Set<string>();
    for (const image of this.images.values()) for (const id of image.chainIds) held.add(id);
    const removed: string[] = [];
    for (const id of chainIds.toReversed()) {
      const layer = this.layers.get(id);
      if (!layer || held.has(id)) continue;
      this.layers.remove(layer);
      removed.push(id);
    }
    return removed;
  }

  /** Layers without an image, as a cut in the middle of a pull leaves them, in an order that can be removed. */
  collectOrphans(): void {
    const chains = [...this.layers.all()].map((layer) =>
      this.layers
        .chain(layer.chainId)
        .map(({ chainId }) => chainId)
        .toReversed(),
    );
    for (const chain of chains) this.collectLayers(chain);
  }

  private metadataPath(id: string): string {
    return `${this.db}/metadata/sha256/${id.slice(7)}`;
  }

  private remember(id: string, configText: string, parent: string | undefined, lastTagged: number): Image {
    const config = JSON.parse(configText) as ImageConfig;
    const chainIds = chainIdsOf(config.rootfs.diff_ids);
    const sizeBytes = chainIds.reduce((sum, chainId) => sum + (this.layers.get(chainId)?.sizeBytes ?? 0), 0);
    const image: Image = { id, config, chainIds, sizeBytes, parent, lastTagged };
    this.images.set(id, image);
    if (parent !== undefined) {
      const siblings = this.childrenOf.get(parent);
      if (siblings) siblings.add(image);
      else this.childrenOf.set(parent, new Set([image]));
    }
    return image;
  }

  private forget(image: Image): void {
    this.images.delete(image.id);
    if (image.parent === undefined) return;
    const siblings = this.childrenOf.get(image.parent);
    siblings?.delete(image);
    if (siblings?.size === 0) this.childrenOf.delete(image.parent);
  }

  private saveNames(): void {
    this.namesVersion += 1;
    writeDurably(`${this.root}/image/overlay2/repositories.json`, { Repositories: this.repositories });
  }

  private load(): void {
    for (const name of sys.listNames(`${this.db}/content/sha256`)) {
      const text = sys.readTextIfExists(`${this.db}/content/sha256/${name}`);
      if (text === undefined || sys.sha256Hex(text) !== name) continue;
      const metadata = readJson(`${this.db}/metadata/sha256/${name}`) as
        { parent?: string; lastTagged?: number } | undefined;
      const image = this.remember(`sha256:${name}`, text, metadata?.parent, metadata?.lastTagged ?? 0);
      if (image.chainIds.some((chainId) => !this.layers.get(chainId))) this.forget(image);
    }
    const saved = readJson(`${this.root}/image/overlay2/repositories.json`) as
      { Repositories?: Repositories } | undefined;
    for (const [repository, names] of Object.entries(saved?.Repositories ?? {})) {
      const alive = Object.entries(names).filter(([, id]) => this.images.has(id));
      if (alive.length > 0) this.repositories[repository] = Object.fromEntries(alive);
    }
  }
}
