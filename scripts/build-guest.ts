// Builds what the page loads besides its own code, into .cache/guest: root file system with the engine's bytecode, saved machine,
// index. Nothing is done if nothing changed. npx tsx scripts/build-guest.ts [--force]
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { GuestFile, GuestIndex } from '../src/vm/guest-index.ts';
import { PROGRAMS } from '../src/vm/image/assemble.ts';
import { CACHE_FOLDER, CMDLINE, kernelFile, MEMORY_MB, v86Wasm } from '../src/vm/node/artefacts.ts';
import { bundlePrograms } from './guest/bundle.ts';
import { compile } from './guest/compile.ts';
import { hardwareHash, initramfs, sha256, writeWhole } from './guest/parts.ts';
import { makeSnapshot } from './guest/snapshot.ts';
import { createHash } from 'node:crypto';

/** Raised when the snapshot is made in another way from equal parts. */
const RECIPE = 3;
const FOLDER = join(CACHE_FOLDER, 'guest');
const INDEX = join(FOLDER, 'index.json');

function describe(path: string, bytes: Uint8Array): GuestFile {
  return { path, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Writes a file of the guest folder; its description. */
function put(name: string, bytes: Uint8Array): GuestFile {
  writeWhole(join(FOLDER, name), bytes);
  return describe(`guest/${name}`, bytes);
}

function isCurrent(id: string): boolean {
  if (!existsSync(INDEX)) return false;
  const index = JSON.parse(readFileSync(INDEX, 'utf8')) as GuestIndex;
  if (index.id !== id || index.snapshot?.id !== id) return false;
  const { state, history, formats } = index.snapshot;
  const inFolder = [...Object.values(index.files), state, history, formats];
  return inFolder.every(({ path }) => !path.startsWith('guest/') || existsSync(join(CACHE_FOLDER, path)));
}

export async function buildGuest(log: (line: string) => void, force = false): Promise<void> {
  const programs = await compile(await bundlePrograms(PROGRAMS), log);
  const initrd = initramfs(programs);
  const id = sha256(hardwareHash(), initrd, String(RECIPE));
  if (isCurrent(id) && !force) return log(`up to date (${id.slice(0, 12)})`);
  const { state, history, formats, kernelVersion } = await makeSnapshot(initrd, programs.has('dockerd'), log);
  const lines = history.map((event) => `${JSON.stringify(event)}\n`).join('');
  writeWhole(join(FOLDER, 'machine.state'), state);
  log(`state of ${(state.byteLength / 2 ** 20).toFixed(1)} MB, ${history.length} events`);
  const index: GuestIndex = {
    format: 1,
    id,
    memoryMb: MEMORY_MB,
    cmdline: CMDLINE,
    kernelVersion,
    files: {
      wasm: put('v86.bin', gzipSync(v86Wasm(), { level: 9 })),
      bios: describe('kernel/seabios.bin', kernelFile('seabios.bin')),
      vgaBios: describe('kernel/vgabios.bin', kernelFile('vgabios.bin')),
      kernel: describe('kernel/bzImage', kernelFile('bzImage')),
      initrd: put('initramfs.bin', gzipSync(initrd, { level: 9 })),
      disk: put('disk.bin', kernelFile('disk.gz')),
      offsets: describe('kernel/offsets.json', kernelFile('offsets.json')),
    },
    snapshot: {
      id,
      state: put('state.bin', gzipSync(state, { level: 9 })),
      history: put('history.bin', gzipSync(lines, { level: 9 })),
      formats: put('formats.bin', gzipSync(JSON.stringify(formats), { level: 9 })),
    },
  };
  writeWhole(INDEX, JSON.stringify(index, null, 2));
  const total = [index.files.wasm, index.snapshot?.state].reduce((sum, file) => sum + (file?.bytes ?? 0), 0);
  log(`built ${id.slice(0, 12)}: a page loads ${(total / 2 ** 20).toFixed(1)} MB`);
}

if (process.argv[1]?.endsWith('build-guest.ts')) {
  const started = performance.now();
  await buildGuest(
    (line) => console.log(`[${((performance.now() - started) / 1000).toFixed(1)} s] ${line}`),
    process.argv.includes('--force'),
  );
  process.exit(0);
}
