// Writes an image as OCI blobs (OCI image-spec v1.1): gzip layers, config, manifest, and an index that names its platform.
// The page's registry serves public/registry/ as it lies: repositories.json says which digest a tag means.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../rootfs/deb.ts';
import { SOURCE_DATE_EPOCH } from '../rootfs/output.ts';
import { writeTar, type Entry } from '../rootfs/tar.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
  readonly unpackedBytes: number;
  readonly files: number;
}

/** Docker's `config` object, with Docker's names. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface History {
  readonly created_by: string;
  readonly empty_layer?: true;
}

const CREATED = new Date(SOURCE_DATE_EPOCH * 1000).toISOString().replace('.000', '');

export function writeBlob(registry: string, mediaType: string, bytes: Buffer): Descriptor {
  const hex = sha256(bytes);
  const folder = join(registry, 'blobs/sha256');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, hex))) writeFileSync(join(folder, hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
}

export function writeLayer(registry: string, entries: readonly Entry[]): Layer {
  const tar = writeTar(entries);
  return {
    descriptor: writeBlob(registry, 'application/vnd.oci.image.layer.v1.tar+gzip', gzip(tar)),
    diffId: `sha256:${sha256(tar)}`,
    unpackedBytes: entries.reduce((total, entry) => total + (entry.content?.length ?? 0), 0),
    files: entries.length,
  };
}

/** libdeflate's slowest level (Debian's libdeflate-tools): 4 % smaller than gzip -9 in the same time, and as repeatable. */
const gzip = (bytes: Buffer): Buffer => execFileSync('libdeflate-gzip', ['-12'], { input: bytes, maxBuffer: 1 << 30 });

/** JSON with no white space: the digest is of these very bytes. */
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export function writeImage(
  registry: string,
  layers: readonly Layer[],
  config: ImageConfig,
  history: readonly History[],
): Descriptor {
  const configBlob = {
    architecture: '386',
    os: 'linux',
    created: CREATED,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: history.map((step) => ({ created: CREATED, ...step })),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: writeBlob(registry, 'application/vnd.oci.image.config.v1+json', json(configBlob)),
    layers: layers.map((layer) => layer.descriptor),
  };
  const descriptor = writeBlob(registry, manifest.mediaType, json(manifest));
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...descriptor, platform: { architecture: '386', os: 'linux' } }],
  };
  return writeBlob(registry, index.mediaType, json(index));
}
