// What the recipes have in common on the way out: one date, one gzip, one form of manifest.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256, type ManifestInput } from './deb.ts';

/** 2026-08-01, after the youngest package: no clock of a building machine gets into an archive. */
export const SOURCE_DATE_EPOCH = Number(process.env['SOURCE_DATE_EPOCH'] ?? 1785542400);

/** GNU gzip rather than zlib: Node's zlib is tuned per processor and gives other bytes on other machines. */
export const gzip = (bytes: Buffer): Buffer => execFileSync('gzip', ['-9n'], { input: bytes, maxBuffer: 1 << 30 });

export interface Provenance {
  readonly recipe: string;
  readonly inputs: readonly ManifestInput[];
  readonly licence: string;
}

/** Writes `<name>.manifest.json` beside the files that it describes. */
export function writeManifest(folder: string, name: string, files: readonly string[], provenance: Provenance): void {
  const described = files.map((path) => {
    const bytes = readFileSync(join(folder, path));
    return { path, bytes: bytes.length, sha256: sha256(bytes) };
  });
  const manifest = { name, files: described, ...provenance, source: 'the Debian source package of each input' };
  writeFileSync(join(folder, `${name}.manifest.json`), `${JSON.stringify(manifest, null, 2)}\n`);
}
