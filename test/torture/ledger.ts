// What the engine has answered for: the works of the power cuts write it, and after a cut the disk is held against it. A thing counts
// from the moment of the answer that it is made until the moment of the request to take it away.
import { readTar } from '../../src/vm/image/tar.ts';
import { agree } from './agreement.ts';
import type { Chance } from './chance.ts';
import type { Guest } from './suites.ts';
import { tarOf, type TarEntry } from './tar.ts';

/** What must be known of a container. */
interface Known {
  readonly image: string;
  readonly cpuShares?: number;
  readonly network?: string;
}

export class Ledger {
  /** Name of an image to what stands in its files. */
  readonly images = new Map<string, string>();
  /** Images that were asked for: each is there whole, or not at all. */
  readonly wanted = new Map<string, string>();
  readonly containers = new Map<string, Known>();
  readonly volumes = new Set<string>();
  readonly networks = new Set<string>();

  /** As it is now; what is done later does not change it. */
  copy(): Ledger {
    const other = new Ledger();
    for (const name of ['images', 'wanted'] as const)
      for (const [key, value] of this[name]) other[name].set(key, value);
    for (const [name, known] of this.containers) other.containers.set(name, known);
    for (const name of ['volumes', 'networks'] as const) for (const key of this[name]) other[name].add(key);
    return other;
  }

  toString(): string {
    const { images, containers, volumes, networks } = this;
    return `${images.size} images, ${containers.size} containers, ${volumes.size} volumes, ${networks.size} networks`;
  }
}

interface Place {
  readonly guest: Guest;
  readonly chance: Chance;
  readonly ledger: Ledger;
  /** A name that nothing has had. */
  readonly name: string;
}

const IMAGES_MAX = 8;
const CONTAINERS_MAX = 6;
const OTHERS_MAX = 4;
const CMD = encodeURIComponent('CMD ["x"]');

async function good(guest: Guest, method: string, path: string, body?: unknown): Promise<void> {
  const { status, body: said } = await guest.engine(method, path, body);
  if (status >= 400 || said.includes('"error"')) throw new Error(`${method} ${path}: ${status} ${said}`);
}

/** The files of an image with this text. */
const filesOf = (text: string): TarEntry[] => [
  { name: 'file', content: text },
  ...Array.from({ length: 20 }, (_, i) => ({ name: `more/${i}`, content: text.slice(0, i * 500) })),
];

const textOf = (name: string, chance: Chance): string =>
  `${name} ${chance.below(1 << 30)} `.repeat(1 + chance.below(4000));

const imageFor = ({ chance, ledger }: Place): string =>
  ledger.images.size > 0 && chance.below(2) ? chance.pick([...ledger.images.keys()]) : 'busybox';

async function importImage({ guest, chance, ledger, name }: Place): Promise<void> {
  const text = textOf(name, chance);
  ledger.wanted.set(name, text);
  await good(guest, 'POST', `/images/create?fromSrc=-&repo=${name}&changes=${CMD}`, tarOf(...filesOf(text)));
  ledger.images.set(name, text);
}

async function commitContainer(place: Place): Promise<void> {
  const { guest, chance, ledger, name } = place;
  const text = textOf(name, chance);
  const [below] = ledger.images.keys();
  if (below === undefined) return importImage(place);
  await good(guest, 'POST', `/containers/create?name=from-${name}`, { Image: below });
  await good(guest, 'PUT', `/containers/from-${name}/archive?path=/`, tarOf(...filesOf(text)));
  ledger.wanted.set(name, text);
  await good(guest, 'POST', `/commit?container=from-${name}&repo=${name}`);
  ledger.images.set(name, text);
  await good(guest, 'DELETE', `/containers/from-${name}`);
}

async function tagImage(place: Place): Promise<void> {
  const { guest, ledger, name } = place;
  const [tagged] = [...ledger.images].reverse();
  if (!tagged) return importImage(place);
  ledger.wanted.set(name, tagged[1]);
  await good(guest, 'POST', `/images/${tagged[0]}/tag?repo=${name}`);
  ledger.images.set(name, tagged[1]);
}

