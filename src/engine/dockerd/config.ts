// dockerd's settings: /etc/docker/daemon.json under the flags of the command line. Names are daemon.json's own.
// https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
import * as sys from '../sys/index.ts';

export interface DaemonConfig {
  readonly dataRoot: string;
  readonly execRoot: string;
  /** `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375` */
  readonly hosts: readonly string[];
  readonly containerd: string;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly labels: readonly string[];
  readonly debug: boolean;
  readonly liveRestore: boolean;
  readonly logDriver: string;
  readonly storageDriver: string;
  readonly logOpts: Readonly<Record<string, string>>;
  readonly shutdownTimeoutSeconds: number;
}

const DEFAULTS: DaemonConfig = {
  dataRoot: '/var/lib/docker',
  execRoot: '/run/docker',
  hosts: ['unix:///var/run/docker.sock'],
  containerd: '/run/containerd/containerd.sock',
  registryMirrors: [],
  insecureRegistries: [],
  labels: [],
  debug: false,
  liveRestore: false,
  logDriver: 'json-file',
  storageDriver: 'overlay2',
  logOpts: {},
  shutdownTimeoutSeconds: 15,
};

/** Key in daemon.json (and, where it is one, the flag of that name) to the field here. */
const KEYS: Readonly<Record<string, keyof DaemonConfig>> = {
  'data-root': 'dataRoot',
  'exec-root': 'execRoot',
  host: 'hosts',
  hosts: 'hosts',
  containerd: 'containerd',
  'registry-mirror': 'registryMirrors',
  'registry-mirrors': 'registryMirrors',
  'insecure-registry': 'insecureRegistries',
  'insecure-registries': 'insecureRegistries',
  label: 'labels',
  labels: 'labels',
  debug: 'debug',
  'live-restore': 'liveRestore',
  'log-driver': 'logDriver',
  'storage-driver': 'storageDriver',
  'log-opts': 'logOpts',
  'shutdown-timeout': 'shutdownTimeoutSeconds',
};

/** Thrown for a setting that dockerd does not know; the message is the whole of what is printed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads `--config-file` (or the default one, if it is there) and lays the flags over it. */
export function readConfig(args: readonly string[]): DaemonConfig {
  const flags = parseFlags(args);
  const path = flags.get('config-file')?.[0] ?? '/etc/docker/daemon.json';
  const text = sys.readTextIfExists(path);
  if (text === undefined && flags.has('config-file')) {
    throw new ConfigError(
      `unable to configure the Docker daemon with file ${path}: open ${path}: no such file or directory`,
    );
  }
  return layer(flags, text === undefined || text.trim() === '' ? {} : parseFile(path, text));
}

export function layer(
  flags: ReadonlyMap<string, readonly string[]>,
  file: Readonly<Record<string, unknown>>,
): DaemonConfig {
  const config: Record<string, unknown> = { ...DEFAULTS };
  for (const [key, value] of Object.entries(file)) {
    const field = KEYS[key];
    if (!field) throw new ConfigError(`the following directives don't match any configuration option: ${key}`);
    if (flags.has(key))
      throw new ConfigError(
        `the following directives are specified both as a flag and in the configuration file: ${key}`,
      );
    config[field] = checkType(key, value, DEFAULTS[field]);
  }
  for (const [key, values] of flags) {
    const field = KEYS[key];
    if (key === 'config-file') continue;
    if (!field) throw new ConfigError(`unknown flag: --${key}`);
    const [first = ''] = values;
    const like = DEFAULTS[field];
    config[field] = Array.isArray(like)
      ? values
      : typeof like === 'boolean'
        ? first !== 'false'
        : typeof like === 'number'
          ? Number(first)
          : first;
  }
  if (config['storageDriver'] !== 'overlay2')
    throw new ConfigError(`error initializing graphdriver: driver not supported: ${String(config['storageDriver'])}`);
  return config as unknown as DaemonConfig;
}

function checkType(key: string, value: unknown, like: unknown): unknown {
  const fits = Array.isArray(like)
    ? Array.isArray(value) && value.every((item) => typeof item === 'string')
    : typeof value === typeof like;
  if (!fits) throw new ConfigError(`unable to configure the Docker daemon: wrong type of value for ${key}`);
  return value;
}

function parseFile(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, as for anything else that is no object.
  }
  throw new ConfigError(`unable to configure the Docker daemon with file ${path}: invalid JSON`);
}

const SHORT: Readonly<Record<string, string>> = { '-H': 'host', '-D': 'debug' };

function parseFlags(args: readonly string[]): Map<string, string[]> {
  const flags = new Map<string, string[]>();
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    const [head = '', inline] = splitOnce(arg, '=');
    const key = SHORT[head] ?? (head.startsWith('--') ? head.slice(2) : '');
    if (key === '') throw new ConfigError(`unknown argument: ${arg}`);
    const field = KEYS[key];
    const isSwitch = field !== undefined && typeof DEFAULTS[field] === 'boolean';
    const value = inline ?? (isSwitch ? 'true' : (args[(i += 1)] ?? ''));
    flags.set(key, [...(flags.get(key) ?? []), value]);
  }
  return flags;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
