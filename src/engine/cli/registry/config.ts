// The client's config.json: who one is at which registry, as `docker login` wrote it.
// https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties
import * as sys from '../../sys/index.ts';
import { CommandError } from '../command.ts';

/** Docker Hub's key in `auths`, for history's sake. */
export const INDEX_SERVER = 'https://index.docker.io/v1/';

export interface AuthConfig {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
  readonly identitytoken?: string;
}

interface ConfigFile {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  /** What else stands in the file is kept as it is. */
  [key: string]: unknown;
}

type Env = Readonly<Record<string, string>>;

export function configPath(env: Env): string {
  return `${env['DOCKER_CONFIG'] || `${env['HOME'] || '/root'}/.docker`}/config.json`;
}

/** Throws CommandError for a file that is no JSON. */
function readConfig(env: Env): ConfigFile {
  const path = configPath(env);
  const text = sys.readTextIfExists(path);
  if (text === undefined || text.trim() === '') return {};
  try {
    return JSON.parse(text) as ConfigFile;
  } catch (error) {
    throw new CommandError(`loading config file: ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function writeConfig(env: Env, config: ConfigFile): void {
  const path = configPath(env);
  sys.mkdirAll(path.slice(0, path.lastIndexOf('/')), 0o700);
  sys.writeFileAtomic(path, `${JSON.stringify(config, null, '\t')}\n`, 0o600);
}

/** `https://host:5000/v2/` and `host:5000` are one registry. */
export function hostOf(server: string): string {
  if (server === '' || server === INDEX_SERVER || /^(index\.)?docker\.io$/.test(server)) return INDEX_SERVER;
  return server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/** The registry of an image name: `localhost:5000/app` → `localhost:5000`. */
export function serverOfImage(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? hostOf(first) : INDEX_SERVER;
}

export function credentialsFor(env: Env, server: string): AuthConfig | undefined {
  for (const [key, entry] of Object.entries(readConfig(env).auths ?? {})) {
    if (hostOf(key) !== server) continue;
    const bytes = sys.base64Decode(entry.auth ?? '');
    const [username = '', ...password] = (bytes ? sys.utf8Decode(bytes) : '').split(':');
    const token = entry.identitytoken;
    return { username, password: password.join(':'), serveraddress: server, ...(token && { identitytoken: token }) };
  }
  return undefined;
}

export function saveCredentials(env: Env, auth: AuthConfig): void {
  const config = readConfig(env);
  const pair = sys.base64Encode(sys.utf8Encode(`${auth.username}:${auth.password}`));
  config.auths = { ...config.auths, [auth.serveraddress]: { auth: pair } };
  writeConfig(env, config);
}

/** False if there was nothing to take away. */
export function eraseCredentials(env: Env, server: string): boolean {
  const config = readConfig(env);
  const before = Object.entries(config.auths ?? {});
  const after = before.filter(([key]) => hostOf(key) !== server);
  if (after.length === before.length) return false;
  config.auths = Object.fromEntries(after);
  writeConfig(env, config);
  return true;
}

/** X-Registry-Auth: the credentials as JSON in base64url; `{}` for nobody. */
export function registryAuthHeader(env: Env, server: string): string {
  const text = JSON.stringify(credentialsFor(env, server) ?? {});
  return sys.base64Encode(sys.utf8Encode(text)).replaceAll('+', '-').replaceAll('/', '_');
}
