// A whole iptables table, read, changed and put back in one piece: that is the only way the kernel offers. Rules that are
// not ours are carried over byte for byte, with their counters. net/ipv4/netfilter/ip_tables.c, iptables(8)
import { native } from '../sys/native.ts';
import * as sys from '../sys/index.ts';
import {
  devicesOf,
  encodeRule,
  ENTRY_BYTES,
  errorEntry,
  OFFSET,
  sameEntry,
  VERDICT,
  verdictEntry,
  type Entry,
  type Rule,
} from './xtables-rule.ts';

const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;
/** In both directions: getsockopt and setsockopt. */
const IPT_SO_GET_INFO = 64;
const IPT_SO_GET_ENTRIES = 65;
const IPT_SO_SET_REPLACE = 64;
const IPT_SO_SET_ADD_COUNTERS = 65;
const NAME_BYTES = 32;
const COUNTER_BYTES = 16;

interface Held extends Entry {
  /** Place among the entries that the kernel has now, to find its counters again. */
  readonly was?: number;
}

interface Chain {
  readonly name: string;
  /** Number of the hook that a built-in chain hangs on. */
  readonly hook?: number;
  policy: number;
  readonly rules: Held[];
  policyWas?: number;
}

export class Table {
  readonly #chains: Chain[];
  readonly #validHooks: number;
  readonly #oldCount: number;
  #changed = false;

  private constructor(
    readonly name: string,
    chains: Chain[],
    validHooks: number,
    oldCount: number,
  ) {
    this.#chains = chains;
    this.#validHooks = validHooks;
    this.#oldCount = oldCount;
  }

  /** IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES. */
  static read(fd: number, name: string): Table {
    const info = new DataView(new ArrayBuffer(84));
    new Uint8Array(info.buffer).set(sys.utf8Encode(name));
    sys.getsockopt(fd, sys.IPPROTO.IP, IPT_SO_GET_INFO, info);
    const validHooks = info.getUint32(32, true);
    const [count, size] = [info.getUint32(76, true), info.getUint32(80, true)];
    const request = new Uint8Array(NAME_BYTES + 4 + size);
    request.set(sys.utf8Encode(name));
    new DataView(request.buffer).setUint32(NAME_BYTES, size, true);
    sys.getsockopt(fd, sys.IPPROTO.IP, IPT_SO_GET_ENTRIES, request);
    const heads = new Map<number, number>();
    HOOKS.forEach((_, hook) => {
      if (validHooks & (1 << hook)) heads.set(info.getUint32(36 + hook * 4, true), hook);
    });
    return new Table(name, parseChains(request.subarray(NAME_BYTES + 4), heads), validHooks, count);
  }

  get changed(): boolean {
    return this.#changed;
  }

  chain(name: string): Chain | undefined {
    return this.#chains.find((chain) => chain.name === name);
  }

  /** iptables -N, if it is not there. */
  ensureChain(name: string): void {
    if (this.chain(name)) return;
    this.#chains.push({ name, policy: VERDICT.RETURN, rules: [] });
    this.#changed = true;
  }

  /** iptables -P */
  setPolicy(name: string, verdict: 'ACCEPT' | 'DROP'): void {
    const chain = this.#chainOrThrow(name);
    if (chain.policy === VERDICT[verdict]) return;
    chain.policy = VERDICT[verdict];
    this.#changed = true;
  }

  /** iptables -C, then -I at `at` or -A. A rule that is there already stays where it is. */
  ensureRule(chainName: string, rule: Rule, at?: number): void {
    const chain = this.#chainOrThrow(chainName);
    const entry = encodeRule(rule);
    if (chain.rules.some((held) => sameEntry(held, entry))) return;
    chain.rules.splice(at ?? chain.rules.length, 0, entry);
    this.#changed = true;
  }

  /** iptables -D, every occurrence; none is no error. */
  removeRule(chainName: string, rule: Rule): void {
    const chain = this.chain(chainName);
    const entry = encodeRule(rule);
    for (let i = (chain?.rules.length ?? 0) - 1; i >= 0; i--) {
      const held = chain?.rules[i];
      if (!held || !sameEntry(held, entry)) continue;
      chain?.rules.splice(i, 1);
      this.#changed = true;
    }
  }

  /** iptables -D for every rule that names a device, whatever else it says: the device is gone. */
  removeRulesOf(device: string): void {
    for (const chain of this.#chains) {
      for (let i = chain.rules.length - 1; i >= 0; i--) {
        const held = chain.rules[i];
        if (!held || !devicesOf(held).includes(device)) continue;
        chain.rules.splice(i, 1);
        this.#changed = true;
      }
    }
  }

  /** iptables -F */
  flush(chainName: string): void {
    const chain = this.chain(chainName);
    if (!chain?.rules.length) return;
    chain.rules.length = 0;
    this.#changed = true;
  }

