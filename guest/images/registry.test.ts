// The committed image set as a registry would be asked for it: every reference resolves, every digest is true.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTar } from '../rootfs/tar.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

interface Config {
  readonly architecture: string;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly { readonly empty_layer?: boolean }[];
}

const registry = join(dirname(fileURLToPath(import.meta.url)), '../../public/registry');
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const readJson = <T>(bytes: Buffer): T => JSON.parse(bytes.toString('utf8')) as T;

const reached = new Set<string>();
function blob(descriptor: Descriptor): Buffer {
  const bytes = readFileSync(join(registry, 'blobs/sha256', descriptor.digest.replace('sha256:', '')));
  expect(bytes.length).toBe(descriptor.size);
  expect(digestOf(bytes)).toBe(descriptor.digest);
  reached.add(descriptor.digest);
  return bytes;
}

const { repositories } = readJson<{ repositories: Record<string, Record<string, Descriptor>> }>(
  readFileSync(join(registry, 'repositories.json')),
);

describe('the image set', () => {
  it.each(Object.entries(repositories))('%s is whole', (_name, tags) => {
    for (const descriptor of Object.values(tags)) {
      const index = readJson<{ manifests: Descriptor[] }>(blob(descriptor));
      expect(index.manifests.map((manifest) => manifest.platform)).toEqual([{ architecture: '386', os: 'linux' }]);
      for (const platform of index.manifests) {
        const manifest = readJson<{ config: Descriptor; layers: Descriptor[] }>(blob(platform));
        const config = readJson<Config>(blob(manifest.config));
        expect(config.rootfs.diff_ids).toHaveLength(manifest.layers.length);
        expect(config.history.filter((step) => step.empty_layer !== true)).toHaveLength(manifest.layers.length);
        for (const [number, layer] of manifest.layers.entries()) {
          if (reached.has(layer.digest)) continue;
          expect(digestOf(gunzipSync(blob(layer)))).toBe(config.rootfs.diff_ids[number]);
        }
      }
    }
  });

  it('keeps setuid bits and puts no entry outside the root', () => {
    const base = readJson<{ images: { repository: string; layers: Descriptor[] }[] }>(
      readFileSync(join(registry, 'manifest.json')),
    );
    const layer = base.images.find((image) => image.repository === 'library/debian')?.layers[0]?.digest ?? '';
    const entries = readTar(gunzipSync(readFileSync(join(registry, 'blobs/sha256', layer.replace('sha256:', '')))));
    expect(entries.find((entry) => entry.path === 'usr/bin/su')?.mode).toBe(0o4755);
    expect(entries.filter((entry) => entry.path.startsWith('/') || entry.path.split('/').includes('..'))).toEqual([]);
  });

  it('has no blob that no image needs, and stays below 90 MB', () => {
    const names = readdirSync(join(registry, 'blobs/sha256'));
    expect(names.map((name) => `sha256:${name}`).filter((digest) => !reached.has(digest))).toEqual([]);
    const bytes = names.reduce((total, name) => total + readFileSync(join(registry, 'blobs/sha256', name)).length, 0);
    expect(bytes).toBeLessThan(90e6);
  });
});
