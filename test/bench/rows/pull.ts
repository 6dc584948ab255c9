// How fast an image comes in: compressed bytes of nginx by the guest's time, from the page's registry into the store.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/vm/node/artefacts.ts';
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 3;

export const pull: Row = {
  name: 'pull',
  title: 'docker pull nginx',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh('docker pull nginx >/dev/null');
    const digests = await guest.sh(
      `cat /var/lib/docker/image/overlay2/layerdb/sha256/*/layer.json | grep -o '"digest":"[^"]*"'`,
    );
    const bytes = layerBytes([...new Set(digests.match(/sha256:\w+/g))]);
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await guest.sh('docker rmi nginx >/dev/null');
      const { ms } = await guest.time('docker pull nginx');
      samples.push(bytes / 1e6 / (ms / 1000));
    }
    await guest.close();
    return [{ row: 'pull', what: 'nginx', is: median(samples), unit: 'MB/s', goal: 3, goalIs: 'at-least', samples }];
  },
};

/** Compressed size of the image of several layers in public/registry whose layers are all among these. */
function layerBytes(digests: readonly string[]): number {
  const folder = join(ROOT, 'public/registry');
  const parse = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const blob = (digest: string): Document => parse(`blobs/sha256/${digest.replace('sha256:', '')}`) as Document;
  const { repositories } = parse('repositories.json') as Registry;
  const indexes = Object.values(repositories).flatMap((tags) => Object.values(tags).map((tag) => blob(tag.digest)));
  for (const manifest of indexes.flatMap((index) => (index.manifests ?? []).map(({ digest }) => blob(digest)))) {
    const layers = manifest.layers ?? [];
    if (layers.length < 2 || !layers.every((layer) => digests.includes(layer.digest))) continue;
    return layers.reduce((sum, layer) => sum + layer.size, 0);
  }
  throw new Error('the pulled image is not in public/registry');
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}
/** An image index or a manifest. */
interface Document {
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
}
interface Registry {
  readonly repositories: Readonly<Record<string, Readonly<Record<string, Descriptor>>>>;
}
