// Turns a seccomp profile into a classic BPF program, which the kernel runs before every syscall of the container.
// The number is looked up by halving (eight comparisons, not three hundred), because this kernel interprets its BPF;
// a syscall that is always allowed costs less still: the kernel notes it in a bitmap when the filter is installed.
// seccomp(2), Documentation/userspace-api/seccomp_filter.rst, Documentation/networking/filter.rst
import * as sys from '../sys/index.ts';
import { RuncError } from './error.ts';
import { defaultProfile } from './seccomp-profile.ts';
import type { Process, Seccomp, SeccompAction, SeccompRule } from './spec.ts';
import { SYSCALL_NUMBERS } from './syscalls-i386.ts';

/** struct sock_filter: where to go if true and if false counts instructions to skip. */
interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const op = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k: k >>> 0 });
const loadWord = (offset: number): Instruction => op(0x20, offset);
const and = (k: number): Instruction => op(0x54, k);
const jump = (skip: number): Instruction => op(0x05, skip);
const ret = (action: number): Instruction => op(0x06, action);
const JEQ = 0x15;
const JGT = 0x25;
const JGE = 0x35;

/** struct seccomp_data { int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]; }, little-endian. */
const OFFSET_NR = 0;
const OFFSET_ARCH = 4;
const offsetArg = (index: number): number => 16 + 8 * index;
const AUDIT_ARCH_I386 = 0x40000003;

const RET: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

function actionValue(action: SeccompAction, errno = 1): number {
  return action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE' ? (RET[action] | errno) >>> 0 : RET[action];
}

/** One comparison of an argument: goes on if it holds, skips `skip` instructions if not. */
function condition(arg: NonNullable<SeccompRule['args']>[number], skip: number): Instruction[] {
  const load = loadWord(offsetArg(arg.index));
  switch (arg.op) {
    case 'SCMP_CMP_EQ':
      return [load, op(JEQ, arg.value, 0, skip)];
    case 'SCMP_CMP_NE':
      return [load, op(JEQ, arg.value, skip, 0)];
    case 'SCMP_CMP_GT':
      return [load, op(JGT, arg.value, 0, skip)];
    case 'SCMP_CMP_LE':
      return [load, op(JGT, arg.value, skip, 0)];
    case 'SCMP_CMP_GE':
      return [load, op(JGE, arg.value, 0, skip)];
    case 'SCMP_CMP_LT':
      return [load, op(JGE, arg.value, skip, 0)];
    case 'SCMP_CMP_MASKED_EQ':
      return [load, and(arg.value), op(JEQ, arg.valueTwo ?? 0, 0, skip)];
  }
}

/** What is done with one syscall: the first rule whose conditions all hold, else the default. */
function leaf(rules: readonly SeccompRule[], fallback: number): Instruction[] {
  const code: Instruction[] = [];
  for (const rule of rules) {
    const action = ret(actionValue(rule.action, rule.errnoRet));
    let block: Instruction[] = [action];
    for (const arg of (rule.args ?? []).toReversed()) block = [...condition(arg, block.length), ...block];
    code.push(...block);
    if (!rule.args?.length) return code;
  }
  return [...code, ret(fallback)];
}

interface Interval {
  readonly first: number;
  readonly code: readonly Instruction[];
}

/** Neighbouring syscalls with the same treatment, in order of number. */
function intervals(profile: Seccomp): Interval[] {
  const rulesOf = new Map<number, SeccompRule[]>();
  for (const rule of profile.syscalls) {
    for (const name of rule.names) {
      const number = SYSCALL_NUMBERS.get(name);
      if (number !== undefined) rulesOf.set(number, [...(rulesOf.get(number) ?? []), rule]);
    }
  }
  const fallback = actionValue(profile.defaultAction, profile.defaultErrnoRet);
  const list: Interval[] = [];
  let before = '';
  for (let number = 0; number <= Math.max(...rulesOf.keys(), 0) + 1; number++) {
    const rules = rulesOf.get(number) ?? [];
    // A rule without conditions settles it, wherever it stands among the others.
    const settled = rules.find((rule) => !rule.args?.length);
    const code = leaf(settled ? [settled] : rules, fallback);
    const key = JSON.stringify(code);
    if (key !== before) list.push({ first: number, code });
    before = key;
  }
  return list;
}

