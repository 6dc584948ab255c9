// Debian packages as pinned inputs: which version, its sha256, where it came from, under which licence.
// A lock file (lock.json beside each recipe) names them; `--relock` writes it anew from apt's present index.
// Needs Debian with `dpkg --add-architecture i386 && apt-get update`; nothing is installed on the machine.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTar, type Entry } from './tar.ts';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** Path below the mirror's root. */
  readonly filename: string;
  readonly source: string;
  readonly sourceVersion: string;
}

export const MIRROR = 'http://deb.debian.org/debian';
const CACHE = process.env['DRYDOCK_DEB_CACHE'] ?? join(tmpdir(), 'drydock-debs');

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Every stanza of apt's i386 index (which has the packages for all architectures too), by package name. */
function readIndex(): Map<string, Map<string, string>[]> {
  const list = (...filter: string[]): string[] =>
    execFileSync('apt-get', ['indextargets', '--format', '$(FILENAME)', 'Created-By: Packages', ...filter], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n');
  const index = new Map<string, Map<string, string>[]>();
  for (const path of list('Architecture: i386', 'Origin: Debian')) {
    const text = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', path], { encoding: 'utf8', maxBuffer: 1 << 30 });
    for (const stanza of text.split('\n\n')) {
      const fields = new Map(
        [...stanza.matchAll(/^([A-Za-z0-9-]+): (.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
      );
      const name = fields.get('Package');
      if (name !== undefined) index.set(name, [...(index.get(name) ?? []), fields]);
    }
  }
  return index;
}

let index: ReturnType<typeof readIndex> | undefined;

/** Pins a package: the version asked for, or the first that apt's index names. */
export function lockPackage(name: string, version?: string): LockedPackage {
  index ??= readIndex();
  const fields = index.get(name)?.find((candidate) => version === undefined || candidate.get('Version') === version);
  const field = (key: string): string => {
    const value = fields?.get(key);
    if (value === undefined) throw new Error(`${name} ${version ?? ''}: apt's i386 index has no ${key}`);
    return value;
  };
  // "Source: glibc (2.36-9)": the version is there only if it differs; "+b13" marks a rebuild of the same source.
  const [, source = name, sourceVersion = field('Version').replace(/\+b\d+$/, '')] =
    /^(\S+)(?: \((.*)\))?$/.exec(fields?.get('Source') ?? name) ?? [];
  return {
    name,
    version: field('Version'),
    architecture: field('Architecture'),
    sha256: field('SHA256'),
    filename: field('Filename'),
    source,
    sourceVersion,
  };
}

/** The .deb on this machine, its hash checked; apt fetches it if it is not in the cache. */
export function fetchDeb(locked: LockedPackage): string {
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `${locked.sha256}.deb`);
  if (!existsSync(path)) {
    const scratch = mkdtempSync(join(CACHE, 'fetch-'));
    const spec = `${locked.name}${locked.architecture === 'all' ? '' : ':i386'}=${locked.version}`;
    execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', spec], { cwd: scratch });
    const [deb] = readdirSync(scratch);
    if (deb === undefined) throw new Error(`${spec}: apt-get downloaded nothing`);
    const got = sha256(readFileSync(join(scratch, deb)));
    if (got !== locked.sha256) throw new Error(`${spec}: sha256 is ${got}, the lock file says ${locked.sha256}`);
    renameSync(join(scratch, deb), path);
    rmSync(scratch, { recursive: true });
  }
  return path;
}

export const debEntries = (debPath: string): Entry[] =>
  readTar(execFileSync('dpkg-deb', ['--fsys-tarfile', debPath], { maxBuffer: 1 << 30 }));

/** Licence names out of a machine-readable copyright file (DEP-5), or a pointer to the text. */
export function licenceOf(locked: LockedPackage, copyright: string): string {
  const found = new Set([...copyright.matchAll(/^License: *(\S.*)$/gm)].map(([, name = '']) => name.trim()));
  return found.size > 0 ? [...found].sort().join('; ') : `see debian/copyright in source ${locked.source}`;
}

export interface ManifestInput {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly from: string;
  readonly licence: string;
  readonly source: string;
}

export const manifestInput = (locked: LockedPackage, licence: string): ManifestInput => ({
  name: `${locked.name}:${locked.architecture}`,
  version: locked.version,
  sha256: locked.sha256,
  from: `${MIRROR}/${locked.filename}`,
  licence,
  source: `https://snapshot.debian.org/package/${locked.source}/${locked.sourceVersion}/`,
});
