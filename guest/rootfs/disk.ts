// Builds public/kernel/disk.gz: the empty ext4 file system that the VM mounts on /var/lib/docker (drive hda).
// Run on Debian: npx tsx guest/rootfs/disk.ts. Only blocks that are not all zero are stored; a block that is not listed reads as zeros.
//
// After gunzip, little endian:  magic "DDSK" · u32 version 1 · u32 block size · u32 blocks on the disk · u32 blocks stored
//                               · u32 number of each stored block, ascending · the stored blocks, in that order

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzip, SOURCE_DATE_EPOCH, writeManifest } from './output.ts';

const BLOCK = 4096;
const BLOCKS = 2 ** 31 / BLOCK;
const output = join(dirname(fileURLToPath(import.meta.url)), '../../public/kernel');

// No metadata_csum: this processor has no instruction for CRC-32C, so that checksums were a twentieth of a `docker run`; against a cut
// in the middle of a write the journal protects, with or without them, and this disk's medium is memory.
const FEATURES = [
  ...['has_journal', 'ext_attr', 'dir_index', 'filetype', 'extent', 'flex_bg', 'sparse_super', 'large_file'],
  ...['dir_nlink', 'extra_isize'],
];

const MKE2FS = [
  // The journal keeps the file system whole if the tab closes in the middle of a write; 1024 blocks is the least that ext4 takes.
  ...['-t', 'ext4', '-b', String(BLOCK), '-J', 'size=4'],
  // One inode for 16 KB: 131,072 files. No reserve for root. Every feature is named, so that the machine's own
  // mke2fs.conf has no say; absent are those that a 2 GB disk on a 32-bit kernel cannot use.
  ...['-I', '256', '-N', '131072', '-m', '0', '-O', ['none', ...FEATURES].join(',')],
  // Tables are already zero, so the kernel must not zero them again in the background after the first mount: a
  // sparse disk would grow by 32 MB. Packed at the front, so that what is written often lies together.
  ...[
    '-E',
    'lazy_itable_init=0,lazy_journal_init=0,packed_meta_blocks=1,nodiscard,hash_seed=7d0c0de0-0000-4000-8000-000000000002',
  ],
  ...['-U', '7d0c0de0-0000-4000-8000-000000000001', '-L', 'docker'],
];

function makeFileSystem(image: string): void {
  writeFileSync(image, '');
  truncateSync(image, BLOCK * BLOCKS);
  const env = { ...process.env, E2FSPROGS_FAKE_TIME: String(SOURCE_DATE_EPOCH), MKE2FS_CONFIG: '/dev/null' };
  execFileSync('/sbin/mke2fs', ['-q', '-F', ...MKE2FS, image], { env });
  // Docker's own directory has no lost+found, and the journal leaves nothing to be found.
  execFileSync('/sbin/debugfs', ['-w', '-R', 'rmdir lost+found', image], { env, stdio: 'pipe' });
  execFileSync('/sbin/e2fsck', ['-f', '-n', image], { env, stdio: 'pipe' });
}

function pack(image: string): Buffer {
  const zeros = Buffer.alloc(BLOCK);
  const numbers: number[] = [];
  const blocks: Buffer[] = [];
  const disk = openSync(image, 'r');
  for (let number = 0; number < BLOCKS; number++) {
    const block = Buffer.alloc(BLOCK);
    readSync(disk, block, 0, BLOCK, number * BLOCK);
    if (block.equals(zeros)) continue;
    numbers.push(number);
    blocks.push(block);
  }
  closeSync(disk);
  const head = Buffer.from(Uint32Array.of(1, BLOCK, BLOCKS, numbers.length, ...numbers).buffer);
  return Buffer.concat([Buffer.from('DDSK'), head, ...blocks]);
}

const scratch = mkdtempSync(join(tmpdir(), 'drydock-disk-'));
makeFileSystem(join(scratch, 'hda'));
const packed = pack(join(scratch, 'hda'));
rmSync(scratch, { recursive: true });

mkdirSync(output, { recursive: true });
const compressed = gzip(packed);
writeFileSync(join(output, 'disk.gz'), compressed);
writeManifest(output, 'disk', ['disk.gz'], {
  recipe: 'guest/rootfs/disk.ts',
  inputs: [],
  licence: 'none: an empty file system made by mke2fs (e2fsprogs 1.47.0)',
});
console.log(`disk.gz ${compressed.length} bytes, ${packed.length} unpacked, for ${(BLOCK * BLOCKS) / 2 ** 20} MB`);
