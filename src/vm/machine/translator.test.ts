import { describe, expect, it } from 'vitest';
import { v86Wasm } from '../node/artefacts.ts';
import { THRESHOLD, withThreshold } from './translator.ts';

const code = (...bytes: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

describe('the translator’s threshold', () => {
  it('is changed in its one place', () => {
    expect([...withThreshold(code(0, 0x41, 0xc0, 0x9a, 0x0c, 0x4b), 500_000)]).toEqual([
      0, 0x41, 0xa0, 0xc2, 0x1e, 0x4b,
    ]);
  });

  it('takes the same room when it is smaller', () => {
    expect([...withThreshold(code(0x41, 0xc0, 0x9a, 0x0c), 1009)]).toEqual([0x41, 0xf1, 0x87, 0x00]);
  });

  it('is ours in the program that the machine gets, which is valid', () => {
    const wasm = v86Wasm();
    expect(WebAssembly.validate(wasm)).toBe(true);
    expect(() => withThreshold(wasm)).toThrow('stands at 0 places');
    expect(THRESHOLD).toBeGreaterThan(200_000);
  });

  it('is not guessed at in another program, nor changed to what has no room', () => {
    const twice = code(0x41, 0xc0, 0x9a, 0x0c, 0x41, 0xc0, 0x9a, 0x0c);
    expect(() => withThreshold(twice)).toThrow('stands at 2 places');
    expect(() => withThreshold(code(0x41, 0xc0, 0x9a, 0x0c), 2_000_000)).toThrow('no room');
  });
});
