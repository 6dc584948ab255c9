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

/** Sum of the compressed sizes of those layers that are nginx's alone or its base's: busybox and hello-world are there already. */
function layerBytes(digests: readonly string[]): number {
  const folder = join(ROOT, 'public/registry/blobs/sha256');
  const blob = (digest: string): Buffer => readFileSync(join(folder, digest.replace('sha256:', '')));
  const repositories = readFileSync(join(ROOT, 'public/registry/repositories.json'), 'utf8');
  for (const digest of new Set(repositories.match(/sha256:[0-9a-f]{64}/g))) {
    const manifest = JSON.parse(blob(digest).toString('utf8')) as Manifest;
    const layers = manifest.layers ?? [];
    if (layers.length < 2 || !layers.every((layer) => digests.includes(layer.digest))) continue;
    return layers.reduce((sum, layer) => sum + layer.size, 0);
  }
  throw new Error('the pulled image is not in public/registry');
}

interface Manifest {
  readonly layers?: readonly { readonly digest: string; readonly size: number }[];
}
