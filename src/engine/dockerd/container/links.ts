// Legacy links: `docker run --link db:store`. On the default bridge, where containers have no names, a link puts the other
// container's address into this one's /etc/hosts, tells of its ports and variables in this one's environment, and gives it the
// second name `/web/store`. On a network of one's own a link is a name that only this container knows (network/resolvers.ts).
// https://docs.docker.com/engine/network/links/
import type { Daemon } from '../daemon.ts';
import { ApiError, invalidParameter, messageOf, systemError } from '../errors.ts';
import { isRunning, type Container } from './container.ts';
import { writeNetworkFiles } from './network-files.ts';
import { parsePort } from './ports.ts';
import type { HostConfig } from './types.ts';

/** One link of a container on the default bridge. */
export interface Link {
  /** The container that it leads to. */
  readonly id: string;
  readonly alias: string;
}

/** `db`, `db:store`, or `/db:/web/store` as inspect shows it. */
export function parseLink(text: string): { name: string; alias: string } {
  if (text === '') throw invalidParameter('empty string specified for links');
  const [name = '', alias = name, ...more] = text.split(':');
  if (more.length > 0) throw invalidParameter(`bad format for links: ${text}`);
  return name.startsWith('/')
    ? { name: name.slice(1), alias: alias.slice(alias.lastIndexOf('/') + 1) }
    : { name, alias };
}

const USES_BRIDGE = /^(default|bridge|host|none|container:.*)$/;

