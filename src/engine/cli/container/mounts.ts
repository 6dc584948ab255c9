// `-v`, `--mount` and `--tmpfs` as the fields Binds, Mounts, Tmpfs and Volumes of a create request.
import { CommandError } from '../command.ts';
import { parseBytes, type Flags } from '../flags.ts';

export interface Mounted {
  readonly binds: string[];
  readonly mounts: Record<string, unknown>[];
  readonly tmpfs: Record<string, string>;
  /** Targets without a source: each gets a volume without a name. */
  readonly anonymous: Record<string, object>;
}

const invalid = (message: string): CommandError => new CommandError(message, 125);

const API_SOCKET = '/var/run/docker.sock';

/** Read the flags. A relative source `./x` is taken from `cwd`. Throws CommandError (125). */
export function mountsOf(flags: Flags, cwd: string): Mounted {
  const binds: string[] = [];
  const anonymous: Record<string, object> = {};
  for (const spec of flags.list('volume')) {
    const [source = '', target] = spec.split(':');
    if (target === undefined) anonymous[source] = {};
    else binds.push(/^\.{1,2}(\/|$)/.test(source) ? spec.replace(source, absolute(source, cwd)) : spec);
  }
  const tmpfs = Object.fromEntries(
    flags.list('tmpfs').map((spec) => {
      const colon = spec.indexOf(':');
      return colon < 0 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
    }),
  );
  const mounts = flags.list('mount').map((spec) => mount(spec, cwd));
  if (flags.bool('use-api-socket')) mounts.push({ Type: 'bind', Source: API_SOCKET, Target: API_SOCKET });
  return { binds, anonymous, tmpfs, mounts };
}

function absolute(path: string, cwd: string): string {
  const parts: string[] = [];
  for (const part of `${cwd}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const keys: Readonly<Record<string, string>> = { src: 'source', dst: 'target', destination: 'target', ro: 'readonly' };
const KNOWN = new Set([
  ...['type', 'source', 'target', 'readonly', 'bind-propagation', 'bind-recursive', 'bind-nonrecursive'],
  ...['volume-nocopy', 'volume-subpath', 'tmpfs-size', 'tmpfs-mode', 'consistency'],
]);

/** `bind-recursive` and what it asks for besides. */
function recursion(fields: Readonly<Record<string, string>>): Record<string, unknown> {
  const value = fields['bind-recursive'];
  const isReadOnly = fields['readonly'] !== undefined && fields['readonly'] !== 'false';
  const together = `option 'bind-recursive=${value}' requires`;
  switch (value) {
    case undefined:
      return fields['bind-nonrecursive'] === 'true' ? { NonRecursive: true } : {};
    case 'enabled':
      return {};
    case 'disabled':
      return { NonRecursive: true };
    case 'writable':
      if (!isReadOnly) throw new Error(`${together} 'readonly' to be specified in conjunction`);
      return { ReadOnlyNonRecursive: true };
    case 'readonly':
      if (!isReadOnly) throw new Error(`${together} 'readonly' to be specified in conjunction`);
      if (fields['bind-propagation'] !== 'rprivate')
        throw new Error(`${together} 'bind-propagation=rprivate' to be specified in conjunction`);
      return { ReadOnlyForceRecursive: true };
    default:
      throw new Error(
        `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
      );
  }
}

function mount(spec: string, cwd: string): Record<string, unknown> {
  const fields: Record<string, string> = {};
  const bad = (why: string): CommandError => invalid(`invalid argument "${spec}" for "--mount" flag: ${why}`);
  for (const field of spec.split(',')) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    if (!KNOWN.has(keys[key] ?? key)) throw bad(`unexpected key '${key}' in '${field}'`);
    fields[keys[key] ?? key] = equals < 0 ? 'true' : field.slice(equals + 1);
  }
  const type = fields['type'] ?? 'volume';
  if (!fields['target']) throw bad('target is required');
  if (type === 'bind' && !fields['source']) throw bad('bind source is required');
  const source = fields['source'] ?? '';
  const size = fields['tmpfs-size'] === undefined ? undefined : parseBytes(fields['tmpfs-size']);
  let recursive: Record<string, unknown>;
  try {
    recursive = recursion(fields);
  } catch (error) {
    throw bad((error as Error).message);
  }
  const bind = {
    ...(fields['bind-propagation'] ? { Propagation: fields['bind-propagation'] } : {}),
    ...recursive,
  };
  const volume = {
    ...(fields['volume-nocopy'] ? { NoCopy: fields['volume-nocopy'] === 'true' } : {}),
    ...(fields['volume-subpath'] ? { Subpath: fields['volume-subpath'] } : {}),
  };
  const temporary = {
    ...(size === undefined ? {} : { SizeBytes: size }),
    ...(fields['tmpfs-mode'] ? { Mode: parseInt(fields['tmpfs-mode'], 8) } : {}),
  };
  return {
    Type: type,
    ...(source === '' ? {} : { Source: type === 'bind' && source.startsWith('.') ? absolute(source, cwd) : source }),
    Target: fields['target'],
    ...(fields['readonly'] && fields['readonly'] !== 'false' ? { ReadOnly: true } : {}),
    ...(Object.keys(bind).length > 0 ? { BindOptions: bind } : {}),
    ...(Object.keys(volume).length > 0 ? { VolumeOptions: volume } : {}),
    ...(Object.keys(temporary).length > 0 ? { TmpfsOptions: temporary } : {}),
  };
}