async function createContainer(place: Place): Promise<void> {
  const { guest, ledger, name } = place;
  const image = imageFor(place);
  await good(guest, 'POST', `/containers/create?name=${name}`, { Image: image, Cmd: ['sleep', '1000'] });
  ledger.containers.set(name, { image });
  if (image === 'busybox') await good(guest, 'POST', `/containers/${name}/start`);
}

async function renameContainer(place: Place): Promise<void> {
  const { guest, ledger, name } = place;
  const [old] = ledger.containers;
  if (!old) return createContainer(place);
  ledger.containers.delete(old[0]);
  await good(guest, 'POST', `/containers/${old[0]}/rename?name=${name}`);
  ledger.containers.set(name, old[1]);
}

async function updateContainer(place: Place): Promise<void> {
  const { guest, chance, ledger } = place;
  const [one] = ledger.containers;
  if (!one) return createContainer(place);
  const [name, { cpuShares: _, ...known }] = one;
  const cpuShares = 2 + chance.below(1000);
  ledger.containers.set(name, known);
  await good(guest, 'POST', `/containers/${name}/update`, { CpuShares: cpuShares });
  ledger.containers.set(name, { ...known, cpuShares });
}

async function moveContainer(place: Place): Promise<void> {
  const { guest, chance, ledger } = place;
  const [network] = ledger.networks;
  const names = [...ledger.containers.keys()];
  if (network === undefined || names.length === 0) return createNetwork(place);
  const name = chance.pick(names);
  const { network: old, ...known } = ledger.containers.get(name) as Known;
  ledger.containers.set(name, known);
  const verb = old === undefined ? 'connect' : 'disconnect';
  await good(guest, 'POST', `/networks/${old ?? network}/${verb}`, { Container: name });
  if (old === undefined) ledger.containers.set(name, { ...known, network });
}

async function createVolume({ guest, ledger, name }: Place): Promise<void> {
  await good(guest, 'POST', '/volumes/create', { Name: name });
  ledger.volumes.add(name);
}

async function createNetwork({ guest, ledger, name }: Place): Promise<void> {
  await good(guest, 'POST', '/networks/create', { Name: name });
  ledger.networks.add(name);
}

async function remove(kind: 'images' | 'containers' | 'volumes' | 'networks', { guest, ledger }: Place): Promise<void> {
  const known = [...ledger.containers.values()];
  const inUse = new Set(known.flatMap(({ image, network }) => [image, network]));
  const gone = [...ledger[kind].keys()].find((name) => !inUse.has(name));
  if (gone === undefined) return;
  ledger[kind].delete(gone);
  const { status, body } = await guest.engine('DELETE', `/${kind}/${gone}${kind === 'containers' ? '?force=1' : ''}`);
  // 403, 409: a container that a cut has left beside the ledger uses it.
  if (status >= 400 && status !== 403 && status !== 409) throw new Error(`removing ${kind} ${gone}: ${status} ${body}`);
}

const WORKS: readonly ((place: Place) => Promise<void>)[] = [
  ...[importImage, importImage, commitContainer, tagImage],
  ...[createContainer, createContainer, renameContainer, updateContainer, moveContainer, moveContainer],
  ...[createVolume, createNetwork],
  (place) => remove('containers', place),
  (place) => remove('images', place),
];

/** One thing made or taken away, by chance; room is made first where there is enough. */
export async function work(place: Place): Promise<void> {
  const { ledger, chance } = place;
  if (ledger.images.size >= IMAGES_MAX) return remove('images', place);
  if (ledger.containers.size >= CONTAINERS_MAX) return remove('containers', place);
  for (const kind of ['volumes', 'networks'] as const) if (ledger[kind].size >= OTHERS_MAX) return remove(kind, place);
  await chance.pick(WORKS)(place);
}

