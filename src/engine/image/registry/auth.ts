// Who we are to a registry: X-Registry-Auth from the client, and the answer to a 401: Basic, or a token from the address
// that the registry names. RFC 7617; distribution's token authentication specification
import * as sys from '../../sys/index.ts';
import { invalidParameter } from '../../dockerd/errors.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly registryToken: string;
  readonly identityToken: string;
  readonly serverAddress: string;
}

/** The header's base64url JSON; absent or empty means anonymous. */
export function parseRegistryAuth(header: string | undefined): Credentials | undefined {
  if (header === undefined || header === '') return undefined;
  const bytes = sys.base64Decode(header);
  if (!bytes) throw invalidParameter('invalid X-Registry-Auth header: illegal base64 data');
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(sys.utf8Decode(bytes)) as Record<string, unknown>;
  } catch {
    throw invalidParameter('invalid X-Registry-Auth header: invalid JSON');
  }
  return credentialsOf(value ?? {});
}

/** The same from a body (POST /auth). `auth` is username:password in base64. */
export function credentialsOf(value: Readonly<Record<string, unknown>>): Credentials | undefined {
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  let [username, password] = [text('username'), text('password')];
  if (username === '' && text('auth') !== '') {
    const [user = '', ...rest] = sys.utf8Decode(sys.base64Decode(text('auth')) ?? new Uint8Array()).split(':');
    [username, password] = [user, rest.join(':')];
  }
  const credentials = {
    username,
    password,
    registryToken: text('registrytoken'),
    identityToken: text('identitytoken'),
    serverAddress: text('serveraddress'),
  };
  return username === '' && credentials.registryToken === '' && credentials.identityToken === ''
    ? undefined
    : credentials;
}

export function basic({ username, password }: Credentials): string {
  return `Basic ${sys.base64Encode(sys.utf8Encode(`${username}:${password}`))}`;
}

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

/** `Bearer realm="https://auth/token",service="registry",scope="repository:a/b:pull"` */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const found = /^(basic|bearer)\s+(.*)$/is.exec(header ?? '');
  if (!found) return undefined;
  const parameters: Record<string, string> = {};
  for (const part of (found[2] ?? '').matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g))
    parameters[(part[1] ?? '').toLowerCase()] = part[2] ?? part[3] ?? '';
  return { scheme: (found[1] ?? '').toLowerCase() as Challenge['scheme'], parameters };
}
