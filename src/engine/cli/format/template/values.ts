// Values as Go's templates see them. JSON has lost what Go's structs know: which null is an empty list, which field was left out.
// The tables below say it again for the objects that `docker inspect` shows.

export type Value = unknown;
export type Method = (...given: readonly Value[]) => Value;

/** A list or map that Go has not made: prints as an empty one, but is null in JSON. */
const NIL_LIST: readonly Value[] = Object.assign([], { toJSON: () => null });
const NIL_MAP: object = Object.create({ toJSON: () => null }) as object;

const LISTS = new Set(
  `Aliases Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeightDevice CapAdd CapDrop Cmd
  DNSNames DeviceCgroupRules DeviceRequests Devices Dns DnsOptions DnsSearch Entrypoint Env ExecIDs ExtraHosts GroupAdd Links MaskedPaths
  Mounts OnBuild ReadonlyPaths RepoDigests RepoTags SecondaryIPAddresses SecondaryIPv6Addresses SecurityOpt Shell Ulimits VolumesFrom`.split(
    /\s+/,
  ),
);
const MAPS = new Set(
  `Annotations AuxiliaryAddresses Containers Data DriverOpts ExposedPorts Labels Networks Options PortBindings Ports Status StorageOpt
  Sysctls Tmpfs Volumes`.split(/\s+/),
);
/** What JSON leaves out where it is empty, by the field of its parent: `Config.Healthcheck`. */
const LEFT_OUT: Readonly<Record<string, Value>> = {
  'Config.ExposedPorts': NIL_MAP,
  'Config.Healthcheck': null,
  'Config.MacAddress': '',
  'Config.Shell': NIL_LIST,
  'Config.StopSignal': '',
  'Config.StopTimeout': null,
  'HostConfig.Init': null,
  'HostConfig.Mounts': NIL_LIST,
  'HostConfig.StorageOpt': NIL_MAP,
  'HostConfig.Sysctls': NIL_MAP,
  'HostConfig.Tmpfs': NIL_MAP,
  'State.Health': null,
};
/** Fields that Go's structs call otherwise than JSON does. */
const GO_NAMES: Readonly<Record<string, string>> = {
  ID: 'Id',
  CPUPeriod: 'CpuPeriod',
  CPUQuota: 'CpuQuota',
  CPUShares: 'CpuShares',
  DNS: 'Dns',
  DNSOptions: 'DnsOptions',
  DNSSearch: 'DnsSearch',
  NanoCPUs: 'NanoCpus',
};

/** One of Docker's structs (its names begin with a capital), and not one of its maps. */
export function isStruct(value: object, name = ''): boolean {
  const keys = Object.keys(value);
  return !MAPS.has(name) && keys.length > 0 && keys.every((key) => /^[A-Z]/.test(key));
}

/** Is the field `name` there, and what is it? `parent` is the field that `of` was found in. */
export function fieldOf(of: object, name: string, parent: string): { readonly value: Value } | undefined {
  const key = name in of ? name : (GO_NAMES[name] ?? name);
  if (!(key in of)) {
    const left = `${parent}.${name}`;
    return left in LEFT_OUT ? { value: LEFT_OUT[left] } : undefined;
  }
  const value = (of as Record<string, Value>)[key];
  if (value !== null) return { value };
  return { value: LISTS.has(name) ? NIL_LIST : MAPS.has(name) ? NIL_MAP : null };
}

/** Sorted by key, as Go ranges over a map. */
export function entriesOf(value: object): [string, Value][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Go's truth: not empty, not zero, not nil. */
export function truth(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as Go's `%v` prints it. */
export function print(value: Value): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(print).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  if (isStruct(value)) return `{${Object.values(value).map(print).join(' ')}}`;
  return `map[${entriesOf(value)
    .map(([key, item]) => `${key}:${print(item)}`)
    .join(' ')}]`;
}

/** How Go's messages name the type of what came from JSON (a number stays text there) or, `constant`, from the template. */
export function typeName(value: Value, constant = false): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return !constant ? 'json.Number' : Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

/** The value of a quoted text, raw text or character of Go's; undefined if its escapes are none. */
export function unquote(text: string): string | number | undefined {
  if (text.startsWith('`')) return text.slice(1, -1);
  let bad = false;
  const inner = text
    .slice(1, -1)
    .replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gs, (_, escape: string) => {
      const [kind = ''] = escape;
      if (escape.length > 1)
        return String.fromCodePoint(/\d/.test(kind) ? parseInt(escape, 8) : parseInt(escape.slice(1), 16));
      const simple = ESCAPES[kind];
      if (simple !== undefined) return simple;
      if (kind !== text[0]) bad = true;
      return kind;
    });
  if (bad) return undefined;
  if (!text.startsWith("'")) return inner;
  return [...inner].length === 1 ? inner.codePointAt(0) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** `U+0023 '#'`: the first character of a text. */
export function printRune(text: string): string {
  const point = text.codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(point)}'`;
}
