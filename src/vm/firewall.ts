// An iptables table as the kernel holds it, written as `iptables -S` writes rules. struct ipt_getinfo, ipt_entry, xt_entry_match,
// xt_entry_target of include/uapi/linux/netfilter*/, i386 layout. What is not known here is shown by its name, never guessed.
import type { FirewallRule } from '../protocol/events.ts';
import { matchText, targetText } from './firewall-extensions.ts';

const INFO_BYTES = 84;
const ENTRY_BYTES = 112;
const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp', 132: 'sctp' };
const INV = { in: 1, out: 2, source: 8, destination: 16, proto: 64 } as const;

/** Info and entries as the agent sends them (protocol/agent.ts, kind xtables). Throws RangeError if they are cut. */
export function decodeTable(bytes: Uint8Array): FirewallRule[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(80, true);
  const entries = new Table(new DataView(bytes.buffer, bytes.byteOffset + INFO_BYTES, size));
  const validHooks = view.getUint32(32, true);
  HOOKS.forEach((name, hook) => {
    if (validHooks & (1 << hook)) entries.chains.set(view.getUint32(36 + hook * 4, true), name);
  });
  return entries.rules();
}

/** A NUL-terminated name in a fixed field. */
export function nameAt(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const c = view.getUint8(at + i);
    if (c === 0) break;
    text += String.fromCharCode(c);
  }
  return text;
}

class Table {
  /** Chains by the offset of their first entry. */
  readonly chains = new Map<number, string>();
  constructor(private readonly view: DataView) {}

  rules(): FirewallRule[] {
    const starts: number[] = [];
    for (let at = 0; at + ENTRY_BYTES <= this.view.byteLength; at += this.#next(at)) {
      starts.push(at);
      // A user's chain begins with a target ERROR that carries its name; the chain's rules come after it.
      const target = this.#target(at);
      if (target.name === 'ERROR') this.chains.set(at + this.#next(at), nameAt(this.view, target.data, 30));
    }
    const rules: FirewallRule[] = [];
    let chain = '';
    const isBase = new Set(HOOKS);
    for (const [i, at] of starts.entries()) {
      chain = this.chains.get(at) ?? chain;
      if (this.#target(at).name === 'ERROR') continue;
      const next = at + this.#next(at);
      const last =
        i === starts.length - 1 || this.chains.has(next) || this.#target(starts[i + 1] as number).name === 'ERROR';
      const counters = { packets: this.#u64(at + 96), bytes: this.#u64(at + 104) };
      if (!last) rules.push({ chain, text: `-A ${chain}${this.#ruleText(at)}`, ...counters });
      // The last entry of a base chain is its policy; of a user's chain the return, which is not written.
      else if (isBase.has(chain))
        rules.push({ chain, text: `-P ${chain} ${this.#verdict(this.#target(at).data)}`, ...counters });
      else rules.push({ chain, text: `-N ${chain}`, ...counters });
    }
    // As iptables -S: policies, then chains, then rules.
    const rank = (rule: FirewallRule): number => (rule.text.startsWith('-P') ? 0 : rule.text.startsWith('-N') ? 1 : 2);
    return rules.sort((a, b) => rank(a) - rank(b));
  }

  #next(at: number): number {
    return Math.max(ENTRY_BYTES, this.view.getUint16(at + 90, true));
  }

  #target(at: number): { name: string; data: number; end: number } {
    const start = at + this.view.getUint16(at + 88, true);
    return { name: nameAt(this.view, start + 2, 29), data: start + 32, end: at + this.#next(at) };
  }

  #u64(at: number): number {
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }

  #verdict(at: number): string {
    const value = this.view.getInt32(at, true);
    return (
      { [-1]: 'DROP', [-2]: 'ACCEPT', [-4]: 'QUEUE', [-5]: 'RETURN' }[value] ?? this.chains.get(value) ?? String(value)
    );
  }

  #ruleText(at: number): string {
    const { view } = this;
    const inverted = view.getUint8(at + 83);
    const not = (bit: number): string => (inverted & bit ? ' !' : '');
    const parts: string[] = [];
    const source = this.#address(at, at + 8);
    if (source) parts.push(`${not(INV.source)} -s ${source}`);
    const destination = this.#address(at + 4, at + 12);
    if (destination) parts.push(`${not(INV.destination)} -d ${destination}`);
    const [input, output] = [this.#device(at + 16, at + 48), this.#device(at + 32, at + 64)];
    if (input) parts.push(`${not(INV.in)} -i ${input}`);
    if (output) parts.push(`${not(INV.out)} -o ${output}`);
    const protocol = view.getUint16(at + 80, true);
    if (protocol !== 0) parts.push(`${not(INV.proto)} -p ${PROTOCOLS[protocol] ?? protocol}`);
    const targetAt = at + view.getUint16(at + 88, true);
    for (let match = at + ENTRY_BYTES; match < targetAt; match += Math.max(32, view.getUint16(match, true))) {
      parts.push(` ${matchText(nameAt(view, match + 2, 29), view, match + 32)}`);
    }
    const target = this.#target(at);
    if (target.name === '') {
      const verdict = this.#verdict(target.data);
      // A jump to the next entry is a rule without a target.
      if (view.getInt32(target.data, true) !== at + this.#next(at)) parts.push(` -j ${verdict}`);
    } else parts.push(` -j ${target.name}${targetText(target.name, view, target.data)}`);
    return parts.join('');
  }

  #address(at: number, maskAt: number): string {
    const mask = this.view.getUint32(maskAt);
    if (mask === 0 && this.view.getUint32(at) === 0) return '';
    const quad = [0, 1, 2, 3].map((i) => this.view.getUint8(at + i)).join('.');
    return `${quad}/${prefix(mask)}`;
  }

  #device(at: number, maskAt: number): string {
    const name = nameAt(this.view, at, 16);
    if (name === '') return '';
    // The mask covers the NUL of an exact name; a prefix (eth+) ends before it.
    return this.view.getUint8(maskAt + name.length) === 0 ? `${name}+` : name;
  }
}

/** Length of a network mask's prefix, or the mask itself if it is none. */
function prefix(mask: number): string {
  const length = mask === 0 ? 0 : 32 - Math.log2((~mask >>> 0) + 1);
  return Number.isInteger(length) ? String(length) : [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
}
