// Image references: `nginx`, `debian:bookworm-slim`, `localhost:5000/team/app@sha256:…`. Parsing and the two spellings,
// canonical (`docker.io/library/nginx:latest`) and familiar (`nginx:latest`). github.com/distribution/reference grammar.
import { invalidParameter } from '../dockerd/errors.ts';

export interface Reference {
  /** Registry host, `docker.io` when none was written. */
  readonly domain: string;
  /** Repository within it, `library/nginx`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

const DOMAIN = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;

/** Reads what a person typed. Throws Docker's words for what is malformed. */
export function parseReference(text: string): Reference {
  const invalid = () => invalidParameter('invalid reference format');
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalidParameter(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  let rest = text;
  let digest: string | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    if (!DIGEST.test(digest)) throw invalid();
    rest = rest.slice(0, at);
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    if (!TAG.test(tag)) throw invalid();
    rest = rest.slice(0, colon);
  }
  const { domain, path } = splitDomain(rest);
  const [name = ''] = path.split(':');
  if (name.toLowerCase() !== name) {
    throw invalidParameter('invalid reference format: repository name (' + name + ') must be lowercase');
  }
  if (!DOMAIN.test(domain) || !PATH.test(path) || domain.length + path.length > 254) throw invalid();
  return { domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The first part is a host if it looks like one: has a dot or a port, is `localhost`, or has capitals. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  let domain = isHost ? first : 'docker.io';
  const path = isHost ? name.slice(slash + 1) : name;
  if (domain === 'index.docker.io') domain = 'docker.io';
  return { domain, path: domain === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}

/** With `:latest` if neither tag nor digest was given. */
export function withDefaultTag(ref: Reference): Reference {
  return ref.tag === undefined && ref.digest === undefined ? { ...ref, tag: 'latest' } : ref;
}

/** Name without tag and digest as people write it: `nginx`, `localhost:5000/app`. */
export function familiarName(ref: Reference): string {
  if (ref.domain !== 'docker.io') return `${ref.domain}/${ref.path}`;
  return ref.path.startsWith('library/') ? ref.path.slice('library/'.length) : ref.path;
}

/** As people write it, with tag and digest: `nginx:latest`. */
export function familiar(ref: Reference): string {
  return familiarName(ref) + suffix(ref);
}

export function suffix(ref: Reference): string {
  return (ref.tag === undefined ? '' : `:${ref.tag}`) + (ref.digest === undefined ? '' : `@${ref.digest}`);
}

/** True for text that can be an image ID or its beginning rather than a name. */
export function looksLikeId(text: string): boolean {
  return /^(sha256:)?[a-f0-9]{1,64}$/.test(text);
}
