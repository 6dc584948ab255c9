// Which devices a container may open or make. cgroup v2 has no file for that: a small BPF program on the cgroup is asked
// at every open and mknod of a device. bpf(2), Documentation/admin-guide/cgroup-v2.rst "Device controller"
import { bpfProgAttach, bpfProgLoad } from '../sys/bpf.ts';
import type { DeviceRule } from './spec.ts';

/** Every container may make any device node (if it has CAP_MKNOD) but use only these. */
const ALWAYS_ALLOWED: readonly DeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' }, // null
  { allow: true, type: 'c', major: 1, minor: 8, access: 'rwm' }, // random
  { allow: true, type: 'c', major: 1, minor: 7, access: 'rwm' }, // full
  { allow: true, type: 'c', major: 5, minor: 0, access: 'rwm' }, // tty
  { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' }, // zero
  { allow: true, type: 'c', major: 1, minor: 9, access: 'rwm' }, // urandom
  { allow: true, type: 'c', major: 136, access: 'rwm' }, // /dev/pts/*
  { allow: true, type: 'c', major: 5, minor: 2, access: 'rwm' }, // ptmx
];

/** struct bpf_cgroup_dev_ctx { __u32 access_type; __u32 major; __u32 minor; }: type in the low half, access in the high. */
const TYPE = { b: 1, c: 2, a: 0 } as const;
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** struct bpf_insn: op, registers (destination, source), jump offset, immediate. */
type Instruction = readonly [op: number, dst: number, src: number, off: number, imm: number];
const loadWord = (dst: number, src: number, off: number): Instruction => [0x61, dst, src, off, 0];
const set = (dst: number, imm: number): Instruction => [0xb4, dst, 0, 0, imm];
const copy = (dst: number, src: number): Instruction => [0xbc, dst, src, 0, 0];
const and = (dst: number, imm: number): Instruction => [0x54, dst, 0, 0, imm];
const shiftRight = (dst: number, imm: number): Instruction => [0x74, dst, 0, 0, imm];
const jumpIfNot = (dst: number, imm: number, off: number): Instruction => [0x56, dst, 0, off, imm];
const exit: Instruction = [0x95, 0, 0, 0, 0];

/** Registers: r2 type, r3 access, r4 major, r5 minor; r0 is the answer, r1 is scratch once the context is read. */
function ruleCode(rule: DeviceRule): Instruction[] {
  const answer = [set(0, rule.allow ? 1 : 0), exit];
  const access = [...(rule.access || 'rwm')].reduce((bits, letter) => bits | (ACCESS[letter] ?? 0), 0);
  const tests: ((skip: number) => Instruction)[] = [];
  const before: Instruction[] = [];
  if (rule.type && rule.type !== 'a') tests.push((skip) => jumpIfNot(2, TYPE[rule.type ?? 'a'], skip));
  if (rule.major !== undefined && rule.major >= 0) tests.push((skip) => jumpIfNot(4, rule.major ?? 0, skip));
  if (rule.minor !== undefined && rule.minor >= 0) tests.push((skip) => jumpIfNot(5, rule.minor ?? 0, skip));
  if (access !== 7) {
    // What is asked for beyond what the rule names: must be nothing.
    before.push(copy(1, 3), and(1, ~access));
    tests.push((skip) => jumpIfNot(1, 0, skip));
  }
  return [...before, ...tests.map((test, i) => test(tests.length - 1 - i + answer.length)), ...answer];
}

function isUnconditional({ type = 'a', major = -1, minor = -1, access }: DeviceRule): boolean {
  return type === 'a' && major < 0 && minor < 0 && (access || 'rwm').length === 3;
}

/** The later rule wins: so the program asks the last one first. No rule: refused. */
export function compileDeviceFilter(rules: readonly DeviceRule[]): Uint8Array {
  const code: Instruction[] = [
    loadWord(2, 1, 0),
    copy(3, 2),
    and(2, 0xffff),
    shiftRight(3, 16),
    loadWord(4, 1, 4),
    loadWord(5, 1, 8),
  ];
  let settled = false;
  for (const rule of rules.toReversed()) {
    code.push(...ruleCode(rule));
    settled = isUnconditional(rule);
    // The verifier refuses code that nothing can reach.
    if (settled) break;
  }
  if (!settled) code.push(set(0, 0), exit);
  const bytes = new Uint8Array(code.length * 8);
  const view = new DataView(bytes.buffer);
  code.forEach(([op, dst, src, off, imm], i) => {
    view.setUint8(i * 8, op);
    view.setUint8(i * 8 + 1, dst | (src << 4));
    view.setInt16(i * 8 + 2, off, true);
    view.setInt32(i * 8 + 4, imm, true);
  });
  return bytes;
}

/** Programs in use by their rules: containers with the same rules share one. */
const loaded = new Map<string, number>();
/** The rules that were asked for last: containerd and the runc that it becomes ask for the same ones. */
let last: { readonly rules: readonly DeviceRule[]; readonly program: number } | undefined;

/** The descriptor of the program for these rules; containerd loads the usual one when it starts, its children have it by fork. */
export function deviceFilter(rules: readonly DeviceRule[]): number {
  if (last?.rules === rules) return last.program;
  const key = JSON.stringify(rules);
  let program = loaded.get(key);
  if (program === undefined) {
    const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    // Rules that allow everything (--privileged) stay as they are.
    program = bpfProgLoad(BPF_PROG_TYPE_CGROUP_DEVICE, compileDeviceFilter([...rules, ...ALWAYS_ALLOWED]));
    loaded.set(key, program);
  }
  last = { rules, program };
  return program;
}

export function attachDeviceFilter(cgroupFd: number, rules: readonly DeviceRule[]): void {
  const [BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI] = [6, 2];
  bpfProgAttach(cgroupFd, deviceFilter(rules), BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI);
}

/** Descriptors that a forked child must keep for the cache to be of use. */
export const deviceFilterFds = (): number[] => [...loaded.values()];
