// What the guest is made of, read from the work tree: the inputs of every image and of the name of every cached state.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { assemble, type GuestParts, type Program } from '../../src/vm/image/assemble.ts';
import { writeCpio } from '../../src/vm/image/cpio.ts';
import type { ImageFile } from '../../src/vm/image/tar.ts';
import { traceScript } from '../../src/vm/image/trace-script.ts';
import {
  CACHE_FOLDER,
  CMDLINE,
  KERNEL_FOLDER,
  kernelFile,
  MEMORY_MB,
  readFolder,
  ROOT,
  v86Wasm,
} from '../../src/vm/node/artefacts.ts';

/** Where the native programs go. */
const NATIVE_PATHS: Readonly<Record<string, string>> = {
  drydock: 'usr/lib/drydock/drydock',
  docker: 'usr/bin/docker',
  'docker-init': 'usr/bin/docker-init',
};

export function nativePrograms(): Map<string, Uint8Array> {
  const files = readFolder(join(KERNEL_FOLDER, 'native'));
  return new Map([...files].flatMap(([name, bytes]) => (NATIVE_PATHS[name] ? [[NATIVE_PATHS[name], bytes]] : [])));
}

/** The initial RAM file system with these programs. */
export function initramfs(
  bytecode: ReadonlyMap<Program, Uint8Array>,
  extra: readonly ImageFile[] = [],
): Uint8Array<ArrayBuffer> {
  const offsets = JSON.parse(readFileSync(join(KERNEL_FOLDER, 'offsets.json'), 'utf8')) as Parameters<
    typeof traceScript
  >[0];
  const parts: GuestParts = {
    rootfs: new Uint8Array(gunzipSync(kernelFile('rootfs.tar.gz'))),
    init: readFolder(join(ROOT, 'guest/init')),
    native: nativePrograms(),
    bytecode,
    traceScript: traceScript(offsets),
    extra,
  };
  return writeCpio(assemble(parts));
}

export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(createHash('sha256').update(part).digest());
  return hash.digest('hex');
}

/** Hash of everything in a machine besides its initial RAM file system. */
export function hardwareHash(): string {
  const v86 = readFileSync(join(ROOT, 'node_modules/v86/package.json'));
  const emulator = readFileSync(join(ROOT, 'node_modules/v86/build/libv86.mjs'));
  const ours = ['v86.ts', 'accelerator.ts'].map((name) => readFileSync(join(ROOT, 'src/vm/machine', name)));
  const files = ['bzImage', 'seabios.bin', 'vgabios.bin', 'disk.gz'].map((name) => kernelFile(name));
  return sha256(v86, emulator, ...ours, v86Wasm(), ...files, CMDLINE, String(MEMORY_MB));
}

/** A file of the cache, made if it is not there. */
export async function cached(name: string, make: () => Promise<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(CACHE_FOLDER, name);
  if (!existsSync(path)) writeWhole(path, await make());
  return new Uint8Array(readFileSync(path));
}

/** Written under another name first: a build that is interrupted leaves no half file. */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}
