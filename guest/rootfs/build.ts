// Builds public/kernel/rootfs.tar.gz: the VM's own userland, chosen file by file from Debian's i386 packages.
// Run on Debian: npx tsx guest/rootfs/build.ts [--relock]. Prints what each package costs.
// Daemons, init and the control channel are not in it: guest/init and the engine's bytecode are added when the VM is assembled.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTENTS, NO_APPLET } from './contents.ts';
import {
  debEntries,
  fetchDeb,
  licenceOf,
  lockPackage,
  manifestInput,
  type LockedPackage,
  type ManifestInput,
} from './deb.ts';
import { gzip, writeManifest, SOURCE_DATE_EPOCH } from './output.ts';
import { sorted, writeTar, type Entry } from './tar.ts';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '../../public/kernel');
const lockPath = join(here, 'lock.json');

/** Debian 12 has /bin, /sbin and /lib in packages but as links on a running system. */
const merged = (path: string): string => path.replace(/^(bin|sbin|lib)\//, 'usr/$1/');

const directory = (path: string, mode = 0o755): Entry => ({
  path,
  type: 'directory',
  mode,
  uid: 0,
  gid: 0,
  mtime: SOURCE_DATE_EPOCH,
});
const symlink = (path: string, link: string): Entry => ({
  path,
  type: 'symlink',
  mode: 0o777,
  uid: 0,
  gid: 0,
  mtime: SOURCE_DATE_EPOCH,
  link,
});
const file = (path: string, content: Buffer, mode = 0o644): Entry => ({
  path,
  type: 'file',
  mode,
  uid: 0,
  gid: 0,
  mtime: SOURCE_DATE_EPOCH,
  content,
});

function readLock(): LockedPackage[] {
  if (process.argv.includes('--relock')) {
    const locked = CONTENTS.map((row) => lockPackage(row.package));
    writeFileSync(lockPath, `${JSON.stringify(locked, null, 2)}\n`);
  }
  return JSON.parse(readFileSync(lockPath, 'utf8')) as LockedPackage[];
}

function skeleton(): Entry[] {
  const plain =
    'dev etc home mnt opt proc run srv sys usr usr/bin usr/lib usr/sbin usr/local usr/local/bin usr/local/sbin usr/share var var/lib var/lib/docker var/log var/spool var/cache';
  return [
    ...plain.split(' ').map((path) => directory(path)),
    directory('root', 0o700),
    directory('tmp', 0o1777),
    directory('var/tmp', 0o1777),
    ...['bin', 'sbin', 'lib'].map((name) => symlink(name, `usr/${name}`)),
    symlink('var/run', '../run'),
    symlink('etc/mtab', '../proc/self/mounts'),
    symlink('usr/bin/sh', 'bash'),
    symlink('usr/bin/bash', 'bash-static'),
    symlink('usr/bin/pidof', 'busybox'),
    ...['iptables', 'ip6tables'].flatMap((name) =>
      ['', '-save', '-restore'].map((suffix) => symlink(`usr/sbin/${name}${suffix}`, 'xtables-legacy-multi')),
    ),
  ];
}

/** /etc comes from files beside this recipe; a student reads them in the VM as they stand here. */
function configuration(): Entry[] {
  const folder = join(here, 'etc');
  return readdirSync(folder).map((name) =>
    file(`etc/${name}`, readFileSync(join(folder, name)), name === 'shadow' ? 0o600 : 0o644),
  );
}

/** Asks busybox itself (an i386 program; any amd64 Linux runs it) for its applets and where they belong. */
function applets(busybox: Buffer): Entry[] {
  const scratch = mkdtempSync(join(tmpdir(), 'drydock-busybox-'));
  const program = join(scratch, 'busybox');
  writeFileSync(program, busybox);
  chmodSync(program, 0o755);
  const list = execFileSync(program, ['--list-full'], { encoding: 'utf8' }).trim().split('\n');
  rmSync(scratch, { recursive: true });
  return list
    .map(merged)
    .filter((path) => !NO_APPLET.has(basename(path)))
    .map((path) => symlink(path, dirname(path) === 'usr/bin' ? 'busybox' : '../bin/busybox'));
}

/** Every directory above a kept file, so that the archive needs nothing that is not in it. */
function addParents(tree: Map<string, Entry>): void {
  for (const path of [...tree.keys()]) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      if (!tree.has(parent)) tree.set(parent, directory(parent));
    }
  }
}

