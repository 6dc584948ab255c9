// The machine's parts from this work tree, for everything that runs under Node: tests, bench, build, headless.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { KernelOffsets } from '../../trace/probe.ts';
import { unpackDisk } from '../machine/disk.ts';
import { withThreshold } from '../machine/translator.ts';
import type { MachineParts } from '../machine/v86.ts';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const KERNEL_FOLDER = join(ROOT, 'public/kernel');
export const CACHE_FOLDER = join(ROOT, '.cache');

export const MEMORY_MB = 256;
export const CMDLINE = 'console=ttyS0 tsc=reliable random.trust_cpu=on libata.force=2:disable dummy.numdummies=0';

/** A file as a buffer of its own (Node's may share one). */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path));
}

export const kernelFile = (name: string): Uint8Array<ArrayBuffer> => readBytes(join(KERNEL_FOLDER, name));

/** The emulator's program, as the page gets it too. */
export const v86Wasm = (): Uint8Array<ArrayBuffer> =>
  withThreshold(readBytes(join(ROOT, 'node_modules/v86/build/v86.wasm')));

/** Every file beneath a folder, by its path from there. */
export function readFolder(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const visit = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const child = join(path, name);
      if (statSync(child).isDirectory()) visit(child);
      else files.set(relative(folder, child), readBytes(child));
    }
  };
  if (existsSync(folder)) visit(folder);
  return files;
}

let wasm: WebAssembly.Module | undefined;

/** Parts of a machine that boots this initial RAM file system. */
export function machineParts(
  initrd: Uint8Array<ArrayBuffer>,
  cmdline = `${CMDLINE} quiet`,
  memoryMb = MEMORY_MB,
): MachineParts {
  wasm ??= new WebAssembly.Module(v86Wasm());
  return {
    wasm,
    bios: kernelFile('seabios.bin'),
    vgaBios: kernelFile('vgabios.bin'),
    kernel: kernelFile('bzImage'),
    initrd,
    disk: unpackDisk(new Uint8Array(gunzipSync(kernelFile('disk.gz')))),
    memoryMb,
    cmdline,
  };
}

/** Struct offsets of this kernel, which the probes need. */
export const kernelOffsets = (): KernelOffsets =>
  JSON.parse(readFileSync(join(KERNEL_FOLDER, 'offsets.json'), 'utf8')) as KernelOffsets;
