import { describe, expect, it } from 'vitest';
import { compileDeviceFilter } from './device-filter.ts';
import type { DeviceRule } from './spec.ts';

/** The eBPF machine, as far as device programs use it. */
function run(program: Uint8Array, type: 'b' | 'c', access: string, major: number, minor: number): boolean {
  const view = new DataView(program.buffer);
  const bits = [...access].reduce((sum, letter) => sum | ({ m: 1, r: 2, w: 4 }[letter] ?? 0), 0);
  const context = [(bits << 16) | (type === 'b' ? 1 : 2), major, minor];
  const r = new Array<number>(11).fill(0);
  for (let pc = 0; ; pc++) {
    const op = view.getUint8(pc * 8);
    const [dst, src] = [view.getUint8(pc * 8 + 1) & 15, view.getUint8(pc * 8 + 1) >> 4];
    const [off, imm] = [view.getInt16(pc * 8 + 2, true), view.getInt32(pc * 8 + 4, true)];
    const value = r[dst] ?? 0;
    if (op === 0x61) r[dst] = context[off / 4] ?? 0;
    else if (op === 0xb4) r[dst] = imm;
    else if (op === 0xbc) r[dst] = r[src] ?? 0;
    else if (op === 0x54) r[dst] = (value & imm) >>> 0;
    else if (op === 0x74) r[dst] = value >>> imm;
    else if (op === 0x56) pc += value === imm ? 0 : off;
    else if (op === 0x95) return r[0] === 1;
    else throw new Error(`unknown instruction ${op}`);
  }
}

describe('compileDeviceFilter', () => {
  const rules: DeviceRule[] = [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'c', major: 136, access: 'rw' },
    { allow: false, type: 'c', major: 136, minor: 7 },
  ];
  const program = compileDeviceFilter(rules);
  it.each([
    ['c', 'rw', 1, 3, true],
    ['b', 'r', 1, 3, false],
    ['c', 'm', 10, 200, true],
    ['c', 'r', 10, 200, false],
    ['c', 'rw', 136, 5, true],
    ['c', 'rwm', 136, 5, false],
    ['c', 'r', 136, 7, false],
    ['b', 'r', 3, 0, false],
  ] as const)('%s %s %d:%d %s', (type, access, major, minor, allowed) => {
    expect(run(program, type, access, major, minor)).toBe(allowed);
  });

  it('allows everything to a privileged container', () => {
    expect(run(compileDeviceFilter([{ allow: true, access: 'rwm' }]), 'b', 'rwm', 3, 0)).toBe(true);
  });

  it('refuses when no rule speaks', () => {
    expect(run(compileDeviceFilter([]), 'c', 'r', 1, 3)).toBe(false);
  });

  it('contains no instruction that cannot be reached: the verifier would refuse it', () => {
    const settled = compileDeviceFilter([
      { allow: true, type: 'c' },
      { allow: false, access: 'rwm' },
    ]);
    expect(settled.length).toBe(compileDeviceFilter([{ allow: false, access: 'rwm' }]).length);
  });
});
