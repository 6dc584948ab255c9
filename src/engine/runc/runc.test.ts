import { beforeEach, describe, expect, it } from 'vitest';
import * as sys from '../sys/index.ts';
import { installDouble, type Double } from '../sys/double.ts';
import { applyCapabilities, capabilityMask, DEFAULT_CAPABILITIES, dropBoundingSet } from './capabilities.ts';
import { lookPath } from './lookpath.ts';
import { parseOptions } from './mounts.ts';
import { newNamespaceFlags } from './namespaces.ts';
import { finishRootfs, prepareRootfs } from './rootfs.ts';
import type { Spec } from './spec.ts';
import { withUndo } from './undo.ts';

const spec: Spec = {
  ociVersion: '1.2.0',
  process: { user: { uid: 0, gid: 0 }, args: ['sh'], env: [], cwd: '/' },
  root: { path: '/merged', readonly: true },
  hostname: 'abc',
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] },
    { destination: '/data', type: 'bind', source: '/volumes/data', options: ['rbind', 'ro', 'rprivate'] },
  ],
  linux: {
    cgroupsPath: '/docker/abc',
    namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'cgroup' }, { type: 'network', path: '/proc/7/ns/net' }],
    maskedPaths: ['/proc/keys'],
    readonlyPaths: ['/proc/sys'],
  },
};

let double: Double;
const directory = { mode: sys.S_IFDIR | 0o755 } as sys.Stat;
beforeEach(() => {
  double = installDouble({ native: { statx: () => directory }, syscalls: { openat: () => 30, openat2: () => 31 } });
});

describe('prepareRootfs', () => {
  it('mounts in the order of the specification, then pivots and lets the host go', () => {
    prepareRootfs(spec);
    const mounts = double.of('mount').map(([source, target, type, flags]) => [source, target, type, flags]);
    const { MS } = sys;
    expect(mounts).toEqual([
      [null, '/', null, MS.PRIVATE | MS.REC],
      ['/merged', '/merged', 'bind', MS.BIND | MS.REC],
      ['proc', '/merged/proc', 'proc', MS.NOSUID | MS.NOEXEC | MS.NODEV],
      ['cgroup', '/merged/sys/fs/cgroup', 'cgroup2', MS.RDONLY],
      ['/volumes/data', '/merged/data', 'bind', MS.BIND | MS.REC],
      [null, '/merged/data', null, MS.BIND | MS.REMOUNT | MS.RDONLY],
      [null, '/merged/data', null, MS.PRIVATE | MS.REC],
      [null, '.', null, MS.SLAVE | MS.REC],
    ]);
    const order = double.names().filter((name) => ['pivot_root', 'umount2', 'mknod'].includes(name));
    expect(order).toEqual(['mknod', 'mknod', 'mknod', 'mknod', 'mknod', 'mknod', 'pivot_root', 'umount2']);
    expect(double.of('pivot_root')).toEqual([['.', '.']]);
  });

  it('tells a failed mount in words with the paths', () => {
    double = installDouble({
      native: { statx: () => directory },
      syscalls: { openat: () => 30, openat2: () => 31, mount: (_s, target) => (target === '/merged/data' ? -20 : 0) },
    });
    expect(() => prepareRootfs(spec)).toThrow(
      /error mounting "\/volumes\/data" to rootfs at "\/data": .*not a directory: Are you trying to mount a directory onto a file/,
    );
  });
});

it('makes the root read-only, remounts readonlyPaths, and hides maskedPaths behind /dev/null', () => {
  finishRootfs(spec);
  expect(double.of('mount').map(([source, target, , flags]) => [source, target, flags])).toEqual([
    [null, '/', sys.MS.BIND | sys.MS.REMOUNT | sys.MS.RDONLY],
    ['/proc/sys', '/proc/sys', sys.MS.BIND | sys.MS.REC],
    ['/proc/sys', '/proc/sys', sys.MS.BIND | sys.MS.REC | sys.MS.REMOUNT | sys.MS.RDONLY | 0xe],
    ['/dev/null', '/proc/keys', sys.MS.BIND],
  ]);
});

it('parses options: flags, cleared flags, propagation, and what is left for the file system', () => {
  const { MS } = sys;
  expect(parseOptions(['ro', 'nosuid', 'rw', 'rslave', 'mode=755', 'size=64m'])).toEqual({
    flags: MS.NOSUID,
    propagation: [MS.SLAVE | MS.REC],
    recursiveReadonly: false,
    data: 'mode=755,size=64m',
  });
});

it('makes new namespaces for those without a path; the cgroup namespace is left for later', () => {
  expect(newNamespaceFlags(spec)).toBe(sys.CLONE_NEWNS | sys.CLONE_NEWPID);
});

describe('capabilities', () => {
  it('is the mask that /proc/PID/status shows in a Docker container', () => {
    expect(capabilityMask(DEFAULT_CAPABILITIES).toString(16)).toBe('a80425fb');
  });
  it('drops from the bounding set what is not named', () => {
    dropBoundingSet({ bounding: DEFAULT_CAPABILITIES });
    expect(double.of('dropBoundingSet')).toEqual([[0xa80425fb, 0, 41]]);
  });
  it('raises the ambient set one by one', () => {
    applyCapabilities({ ambient: ['CAP_NET_BIND_SERVICE'] });
    expect(double.of('prctl').map((args) => args.slice(0, 3))).toEqual([
      [47, 4, 0],
      [47, 2, 10],
    ]);
  });
});

describe('lookPath', () => {
  const file = (mode: number): sys.Stat => ({ mode: sys.S_IFREG | mode }) as sys.Stat;
  const tree: Record<string, sys.Stat> = {
    '/bin/sh': file(0o755),
    '/etc/passwd': file(0o644),
    '/usr/bin/data': file(0o644),
    '/etc': directory,
  };
  beforeEach(() => {
    installDouble({ native: { statx: (_dirfd, path) => tree[path] ?? -2 }, syscalls: { access: () => 0 } });
  });
  const env = ['PATH=/usr/bin:/bin'];
  it('searches $PATH', () => expect(lookPath('sh', env)).toBe('/bin/sh'));
  it.each([
    ['nope', 'exec: "nope": executable file not found in $PATH'],
    ['data', 'exec: "data": executable file not found in $PATH'],
    ['/nope', 'exec: "/nope": stat /nope: no such file or directory'],
    ['/etc/passwd', 'exec: "/etc/passwd": permission denied'],
    ['/etc', 'exec: "/etc": is a directory'],
  ])('%s', (name, message) => expect(() => lookPath(name, env)).toThrow(message));
});

describe('withUndo', () => {
  it('undoes in reverse on failure, even if one undo step fails, and reports the first error', () => {
    const done: string[] = [];
    const fails = (): never =>
      withUndo((undo) => {
        undo.push(() => void done.push('first'));
        undo.push(() => {
          throw new Error('undo failed');
        });
        undo.push(() => void done.push('last'));
        throw new Error('the reason');
      });
    expect(fails).toThrow('the reason');
    expect(done).toEqual(['last', 'first']);
  });
  it('keeps everything on success', () => {
    const done: string[] = [];
    expect(withUndo((undo) => (undo.push(() => void done.push('x')), 7))).toBe(7);
    expect(done).toEqual([]);
  });
});