/** A jump of a comparison reaches so many instructions; beyond that an unconditional one stands in between. */
const REACH = 255;

/**
 * The program from its end to its beginning: what is jumped to is there before what jumps. Most leaves are one of two answers,
 * and each answer stands in it once: the kernel translates the program anew for every container.
 */
class Backwards {
  readonly code: Instruction[] = [];
  readonly #answers = new Map<number, number>();

  /** Where a tree of comparisons over the intervals begins, counted from the end. */
  tree(list: readonly Interval[]): number {
    if (list.length <= 1) return this.#leaf(list[0]?.code ?? []);
    const middle = list.length >> 1;
    const high = this.tree(list.slice(middle));
    const low = this.tree(list.slice(0, middle));
    const nearHigh = this.#near(high);
    const nearLow = this.#near(low);
    return this.#add(op(JGE, list[middle]?.first ?? 0, this.#distance(nearHigh), this.#distance(nearLow)));
  }
  #leaf(code: readonly Instruction[]): number {
    const [only] = code;
    if (code.length !== 1 || !only) {
      for (const instruction of code.toReversed()) this.#add(instruction);
      return this.code.length - 1;
    }
    const known = this.#answers.get(only.k);
    if (known !== undefined) return known;
    this.#answers.set(only.k, this.#add(only));
    return this.code.length - 1;
  }
  /** The place itself, or that of a jump to it. One more instruction may come before the one that goes there. */
  #near(place: number): number {
    return this.#distance(place) < REACH ? place : this.#add(jump(this.#distance(place)));
  }
  /** Instructions that one added now would skip. */
  #distance(place: number): number {
    return this.code.length - place - 1;
  }
  #add(instruction: Instruction): number {
    return this.code.push(instruction) - 1;
  }
}

/** The program as the kernel takes it: an array of struct sock_filter. */
export function compileSeccomp(profile: Seccomp): Uint8Array {
  const lookup = new Backwards();
  const start = lookup.tree(intervals(profile));
  // One interval alone is an answer that may stand anywhere: the program begins with what is first.
  const body = lookup.code.slice(0, start + 1).toReversed();
  const program = [
    loadWord(OFFSET_ARCH),
    op(JEQ, AUDIT_ARCH_I386, 1, 0),
    ret(RET.SCMP_ACT_KILL_PROCESS),
    loadWord(OFFSET_NR),
    ...body,
  ];
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach((instruction, i) => {
    view.setUint16(i * 8, instruction.code, true);
    view.setUint8(i * 8 + 2, instruction.jt);
    view.setUint8(i * 8 + 3, instruction.jf);
    view.setUint32(i * 8 + 4, instruction.k, true);
  });
  return bytes;
}

/** Compiled default profiles by capability set: containerd makes the usual one when it starts, its children have it by fork. */
const compiled = new Map<string, Uint8Array>();

/** The filter for a process, or undefined if it is unconfined. */
export function seccompFilter(seccomp: 'default' | Seccomp | undefined, process: Process): Uint8Array | undefined {
  if (seccomp === undefined) return undefined;
  if (seccomp !== 'default') return compileSeccomp(seccomp);
  const capabilities = process.capabilities?.bounding ?? [];
  const key = capabilities.join();
  let bytes = compiled.get(key);
  if (!bytes) {
    bytes = compileSeccomp(defaultProfile(capabilities));
    compiled.set(key, bytes);
  }
  return bytes;
}

/** From here on the kernel asks the filter before every syscall of this process and its children. */
export function installSeccomp(filter: Uint8Array): void {
  try {
    sys.seccompSetModeFilter(filter);
  } catch (error) {
    throw new RuncError(`unable to init seccomp: error loading seccomp filter into kernel: ${String(error)}`);
  }
}
