import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble, type Double } from './double.ts';
import * as sys from './index.ts';

describe('the recording double', () => {
  let double: Double;
  beforeEach(() => {
    double = installDouble({ files: { '/etc/hosts': '127.0.0.1 localhost\n' }, syscalls: { mount: () => -1 } });
  });

  it('names calls by the one table and gives back what a handler says', () => {
    sys.mkdirAll('/a/b');
    expect(double.of('mkdir')).toEqual([['/a/b', 0o755]]);
    expect(() => sys.mount('proc', '/proc', 'proc')).toThrow(
      'mount("proc", "/proc", "proc", 0, null): operation not permitted (EPERM)',
    );
  });

  it('keeps files', () => {
    expect(sys.readText('/etc/hosts')).toBe('127.0.0.1 localhost\n');
    sys.writeFileAtomic('/etc/x', 'new');
    expect(double.files.get('/etc/x')).toBe('new');
    expect(sys.readTextIfExists('/nope')).toBeUndefined();
    expect(sys.exists('/etc')).toBe(true);
  });

  it('really hashes and encodes', () => {
    expect(sys.sha256Digest('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sys.utf8Decode(sys.base64Decode(sys.base64Encode(sys.utf8Encode('ä€😀'))) ?? new Uint8Array())).toBe('ä€😀');
  });
});

describe('wrappers', () => {
  it('encodes addresses both ways', () => {
    installDouble();
    for (const address of [
      { family: 'unix', path: '/run/docker.sock' },
      { family: 'unix', path: '\0abstract' },
      { family: 'inet', address: '10.0.2.15', port: 8080 },
      { family: 'netlink', pid: 7, groups: 3 },
    ] as const) {
      expect(sys.decodeAddress(sys.encodeAddress(address))).toEqual(address);
    }
    expect(() => sys.encodeAddress({ family: 'inet', address: '10.0.2', port: 1 })).toThrow(RangeError);
  });

  it('splits 64-bit offsets for a 32-bit kernel', () => {
    const double = installDouble();
    sys.pwrite(3, new Uint8Array(2), 5 * 2 ** 32 + 7);
    expect(double.of('pwrite64')[0]?.slice(2)).toEqual([2, 7, 5]);
  });

  it('decodes wait statuses', () => {
    expect(sys.exitCode(sys.exitStatus(7 << 8))).toBe(7);
    expect(sys.exitCode(sys.exitStatus(9))).toBe(137);
    expect(sys.exitStatus(0x86)).toEqual({ kind: 'signaled', signal: 6, coreDumped: true });
  });
});