/** The links that a new container gets; those of a network of one's own stand with its endpoint. Throws as Docker does. */
export function linksFor(daemon: Daemon, host: HostConfig): Link[] {
  if (!USES_BRIDGE.test(host.NetworkMode)) return [];
  const links: Link[] = [];
  for (const { name, alias } of (host.Links ?? []).map(parseLink)) {
    const linked = sharedNetworkOf(daemon, name);
    if (linked.hostConfig.NetworkMode === 'host')
      throw invalidParameter(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    // A second link of the same name is passed over.
    if (!links.some((link) => link.alias === alias)) links.push({ id: linked.id, alias });
  }
  return links;
}

/** The container itself, or the one whose network namespace it shares. */
function sharedNetworkOf(daemon: Daemon, name: string): Container {
  try {
    let container = daemon.containers.require(name);
    while (container.hostConfig.NetworkMode.startsWith('container:'))
      container = daemon.containers.require(container.hostConfig.NetworkMode.slice('container:'.length));
    return container;
  } catch (error) {
    // As 404 it would make the client look for an image.
    throw new ApiError('invalidParameter', `could not get container for ${name}: ${messageOf(error)}`);
  }
}

interface Linked {
  readonly alias: string;
  readonly container: Container;
}

/** Where a container's links lead to now. */
export function linkedBy(daemon: Daemon, { links = [] }: Container): Linked[] {
  return links.flatMap(({ id, alias }) => {
    const container = daemon.containers.get(id);
    return container ? [{ alias, container }] : [];
  });
}

/** Those that have a link to this one. */
function linkingTo(daemon: Daemon, { id }: Container): Container[] {
  return daemon.containers.all().filter(({ links }) => links?.some((link) => link.id === id));
}

/** HostConfig.Links as inspect shows it: `/db:/web/store`. */
export function describeLinks(daemon: Daemon, container: Container): string[] | null {
  const linked = linkedBy(daemon, container);
  return linked.length === 0
    ? null
    : linked.map(({ alias, container: other }) => `/${other.name}:/${container.name}/${alias}`);
}

/** All names of a container, sorted: its own, and `/web/store` for each link that leads to it. */
export function namesOf(daemon: Daemon, container: Container): string[] {
  const names = [`/${container.name}`];
  for (const parent of linkingTo(daemon, container))
    for (const { id, alias } of parent.links ?? []) if (id === container.id) names.push(`/${parent.name}/${alias}`);
  return names.sort();
}

/** Lines for /etc/hosts, in --add-host's form: `store 0123456789ab db:172.17.0.2`. */
export function linkedHosts(daemon: Daemon, container: Container): string[] {
  return linkedBy(daemon, container).map(({ alias, container: other }) => {
    const names = [alias, other.config.Hostname, ...(alias === other.name ? [] : [other.name])];
    return `${names.join(' ')}:${other.networks['bridge']?.IPAddress ?? ''}`;
  });
}

/** `STORE_PORT_80_TCP=tcp://172.17.0.2:80` and its like. Throws where what is linked does not run, or is on no default bridge. */
export function linkedEnvironment(daemon: Daemon, container: Container): string[] {
  if (!container.links?.length || !container.networks['bridge']) return [];
  return linkedBy(daemon, container).flatMap(({ alias, container: other }) => {
    if (!isRunning(other))
      throw systemError(`Cannot link to a non running container: /${other.name} AS /${container.name}/${alias}`);
    const settings = other.networks['bridge'];
    if (!settings) throw systemError(`container ${other.id} not attached to default bridge network`);
    const { Env, ExposedPorts } = other.config;
    return linkVariables(`/${container.name}/${alias}`, settings.IPAddress, Object.keys(ExposedPorts ?? {}), Env ?? []);
  });
}

const NOT_TOLD = ['HOME', 'PATH'];

/** The pure part. Three ports in a row, or more, are told of as a range as well. */
export function linkVariables(
  name: string,
  address: string,
  exposed: readonly string[],
  environment: readonly string[],
): string[] {
  const prefix = name
    .slice(name.lastIndexOf('/') + 1)
    .toUpperCase()
    .replaceAll('-', '_');
  const ports = exposed
    .map(parsePort)
    .sort((a, b) => a.port - b.port || Number(b.protocol === 'tcp') - Number(a.protocol === 'tcp'));
  type Port = (typeof ports)[number];
  const keyOf = ({ port, protocol }: Port): string => `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
  const urlOf = ({ port, protocol }: Port): string => `${protocol}://${address}:${port}`;
  const lines: string[] = [];
  if (ports[0]) lines.push(`${prefix}_PORT=${urlOf(ports[0])}`);
  for (let i = 0; i < ports.length; i++) {
    const first = ports[i] as Port;
    let end = i;
    while (ports[end + 1] && (ports[end + 1] as Port).port <= (ports[end] as Port).port + 1) end += 1;
    const last = ports[end] as Port;
    if (end <= i + 1) continue;
    const key = keyOf(first);
    lines.push(`${key}_START=${urlOf(first)}`, `${key}_ADDR=${address}`, `${key}_PROTO=${first.protocol}`);
    lines.push(`${key}_PORT_START=${first.port}`, `${key}_END=${urlOf(last)}`, `${key}_PORT_END=${last.port}`);
    i = end;
  }
  for (const port of ports) {
    const key = keyOf(port);
    lines.push(
      `${key}=${urlOf(port)}`,
      `${key}_ADDR=${address}`,
      `${key}_PORT=${port.port}`,
      `${key}_PROTO=${port.protocol}`,
    );
  }
  lines.push(`${prefix}_NAME=${name}`);
  for (const entry of environment) {
    const equals = entry.indexOf('=');
    if (equals > 0 && !NOT_TOLD.includes(entry.slice(0, equals))) lines.push(`${prefix}_ENV_${entry}`);
  }
  return lines;
}

/** It has an address (again): /etc/hosts of running containers with a link to it. */
export function tellLinking(daemon: Daemon, container: Container): void {
  for (const parent of linkingTo(daemon, container)) if (isRunning(parent)) writeNetworkFiles(daemon, parent);
}

/** `docker rm --link web/store`: the link goes, the container stays. `name` is how it was asked for. */
export function removeLink(daemon: Daemon, container: Container, name: string): void {
  const [, parentName, alias] = /^\/?([^/]*)\/(.+)$/.exec(name) ?? [];
  if (alias === undefined || parentName === undefined)
    throw systemError('Conflict, cannot remove the default link name of the container');
  const parent = daemon.containers.find(parentName);
  if (!parent) throw systemError(`Cannot get parent /${parentName} for link name /${parentName}/${alias}`);
  setLinks(
    daemon,
    parent,
    (parent.links ?? []).filter((link) => link.alias !== alias),
  );
  container.summary = undefined;
  if (isRunning(parent)) writeNetworkFiles(daemon, parent);
}

/** The container is being removed: nobody has a link to it any more. */
export function dropLinksTo(daemon: Daemon, container: Container): void {
  for (const parent of linkingTo(daemon, container))
    setLinks(
      daemon,
      parent,
      (parent.links ?? []).filter(({ id }) => id !== container.id),
    );
}

function setLinks(daemon: Daemon, container: Container, links: Link[]): void {
  container.links = links;
  daemon.containers.save(container);
}

/** The list shows the names that links give: those of what this container has links to are to be said anew. */
export function renamed(daemon: Daemon, container: Container): void {
  for (const { container: other } of linkedBy(daemon, container)) other.summary = undefined;
}
