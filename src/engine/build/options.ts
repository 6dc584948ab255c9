// The query of POST /build. Docker Engine API 1.47, ImageBuild
import { notImplemented, invalidParameter } from '../dockerd/errors.ts';
import type { HostConfig } from '../dockerd/container/types.ts';
import { isHostPlatform } from '../dockerd/platform.ts';
import { isTrue, type Query } from '../dockerd/query.ts';
import { jsonProblem } from '../dockerd/request.ts';
import { parseReference, withDefaultTag, type Reference } from '../image/reference.ts';

export interface BuildOptions {
  readonly dockerfile: string;
  readonly tags: readonly Reference[];
  /** null: named without a value, which takes it away. */
  readonly buildArgs: ReadonlyMap<string, string | null>;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly cacheFrom: readonly string[];
  readonly target: string;
  /** Pull base images even if they are here. */
  readonly pull: boolean;
  readonly removeContainers: boolean;
  readonly forceRemove: boolean;
  readonly quiet: boolean;
  /** URL of a Dockerfile or a tar; '' if the context is the request's body. */
  readonly remote: string;
  /** Limits and network of each RUN's container, in the names of HostConfig. */
  readonly host: Partial<HostConfig>;
  /** For POST /build/cancel. */
  readonly buildId: string;
}

/** Throws ApiError: 400 for what is malformed, 501 for what this builder has not. */
export function readOptions(query: Query): BuildOptions {
  const version = query.get('version');
  if (version === '2') throw invalidParameter('buildkit not supported by daemon');
  if (version !== '' && version !== '1') throw invalidParameter(`invalid version: ${JSON.stringify(version)}`);
  if (query.flag('squash')) throw notImplemented('--squash');
  const platform = query.get('platform');
  if (platform !== '' && !isHostPlatform(platform))
    throw invalidParameter(`no match for platform in manifest: not found`);
  if (query.get('isolation') !== '' && query.get('isolation') !== 'default')
    throw invalidParameter(`Unsupported isolation: ${JSON.stringify(query.get('isolation'))}`);
  if ((jsonOf<string[]>(query, 'securityopt') ?? []).length > 0)
    throw invalidParameter('The daemon on this platform does not support setting security options on build');
  if (query.get('outputs') !== '' && query.get('outputs') !== '[]')
    throw notImplemented('--output of the classic builder');
  return {
    dockerfile: query.get('dockerfile') || 'Dockerfile',
    tags: query.all('t').filter(Boolean).map(parseTag),
    buildArgs: new Map(Object.entries(jsonOf<Record<string, string | null>>(query, 'buildargs') ?? {})),
    labels: jsonOf<Record<string, string>>(query, 'labels') ?? {},
    noCache: query.flag('nocache'),
    cacheFrom: (jsonOf<string[]>(query, 'cachefrom') ?? []).flatMap((entry) => entry.split(',')).filter(Boolean),
    target: query.get('target'),
    pull: query.flag('pull'),
    // The engine removes by default; only `rm=0` keeps them.
    removeContainers: !query.has('rm') || query.get('rm') === '' || isTrue(query.get('rm')),
    forceRemove: query.flag('forcerm'),
    quiet: query.flag('q'),
    remote: query.get('remote'),
    host: hostOf(query),
    buildId: query.get('buildid'),
  };
}

function hostOf(query: Query): Partial<HostConfig> {
  // The real client repeats the parameter, a host each; others send a JSON list.
  const isList = query.get('extrahosts').startsWith('[');
  const hosts = isList ? (jsonOf<string[]>(query, 'extrahosts') ?? []) : query.all('extrahosts');
  return {
    NetworkMode: query.get('networkmode') || 'default',
    ExtraHosts: hosts.length > 0 ? [...hosts] : null,
    Memory: query.integer('memory', 0),
    MemorySwap: query.integer('memswap', 0),
    CpuShares: query.integer('cpushares', 0),
    CpuPeriod: query.integer('cpuperiod', 0),
    CpuQuota: query.integer('cpuquota', 0),
    CpusetCpus: query.get('cpusetcpus'),
    CpusetMems: query.get('cpusetmems'),
    CgroupParent: query.get('cgroupparent'),
    ShmSize: query.integer('shmsize', 0),
    Ulimits: jsonOf<HostConfig['Ulimits']>(query, 'ulimits') ?? [],
    LogConfig: { Type: 'none', Config: {} },
  };
}

function parseTag(text: string): Reference {
  const ref = withDefaultTag(parseReference(text));
  if (ref.digest !== undefined) throw invalidParameter('build tag cannot contain a digest');
  return ref;
}

/** What Docker calls a parameter that it cannot read. */
const SPOKEN: Readonly<Record<string, string>> = {
  buildargs: 'build args',
  cachefrom: 'cache-from',
  ulimits: 'ulimit settings',
};

function jsonOf<T>(query: Query, name: string): T | undefined {
  const text = query.get(name);
  if (text === '') return undefined;
  try {
    return (JSON.parse(text) as T | null) ?? undefined;
  } catch (error) {
    throw invalidParameter(`error reading ${SPOKEN[name] ?? name}: ${jsonProblem(text, error)}`);
  }
}
