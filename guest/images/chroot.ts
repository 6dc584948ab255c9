// Root file systems of Debian's i386 packages on this machine's disk: the first one from nothing (as debootstrap does),
// each further one as an overlay mount on those below. dpkg and the packages' own scripts run inside, so that what the
// image says about itself (dpkg -l, /etc/passwd, alternatives) is true. Needs root and a kernel that runs i386 programs.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { debEntries, fetchDeb, type LockedPackage } from '../rootfs/deb.ts';
import { SOURCE_DATE_EPOCH } from '../rootfs/output.ts';

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  LC_ALL: 'C',
  HOME: '/root',
  // Python's compiled files and debconf's database list sets in hash order. (SOURCE_DATE_EPOCH itself stays unset: Python would then check
  // every source by its hash at each start, and start more slowly.)
  PYTHONHASHSEED: '0',
  PERL_HASH_SEED: '0',
};

/** Runs a program inside with /dev and /proc; nothing stays mounted, whatever happens. */
export function inside(root: string, command: readonly string[]): void {
  mkdirSync(join(root, 'dev'), { recursive: true });
  mkdirSync(join(root, 'proc'), { recursive: true });
  execFileSync('mount', ['--bind', '/dev', join(root, 'dev')]);
  execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  try {
    execFileSync('chroot', [root, ...command], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    throw new Error(`${command.join(' ')}\n${stdout?.toString() ?? ''}\n${stderr?.toString() ?? ''}`, { cause: error });
  } finally {
    execFileSync('umount', [join(root, 'proc')]);
    execFileSync('umount', [join(root, 'dev')]);
  }
}

function copyDebs(root: string, packages: readonly LockedPackage[]): string[] {
  mkdirSync(join(root, 'debs'), { recursive: true });
  return packages.map((locked) => {
    const path = `/debs/${basename(locked.filename)}`;
    copyFileSync(fetchDeb(locked), join(root, path));
    return path;
  });
}

const DPKG = ['dpkg', '--force-unsafe-io', '--force-confold'];

export function install(root: string, packages: readonly LockedPackage[]): void {
  if (packages.length === 0) return;
  inside(root, [...DPKG, '--unpack', ...copyDebs(root, packages)]);
  inside(root, [...DPKG, '--configure', '-a']);
  rmSync(join(root, 'debs'), { recursive: true });
}

/** Base system: unpack everything without dpkg so that dpkg can run, then let dpkg install all of it properly. */
export function bootstrap(root: string, packages: readonly LockedPackage[], settings: string): void {
  for (const name of ['bin', 'sbin', 'lib']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const debs = copyDebs(root, packages);
  for (const locked of packages) {
    const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', fetchDeb(locked)], { maxBuffer: 1 << 30 });
    execFileSync('tar', ['-x', '--keep-directory-symlink', '-C', root], { input: archive });
  }
  copyTree(settings, root);
  mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  const named = (...names: string[]): string[] =>
    names.flatMap((name) => debs.filter((deb) => basename(deb).startsWith(`${name}_`)));
  // debootstrap's order: each of these has a script that needs what came before it.
  for (const name of ['base-passwd', 'base-files', 'dpkg', 'libc6', 'perl-base', 'mawk', 'debconf']) {
    inside(root, [...DPKG, '--force-depends', '--install', ...named(name)]);
  }
  inside(root, [...DPKG, '--force-depends', '--unpack', ...debs]);
  inside(root, [...DPKG, '--configure', '-a']);
  rmSync(join(root, 'debs'), { recursive: true });
}

/** Our own files into an image, owned by root; of the mode only "executable or not" is taken over, as git does. */
export function copyTree(from: string, to: string): void {
  for (const item of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, item.name), join(to, item.name)];
    if (item.isDirectory()) {
      if (!existsSync(target)) mkdirSync(target, { mode: 0o755 });
      copyTree(source, target);
    } else {
      copyFileSync(source, target);
      chmodSync(target, (statSync(source).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

/** Single files of a package, put where the official image has them and unknown to dpkg: see Extract in images.ts. */
export function extract(root: string, deb: string, name: string, files: readonly (readonly [RegExp, string])[]): void {
  const rules = [...files, [new RegExp(`^usr/share/doc/${name}/copyright$`), '$&'] as const];
  for (const entry of debEntries(deb)) {
    const rule = rules.find(([pattern]) => pattern.test(entry.path));
    if (rule === undefined || entry.type === 'directory') continue;
    const target = join(root, entry.path.replace(rule[0], rule[1]));
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    if (entry.type === 'symlink') symlinkSync(entry.link ?? '', target);
    else {
      writeFileSync(target, entry.content ?? '');
      chmodSync(target, entry.mode);
      utimesSync(target, entry.mtime, entry.mtime);
    }
  }
}

/** Mounts `below` (nearest last) under an empty directory and calls `work` with the merged root. */
export function onTop<T>(scratch: string, below: readonly string[], work: (root: string) => T): T {
  for (const name of ['diff', 'work', 'merged']) mkdirSync(join(scratch, name), { recursive: true });
  const lowerdir = [...below].reverse().join(':');
  const options = `lowerdir=${lowerdir},upperdir=${join(scratch, 'diff')},workdir=${join(scratch, 'work')}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, join(scratch, 'merged')]);
  try {
    return work(join(scratch, 'merged'));
  } finally {
    execFileSync('umount', [join(scratch, 'merged')]);
  }
}

const LEFTOVERS = [
  ...[
    'var/log/dpkg.log',
    'var/log/alternatives.log',
    'var/log/bootstrap.log',
    'var/log/apt',
    'var/log/lastlog',
    'var/log/faillog',
  ],
  ...['var/cache/ldconfig', 'var/cache/debconf/config.dat-old', 'var/cache/debconf/templates.dat-old'],
  ...['var/lib/dpkg/status-old', 'var/lib/dpkg/diversions-old', 'var/lib/dpkg/statoverride-old'],
  ...[
    'var/lib/dpkg/lock',
    'var/lib/dpkg/lock-frontend',
    'var/lib/dpkg/triggers/Lock',
    'var/cache/debconf/passwords.dat-old',
  ],
  ...['etc/passwd-', 'etc/group-', 'etc/shadow-', 'etc/gshadow-', 'etc/subuid-', 'etc/subgid-', 'etc/.pwd.lock'],
];

const NOT_IN_SLIM = ['usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian', 'usr/share/groff'];

/** Takes out what the slim images leave out, and every trace of the building itself. */
export function clean(root: string): void {
  for (const path of LEFTOVERS) rmSync(join(root, path), { recursive: true, force: true });
  for (const path of [...NOT_IN_SLIM, 'tmp', 'var/tmp', 'run', 'var/cache/apt/archives', 'var/lib/apt/lists']) {
    if (!existsSync(join(root, path))) continue;
    for (const name of readdirSync(join(root, path))) rmSync(join(root, path, name), { recursive: true });
  }
  execFileSync('find', [
    join(root, 'usr/share/doc'),
    '-mindepth',
    '2',
    '!',
    '-name',
    'copyright',
    '!',
    '-type',
    'd',
    '-delete',
  ]);
  execFileSync('find', [join(root, 'usr/share/doc'), '-mindepth', '1', '-type', 'd', '-empty', '-delete']);
  // What bootstrap unpacked before dpkg read its path-exclude lines.
  const gconv = join(root, 'usr/lib/i386-linux-gnu/gconv');
  const kept = /^(gconv-modules.*|UTF-.*\.so|(UNICODE|ISO8859-15?|CP1252)\.so)$/;
  for (const name of readdirSync(gconv)) if (!kept.test(name)) rmSync(join(gconv, name), { recursive: true });
  // The day on which a password was "last changed" is the day of building.
  const shadow = join(root, 'etc/shadow');
  const day = String(Math.floor(SOURCE_DATE_EPOCH / 86400));
  writeFileSync(shadow, readFileSync(shadow, 'utf8').replace(/^([^:]*:[^:]*:)\d+:/gm, `$1${day}:`));
}
