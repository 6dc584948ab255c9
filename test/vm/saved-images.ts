// Archives that `docker save` wrote, for the tests of save and load.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DockerMachine } from './docker-machine.ts';

/** Two images of one name: busybox as mine:1, and one with a layer that commit made as mine:2; the container is `maker`. */
export async function makeTwoImages({ ok }: DockerMachine): Promise<void> {
  const script = 'echo hi >/new; rm /bin/vi; mkdir -p /d/e; ln /new /d/hard';
  await ok('run', '--name', 'maker', 'busybox', 'sh', '-c', script);
  await ok('commit', 'maker', 'mine:2');
  await ok('tag', 'busybox', 'mine:1');
}

/** Unpacks an archive of the folder `tars` and checks that every blob is what its name says. */
export function unpacked(tars: string, name: string): (path: string) => Buffer {
  const folder = join(tars, `${name}.d`);
  mkdirSync(folder);
  execFileSync('tar', ['xf', join(tars, name), '-C', folder]);
  const list = execFileSync('tar', ['tf', join(tars, name)], { encoding: 'utf8' }).split('\n');
  for (const path of list.filter((entry) => /^blobs\/sha256\/./.test(entry)))
    expect(
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ).toBe(path.slice(13));
  return (path) => readFileSync(join(folder, path));
}