/** What is wrong with an image that should have these files; undefined: nothing. */
async function wrongImage(guest: Guest, name: string, text: string): Promise<string | undefined> {
  const made = await guest.engine('POST', '/containers/create', { Image: name });
  if (made.status !== 201) return `${made.status} ${made.body}`;
  const { Id } = JSON.parse(made.body) as { Id: string };
  const { status, body } = await guest.engine('GET', `/containers/${Id}/archive?path=/`);
  await good(guest, 'DELETE', `/containers/${Id}`);
  if (status !== 200) return `${status} ${body}`;
  const found = new Map(readTar(new TextEncoder().encode(body)).map(({ path, content }) => [path, content]));
  const differs = filesOf(text).find(
    ({ name, content }) => new TextDecoder().decode(found.get(name)) !== content || !found.has(name),
  );
  return differs && `${differs.name} has ${found.get(differs.name)?.length} bytes of ${differs.content?.length}`;
}

interface Inspected {
  readonly HostConfig: { readonly CpuShares: number };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

/**
 * All that is in the ledger is there and whole; what is there besides is whole too; each container can be started, and engine and
 * kernel agree. Throws with all that is wrong.
 */
export async function inspect(guest: Guest, ledger: Ledger, context: string): Promise<void> {
  const wrong: string[] = [];
  const listed = async <T>(path: string): Promise<T> => {
    const { status, body } = await guest.engine('GET', path);
    if (status !== 200) throw new Error(`${context}: GET ${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  };
  for (const kind of ['volumes', 'networks'] as const)
    for (const name of ledger[kind]) {
      const { status, body } = await guest.engine('GET', `/${kind}/${name}`);
      if (status !== 200) wrong.push(`${kind}: ${name}: ${body}`);
    }
  const images = await listed<{ RepoTags: string[] | null }[]>('/images/json');
  const tags = new Set(images.flatMap(({ RepoTags }) => (RepoTags ?? []).map((tag) => tag.replace(/:latest$/, ''))));
  for (const name of ledger.images.keys()) if (!tags.has(name)) wrong.push(`image ${name} is gone`);
  for (const [name, text] of ledger.wanted) {
    const problem = tags.has(name) && (await wrongImage(guest, name, text));
    if (problem) wrong.push(`image ${name}: ${problem}`);
  }
  const containers =
    await listed<{ Id: string; Names: string[]; Image: string; State: string }[]>('/containers/json?all=1');
  const names = new Set(containers.flatMap(({ Names }) => Names.map((name) => name.slice(1))));
  for (const name of ledger.containers.keys())
    if (!names.has(name)) wrong.push(`container ${name} is gone, there are ${[...names].join(' ')}`);
  for (const { Id, Names, Image, State } of containers) {
    const name = Names[0]?.slice(1) ?? Id;
    const known = ledger.containers.get(name);
    if (State !== 'created' && State !== 'exited') wrong.push(`${name} is said to be ${State}`);
    const { HostConfig, NetworkSettings } = await listed<Inspected>(`/containers/${Id}/json`);
    if (known?.cpuShares !== undefined && HostConfig.CpuShares !== known.cpuShares)
      wrong.push(`${name} has ${HostConfig.CpuShares} CPU shares of ${known.cpuShares}`);
    if (known?.network !== undefined && !(known.network in NetworkSettings.Networks))
      wrong.push(`${name} is not connected to ${known.network}`);
    if (Image !== 'busybox') continue;
    const { status, body } = await guest.engine('POST', `/containers/${Id}/start`);
    // One whose removal a cut has taken back may have lost its network meanwhile.
    const isForgotten = !known && /network \S+ not found/.test(body);
    if (status !== 204 && !isForgotten) wrong.push(`starting ${name}: ${status} ${body}`);
  }
  if (wrong.length > 0) throw new Error(`${context}:\n  ${wrong.join('\n  ')}`);
  await agree(guest, context);
}