/** A program whose library is missing fails in the VM with "not found": better that the build fails. */
function checkLibraries(tree: ReadonlyMap<string, Entry>): void {
  const scratch = mkdtempSync(join(tmpdir(), 'drydock-needed-'));
  const names = new Set([...tree.keys()].map((path) => basename(path)));
  for (const [path, entry] of tree) {
    if (entry.content?.subarray(0, 4).toString('latin1') !== '\x7fELF') continue;
    writeFileSync(join(scratch, 'elf'), entry.content);
    const dynamic = execFileSync('readelf', ['-d', join(scratch, 'elf')], { encoding: 'utf8' });
    for (const [, needed = ''] of dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)) {
      if (!names.has(needed)) throw new Error(`${path} needs ${needed}: add its package to contents.ts`);
    }
  }
  rmSync(scratch, { recursive: true });
}

const tree = new Map<string, Entry>();
const inputs: ManifestInput[] = [];
const copyrights: Entry[] = [];
const put = (entry: Entry): void => void tree.set(entry.path, { ...entry, uid: 0, gid: 0, mtime: SOURCE_DATE_EPOCH });

const locked = new Map(readLock().map((entry) => [entry.name, entry]));
const packages = CONTENTS.map((row) => {
  const lock = locked.get(row.package);
  if (lock === undefined) throw new Error(`${row.package} is not in lock.json: run with --relock`);
  const all = debEntries(fetchDeb(lock)).map((entry) => ({ ...entry, path: merged(entry.path) }));
  const kept = all.filter(
    (entry) => entry.type !== 'directory' && row.keep.some((pattern) => pattern.test(entry.path)),
  );
  if (kept.length === 0) throw new Error(`${row.package}: nothing matches its patterns`);
  const copyright = all.find(
    (entry) => entry.path === `usr/share/doc/${row.package}/copyright` && entry.type === 'file',
  );
  inputs.push(manifestInput(lock, licenceOf(lock, copyright?.content?.toString('utf8') ?? '')));
  if (copyright !== undefined)
    copyrights.push({ ...copyright, path: row.package, uid: 0, gid: 0, mtime: SOURCE_DATE_EPOCH });
  return { name: row.package, kept };
});

const busybox = packages[0]?.kept[0]?.content;
if (busybox === undefined) throw new Error('contents.ts must name busybox first');
// Later rows win: an applet's link gives way to the real program of the same name, wherever that one lies.
for (const entry of applets(busybox)) put(entry);
for (const entry of skeleton()) put(entry);
for (const { kept } of packages) {
  for (const entry of kept) {
    for (const place of ['usr/bin', 'usr/sbin']) {
      if (/^usr\/s?bin\//.test(entry.path)) tree.delete(`${place}/${basename(entry.path)}`);
    }
    put(entry);
  }
}
for (const entry of configuration()) put(entry);
addParents(tree);
checkLibraries(tree);

mkdirSync(output, { recursive: true });
const archive = gzip(writeTar(sorted(tree.values())));
writeFileSync(join(output, 'rootfs.tar.gz'), archive);
writeFileSync(join(output, 'rootfs.copyright.tar.gz'), gzip(writeTar(sorted(copyrights))));
writeManifest(output, 'rootfs', ['rootfs.tar.gz', 'rootfs.copyright.tar.gz'], {
  recipe: 'guest/rootfs/build.ts',
  inputs,
  licence: 'each package its own (named in inputs; texts in rootfs.copyright.tar.gz)',
});

for (const { name, kept } of packages) {
  const bytes = kept.reduce((total, entry) => total + (entry.content?.length ?? 0), 0);
  console.log(
    `${name.padEnd(18)} ${String(bytes).padStart(9)} bytes ${String(gzip(writeTar(kept)).length).padStart(9)} gzip`,
  );
}
console.log(`${tree.size} entries, rootfs.tar.gz ${archive.length} bytes`);
