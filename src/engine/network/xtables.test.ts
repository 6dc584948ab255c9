import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { parseSubnet } from './address.ts';
import { Table } from './xtables.ts';
import { encodeRule, errorEntry, sameEntry, verdictEntry, VERDICT, type Rule } from './xtables-rule.ts';

const HOOK_FORWARD = 2;

/** A kernel that holds one table with a FORWARD chain and takes replacements, as far as the code can see. */
class Kernel {
  entries = [verdictEntry(VERDICT.ACCEPT), errorEntry('ERROR')];
  hookEntry = 0;
  underflow = 0;
  counters: number[] = [5, 0];
  added: number[] = [];

  install(): void {
    installDouble({
      syscalls: {
        getsockopt: (_fd, _level, name, buffer) => this.#get(Number(name), buffer as ArrayBufferView),
        setsockopt: (_fd, _level, name, buffer) => this.#set(Number(name), buffer as Uint8Array),
      },
    });
  }
  #get(name: number, buffer: ArrayBufferView): number {
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    if (name === 64) {
      view.setUint32(32, 1 << HOOK_FORWARD, true);
      view.setUint32(36 + HOOK_FORWARD * 4, this.hookEntry, true);
      view.setUint32(56 + HOOK_FORWARD * 4, this.underflow, true);
      view.setUint32(76, this.entries.length, true);
      view.setUint32(
        80,
        this.entries.reduce((sum, entry) => sum + entry.length, 0),
        true,
      );
    } else {
      let at = 36;
      for (const entry of this.entries) {
        new Uint8Array(buffer.buffer).set(entry, at);
        at += entry.length;
      }
    }
    return 0;
  }
  #set(name: number, buffer: Uint8Array): number {
    const view = new DataView(buffer.buffer);
    if (name === 65) {
      this.added = Array.from({ length: view.getUint32(32, true) }, (_, i) => view.getUint32(36 + i * 16, true));
      return 0;
    }
    expect(view.getUint32(84, true)).toBe(this.entries.length);
    this.hookEntry = view.getUint32(44 + HOOK_FORWARD * 4, true);
    this.underflow = view.getUint32(64 + HOOK_FORWARD * 4, true);
    this.entries = [];
    for (let at = 92; at < buffer.length;) {
      const next = view.getUint16(at + 90, true);
      this.entries.push(buffer.slice(at, at + next));
      at += next;
    }
    expect(view.getUint32(36, true)).toBe(this.entries.length);
    return 0;
  }
}

let kernel: Kernel;
beforeEach(() => {
  installDouble();
  kernel = new Kernel();
  kernel.install();
});

const edit = (change: (table: Table) => void): void => {
  const table = Table.read(3, 'filter');
  change(table);
  table.commit(3);
};
const accept: Rule = { in: 'docker0', out: 'docker0', not: ['out'], target: 'ACCEPT' };

describe('Table', () => {
  it('adds chains and rules, finds them again, and puts the policy behind the rules', () => {
    edit((table) => {
      table.ensureChain('DOCKER');
      table.setPolicy('FORWARD', 'DROP');
      table.ensureRule('FORWARD', { target: { chain: 'DOCKER' } });
      table.ensureRule('FORWARD', accept, 0);
      table.ensureRule('DOCKER', { protocol: 'tcp', destinationPort: 80, target: 'ACCEPT' });
    });
    // FORWARD: two rules and the policy; DOCKER: its head, a rule, the return; and the end.
    expect(kernel.entries).toHaveLength(7);
    const forward = Table.read(3, 'filter').chain('FORWARD');
    expect(forward?.policy).toBe(VERDICT.DROP);
    expect(forward?.rules.map((rule) => rule.jump)).toEqual([undefined, 'DOCKER']);
    expect(forward?.rules[0] && sameEntry(forward.rules[0], encodeRule(accept))).toBe(true);
  });

  it('changes nothing when everything is there already', () => {
    edit((table) => table.ensureRule('FORWARD', accept));
    const before = kernel.entries;
    edit((table) => table.ensureRule('FORWARD', accept));
    expect(kernel.entries).toBe(before);
  });

  it("removes its own rule and leaves another's alone, byte for byte", () => {
    const foreign = encodeRule({ protocol: 'udp', destinationPort: 53, target: 'DROP' }).bytes;
    kernel.entries = [foreign, verdictEntry(VERDICT.ACCEPT), errorEntry('ERROR')];
    kernel.underflow = foreign.length;
    edit((table) => table.ensureRule('FORWARD', accept));
    edit((table) => table.removeRule('FORWARD', accept));
    expect(kernel.entries[0]).toEqual(foreign);
    expect(kernel.entries).toHaveLength(3);
  });

  it('gives a carried-over rule its counters back, and a new one none', () => {
    kernel.entries = [encodeRule(accept).bytes, verdictEntry(VERDICT.ACCEPT), errorEntry('ERROR')];
    edit((table) => table.ensureRule('FORWARD', { target: 'DROP' }, 0));
    expect(kernel.added).toHaveLength(4);
  });

  it('refuses a jump into the void', () => {
    expect(() => edit((table) => table.ensureRule('FORWARD', { target: { chain: 'NOWHERE' } }))).toThrow('no');
  });
});

describe('encodeRule', () => {
  it('lays out a published port as iptables does', () => {
    const subnet = parseSubnet('172.17.0.2/32');
    const { bytes } = encodeRule({
      in: 'docker0',
      not: ['in'],
      protocol: 'tcp',
      destinationPort: 8080,
      target: { address: subnet?.network ?? 0, port: 80 },
    });
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(112 + 44 + 76);
    expect([view.getUint16(80, true), view.getUint8(83)]).toEqual([6, 1]);
    expect([view.getUint16(88, true), view.getUint16(90, true)]).toEqual([156, 232]);
    // struct nf_nat_range2 behind the target's 32 bytes: flags, 16 bytes an address, ports.
    const range = 156 + 32;
    for (const at of [4, 20]) expect([...bytes.subarray(range + at, range + at + 4)]).toEqual([172, 17, 0, 2]);
    expect([view.getUint16(range + 36), view.getUint16(range + 38)]).toEqual([80, 80]);
  });
  it('tells rules apart, but not by their counters', () => {
    const [a, b] = [encodeRule(accept), encodeRule(accept)];
    b.bytes[100] = 9;
    expect(sameEntry(a, b)).toBe(true);
    expect(sameEntry(a, encodeRule({ ...accept, in: 'docker1' }))).toBe(false);
    expect(sameEntry(encodeRule({ target: { chain: 'A' } }), encodeRule({ target: { chain: 'B' } }))).toBe(false);
  });
});
