import { describe, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { DEFAULT_CAPABILITIES } from './capabilities.ts';
import { defaultProfile } from './seccomp-profile.ts';
import { compileSeccomp, seccompFilter } from './seccomp.ts';
import type { Seccomp } from './spec.ts';
import { SYSCALL_NUMBERS } from './syscalls-i386.ts';

const [ALLOW, ERRNO, KILL] = [0x7fff0000, 0x00050000, 0x80000000];
const I386 = 0x40000003;

/** The classic BPF machine, as far as seccomp programs use it: what the kernel would answer. */
function run(program: Uint8Array, nr: number, args: readonly number[] = [], arch = I386): number {
  const view = new DataView(program.buffer);
  const words = [nr, arch, 0, 0, ...[0, 1, 2, 3, 4, 5].flatMap((i) => [args[i] ?? 0, 0])];
  let a = 0;
  for (let pc = 0; ; pc++) {
    const [code, jt, jf, k] = [
      view.getUint16(pc * 8, true),
      view.getUint8(pc * 8 + 2),
      view.getUint8(pc * 8 + 3),
      view.getUint32(pc * 8 + 4, true),
    ];
    if (code === 0x20) a = (words[k / 4] ?? 0) >>> 0;
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x05) pc += k;
    else if (code === 0x06) return k;
    else if (code === 0x15) pc += a === k ? jt : jf;
    else if (code === 0x25) pc += a > k ? jt : jf;
    else if (code === 0x35) pc += a >= k ? jt : jf;
    else throw new Error(`unknown instruction ${code}`);
  }
}

const nr = (name: string): number => SYSCALL_NUMBERS.get(name) ?? NaN;

describe("Docker's default seccomp profile", () => {
  const filter = compileSeccomp(defaultProfile(DEFAULT_CAPABILITIES));
  const ask = (name: string, ...args: number[]): number => run(filter, nr(name), args);

  it.each(['read', 'execve', 'openat', 'clock_nanosleep_time64', 'setuid32', 'chroot', 'statx', 'fchmodat2'])(
    'allows %s',
    (name) => {
      expect(ask(name)).toBe(ALLOW);
    },
  );

  it.each([
    'mount',
    'umount2',
    'unshare',
    'setns',
    'reboot',
    'init_module',
    'bpf',
    'keyctl',
    'add_key',
    'kexec_load',
    'swapon',
    'pivot_root',
    'settimeofday',
    'open_by_handle_at',
  ])('refuses %s with EPERM', (name) => {
    expect(ask(name)).toBe(ERRNO | 1);
  });

  it('answers for every number, and refuses those that do not exist yet', () => {
    for (let number = 0; number < 600; number++) expect([ALLOW, ERRNO | 1, ERRNO | 38]).toContain(run(filter, number));
    expect(run(filter, 9999)).toBe(ERRNO | 1);
  });

  it('lets clone make processes but no namespaces, and says that clone3 is not there', () => {
    expect(ask('clone', 0x11)).toBe(ALLOW);
    expect(ask('clone', 0x10000000)).toBe(ERRNO | 1);
    expect(ask('clone', 0x00020011)).toBe(ERRNO | 1);
    expect(ask('clone3')).toBe(ERRNO | 38);
  });

  it('looks at the arguments of personality and socket', () => {
    expect(ask('personality', 0xffffffff)).toBe(ALLOW);
    expect(ask('personality', 0x8)).toBe(ALLOW);
    expect(ask('personality', 0x0040000)).toBe(ERRNO | 1);
    expect(ask('socket', 2)).toBe(ALLOW);
    expect(ask('socket', 40)).toBe(ERRNO | 1);
  });

  it('kills a process that calls by another architecture', () => {
    expect(run(filter, 0, [], 0xc000003e)).toBe(KILL);
  });

  it('opens with capabilities', () => {
    const more = compileSeccomp(defaultProfile([...DEFAULT_CAPABILITIES, 'CAP_SYS_ADMIN', 'CAP_SYS_TIME']));
    for (const name of ['mount', 'unshare', 'clone3', 'settimeofday']) expect(run(more, nr(name))).toBe(ALLOW);
    expect(run(more, nr('clone'), [0x10000000])).toBe(ALLOW);
    expect(run(more, nr('reboot'))).toBe(ERRNO | 1);
  });

  it('fits in what the kernel takes', () => {
    expect(filter.length / 8).toBeLessThan(4096);
  });
});

describe('compileSeccomp', () => {
  const profile = (args: Seccomp['syscalls'][number]['args']): Uint8Array =>
    compileSeccomp({
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      syscalls: [{ names: ['kill'], action: 'SCMP_ACT_ALLOW', ...(args && { args }) }],
    });

  it.each([
    ['SCMP_CMP_EQ', [5], [4, 6]],
    ['SCMP_CMP_NE', [4, 6], [5]],
    ['SCMP_CMP_GT', [6], [4, 5]],
    ['SCMP_CMP_GE', [5, 6], [4]],
    ['SCMP_CMP_LT', [4], [5, 6]],
    ['SCMP_CMP_LE', [4, 5], [6]],
  ] as const)('%s', (op, yes, no) => {
    const filter = profile([{ index: 1, value: 5, op }]);
    for (const value of yes) expect(run(filter, nr('kill'), [0, value])).toBe(ALLOW);
    for (const value of no) expect(run(filter, nr('kill'), [0, value])).toBe(KILL);
  });

  it('finds its way in a program that is longer than a jump reaches', () => {
    const names = [...SYSCALL_NUMBERS.keys()].slice(0, 300);
    const filter = compileSeccomp({
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      // Every third one always, the others with one argument of their own.
      syscalls: names.map((name, i) => ({
        names: [name],
        action: 'SCMP_ACT_ALLOW',
        ...(i % 3 > 0 && { args: [{ index: 0, value: i, op: 'SCMP_CMP_EQ' }] }),
      })),
    });
    expect(filter.length / 8).toBeGreaterThan(600);
    for (const [i, name] of names.entries()) {
      expect(run(filter, nr(name), [i])).toBe(ALLOW);
      expect(run(filter, nr(name), [i + 1])).toBe(i % 3 > 0 ? KILL : ALLOW);
    }
    expect(run(filter, 9999)).toBe(KILL);
  });

  it('wants all conditions of a rule', () => {
    const filter = profile([
      { index: 0, value: 1, op: 'SCMP_CMP_EQ' },
      { index: 1, value: 2, op: 'SCMP_CMP_EQ' },
    ]);
    expect(run(filter, nr('kill'), [1, 2])).toBe(ALLOW);
    expect(run(filter, nr('kill'), [1, 3])).toBe(KILL);
    expect(run(filter, nr('kill'), [0, 2])).toBe(KILL);
  });
});

it('compiles the default profile once for each set of capabilities', () => {
  installDouble();
  const process = { args: [], env: [], cwd: '/', user: { uid: 0, gid: 0 }, capabilities: { bounding: ['CAP_CHOWN'] } };
  expect(seccompFilter('default', process)).toBe(seccompFilter('default', process));
  expect(seccompFilter(undefined, process)).toBeUndefined();
});