  #chainOrThrow(name: string): Chain {
    const chain = this.chain(name);
    if (!chain) throw new Error(`iptables: no chain ${name} in table ${this.name}`);
    return chain;
  }

  /** IPT_SO_SET_REPLACE: all rules are exchanged at one moment; no packet sees a half-built table. */
  commit(fd: number): void {
    if (!this.#changed) return;
    const layout = layOut(this.#chains);
    const oldCounters = new Uint8Array(this.#oldCount * COUNTER_BYTES);
    const HEADER_BYTES = 92;
    const replace = new Uint8Array(HEADER_BYTES + layout.size);
    const view = new DataView(replace.buffer);
    replace.set(sys.utf8Encode(this.name));
    view.setUint32(32, this.#validHooks, true);
    view.setUint32(36, layout.entries.length, true);
    view.setUint32(40, layout.size, true);
    for (const [hook, { entry, underflow }] of layout.hooks) {
      view.setUint32(44 + hook * 4, entry, true);
      view.setUint32(64 + hook * 4, underflow, true);
    }
    view.setUint32(84, this.#oldCount, true);
    view.setUint32(88, this.#oldCount === 0 ? 0 : native.address(oldCounters), true);
    let at = HEADER_BYTES;
    for (const { bytes } of layout.entries) {
      replace.set(bytes, at);
      at += bytes.length;
    }
    sys.setsockopt(fd, sys.IPPROTO.IP, IPT_SO_SET_REPLACE, replace);
    this.#restoreCounters(fd, layout.entries, oldCounters);
  }

  /** The new table counts from zero; what the old one had counted when it was taken out is added back. */
  #restoreCounters(fd: number, entries: readonly Placed[], old: Uint8Array): void {
    const counters = new Uint8Array(NAME_BYTES + 4 + entries.length * COUNTER_BYTES);
    counters.set(sys.utf8Encode(this.name));
    new DataView(counters.buffer).setUint32(NAME_BYTES, entries.length, true);
    let any = false;
    entries.forEach(({ was }, i) => {
      if (was === undefined) return;
      any = true;
      counters.set(old.subarray(was * COUNTER_BYTES, (was + 1) * COUNTER_BYTES), NAME_BYTES + 4 + i * COUNTER_BYTES);
    });
    if (any) sys.setsockopt(fd, sys.IPPROTO.IP, IPT_SO_SET_ADD_COUNTERS, counters);
  }
}

interface Placed {
  readonly bytes: Uint8Array;
  readonly was?: number;
}

interface Layout {
  readonly entries: readonly Placed[];
  readonly size: number;
  readonly hooks: Map<number, { entry: number; underflow: number }>;
}

/** Puts the chains one behind the other and turns jumps to names into jumps to offsets. */
function layOut(chains: readonly Chain[]): Layout {
  const entries: Placed[] = [];
  const hooks: Layout['hooks'] = new Map();
  const starts = new Map<string, number>();
  const jumps: [bytes: Uint8Array, chain: string][] = [];
  let at = 0;
  const place = (bytes: Uint8Array, was: number | undefined): void => {
    entries.push(was === undefined ? { bytes } : { bytes, was });
    at += bytes.length;
  };
  for (const chain of chains) {
    if (chain.hook === undefined) place(errorEntry(chain.name), undefined);
    const entry = at;
    starts.set(chain.name, entry);
    for (const { bytes, jump, was } of chain.rules) {
      const copy = bytes.slice();
      if (jump !== undefined) jumps.push([copy, jump]);
      place(copy, was);
    }
    if (chain.hook !== undefined) hooks.set(chain.hook, { entry, underflow: at });
    place(verdictEntry(chain.policy), chain.policyWas);
  }
  for (const [bytes, chain] of jumps) {
    const start = starts.get(chain);
    if (start === undefined) throw new Error(`iptables: jump to a chain that is not there: ${chain}`);
    new DataView(bytes.buffer).setInt32(bytes.length - 4, start, true);
  }
  place(errorEntry('ERROR'), undefined);
  return { entries, size: at, hooks };
}

/** The kernel's entries back into chains. `heads`: offset of each built-in chain's first entry to its hook. */
function parseChains(blob: Uint8Array, heads: ReadonlyMap<number, number>): Chain[] {
  const chains: Chain[] = [];
  const nameAt = new Map<number, string>();
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const targetName = (at: number, target: number): string => text(blob, at + target + 2, 29);
  let current: Chain | undefined;
  let index = 0;
  for (let at = 0; at + ENTRY_BYTES <= blob.length; index++) {
    const [target, next] = [view.getUint16(at + OFFSET.target, true), view.getUint16(at + OFFSET.next, true)];
    const hook = heads.get(at);
    if (hook !== undefined) {
      current = { name: HOOKS[hook] ?? '', hook, policy: VERDICT.ACCEPT, rules: [] };
      chains.push(current);
    }
    if (targetName(at, target) === 'ERROR') {
      const name = text(blob, at + target + 32, 30);
      current = { name, policy: VERDICT.RETURN, rules: [] };
      nameAt.set(at + next, name);
      // The last entry of all is an error target too, and no chain.
      if (at + next < blob.length) chains.push(current);
    } else current?.rules.push({ bytes: blob.slice(at, at + next), was: index });
    at += next;
  }
  for (const chain of chains) finishChain(chain, nameAt);
  return chains;
}

/** The last entry of each chain is its policy; verdicts that are offsets become names. */
function finishChain(chain: Chain, nameAt: ReadonlyMap<number, string>): void {
  const policy = chain.rules.pop();
  if (policy) {
    chain.policy = verdictOf(policy.bytes) ?? chain.policy;
    if (policy.was !== undefined) chain.policyWas = policy.was;
  }
  chain.rules.forEach((rule, i) => {
    const verdict = verdictOf(rule.bytes);
    const jump = verdict === undefined || verdict < 0 ? undefined : nameAt.get(verdict);
    if (jump !== undefined) chain.rules[i] = { ...rule, jump };
  });
}

/** The verdict of a standard target (which has no name), or undefined for any other target. */
function verdictOf(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const target = view.getUint16(OFFSET.target, true);
  return bytes[target + 2] === 0 ? view.getInt32(target + 32, true) : undefined;
}

function text(bytes: Uint8Array, at: number, max: number): string {
  let end = at;
  while (end < at + max && bytes[end] !== 0) end++;
  return sys.utf8Decode(bytes.subarray(at, end));
}
