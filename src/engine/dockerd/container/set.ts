// All containers of this engine: found by ID, unique beginning of an ID, or name; saved under containers/<id>/.
import * as sys from '../../sys/index.ts';
import { conflict, invalidParameter, notFound } from '../errors.ts';
import { readJson, writeDurably, writeReplacing } from '../store.ts';
import { revive, saved, type Container, type Saved } from './container.ts';
import { generateName, NAME_PATTERN } from './names.ts';
import type { HostConfig } from './types.ts';
import type { LayerStore } from '../../image/layers.ts';

export class ContainerSet {
  private readonly byId = new Map<string, Container>();
  /** Name → container ID. A name is taken before its container exists. */
  private readonly names = new Map<string, string>();
  private readonly dir: string;

  constructor(
    root: string,
    private readonly layers: LayerStore,
  ) {
    this.dir = `${root}/containers`;
    sys.mkdirAll(this.dir, 0o710);
  }

  directory(id: string): string {
    return `${this.dir}/${id}`;
  }

  /** Newest first, as `docker ps` lists them. */
  all(): Container[] {
    return [...this.byId.values()].reverse();
  }

  get size(): number {
    return this.byId.size;
  }

  get(id: string): Container | undefined {
    return this.byId.get(id);
  }

  find(nameOrId: string): Container | undefined {
    const exact = this.byId.get(nameOrId);
    if (exact) return exact;
    const named = this.names.get(nameOrId.startsWith('/') ? nameOrId.slice(1) : nameOrId);
    if (named !== undefined) return this.byId.get(named);
    if (nameOrId.includes('/')) return this.findLinked(nameOrId);
    if (!/^[a-f0-9]+$/.test(nameOrId)) return undefined;
    let found: Container | undefined;
    for (const [id, container] of this.byId) {
      if (!id.startsWith(nameOrId)) continue;
      if (found) throw invalidParameter(`Multiple IDs found with provided prefix: ${nameOrId}`);
      found = container;
    }
    return found;
  }

  /** `web/store`: where web's link of that name leads to. */
  private findLinked(name: string): Container | undefined {
    const [, parent = '', alias] = /^\/?([^/]+)\/([^/]+)$/.exec(name) ?? [];
    const link = this.byId.get(this.names.get(parent) ?? '')?.links?.find((one) => one.alias === alias);
    return link && this.byId.get(link.id);
  }

  require(nameOrId: string): Container {
    if (nameOrId === '') throw invalidParameter('invalid name or ID supplied: ""');
    const container = this.find(nameOrId);
    if (!container) throw notFound(`No such container: ${nameOrId}`);
    return container;
  }

  /** Takes a name for an ID, or makes one up. */
  reserve(wanted: string, id: string): string {
    if (wanted !== '') {
      const name = wanted.startsWith('/') ? wanted.slice(1) : wanted;
      if (!NAME_PATTERN.test(name)) {
        throw invalidParameter(`Invalid container name (${wanted}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
      }
      const owner = this.names.get(name);
      if (owner !== undefined) {
        throw conflict(
          `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`,
        );
      }
      this.names.set(name, id);
      return name;
    }
    const random = (n: number): number => new DataView(sys.randomBytes(4).buffer).getUint32(0) % n;
    for (let attempt = 0; ; attempt += 1) {
      const name = generateName(random, attempt);
      if (this.names.has(name)) continue;
      this.names.set(name, id);
      return name;
    }
  }

  release(name: string): void {
    this.names.delete(name);
  }

  add(container: Container): void {
    this.byId.set(container.id, container);
    this.names.set(container.name, container.id);
  }

  /** Writes what changed; the list's answer for it is made anew when next asked for. */
  save(container: Container): void {
    container.summary = undefined;
    if (!this.byId.has(container.id)) return;
    writeReplacing(`${this.directory(container.id)}/config.v2.json`, saved(container));
  }

  /** As save, for what a person has changed: the client is about to be told that it is done, and no power cut takes it back. */
  saveLasting(container: Container): void {
    container.summary = undefined;
    if (!this.byId.has(container.id)) return;
    writeDurably(`${this.directory(container.id)}/config.v2.json`, saved(container));
  }

  /** The first records: the client is about to be told that the container is there. One that goes by itself may go with a cut. */
  saveNew(container: Container): void {
    // Each counts for nothing without the other, nor when it is cut off: nothing is replaced, as later.
    container.summary = undefined;
    sys.writeFile(`${this.directory(container.id)}/hostconfig.json`, JSON.stringify(container.hostConfig), 0o600);
    sys.writeFile(`${this.directory(container.id)}/config.v2.json`, JSON.stringify(saved(container)), 0o600);
    // Not only these: also what the layer store has just written about its directory.
    if (!container.hostConfig.AutoRemove) sys.syncfs(`${this.directory(container.id)}/config.v2.json`);
  }

  /** What a person has changed of its limits and its restart policy. */
  saveHostConfig(container: Container): void {
    writeDurably(`${this.directory(container.id)}/hostconfig.json`, container.hostConfig);
  }

  /** Forgets it and removes its directory: record first. */
  remove(container: Container): void {
    this.byId.delete(container.id);
    this.names.delete(container.name);
    sys.removeQuietly(`${this.directory(container.id)}/config.v2.json`);
    sys.removeTree(this.directory(container.id));
  }

  /** Volumes that are made for a container that is not on record yet: should dockerd be killed now, they go with it. */
  noteBegun(id: string, volumes: readonly string[]): void {
    const path = `${this.directory(id)}/volumes.begun`;
    if (volumes.length === 0) sys.removeQuietly(path);
    else sys.writeFile(path, volumes.join('\n'));
  }

  /** Reads what an earlier dockerd left. What is only half there is removed: those containers, and volumes made for them. */
  load(): { readonly broken: readonly string[]; readonly volumes: readonly string[] } {
    const found: Container[] = [];
    const broken: string[] = [];
    const volumes: string[] = [];
    for (const id of sys.listNames(this.dir)) {
      const record = readJson(`${this.dir}/${id}/config.v2.json`) as Saved | undefined;
      const hostConfig = readJson(`${this.dir}/${id}/hostconfig.json`) as HostConfig | undefined;
      const layer = this.layers.containerLayer(id);
      if (record?.id === id && hostConfig && layer) found.push(revive(record, hostConfig, layer));
      else broken.push(id);
    }
    for (const container of found.sort((a, b) => (a.created < b.created ? -1 : 1))) this.add(container);
    for (const id of broken) {
      const begun = sys.readTextIfExists(`${this.dir}/${id}/volumes.begun`) ?? '';
      volumes.push(...begun.split('\n').filter(Boolean));
      sys.removeTree(`${this.dir}/${id}`);
    }
    return { broken, volumes };
  }
}
