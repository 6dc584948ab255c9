import { describe, expect, it } from 'vitest';
import { argumentInWords, resultInWords } from './kernel-words.ts';

describe('kernel numbers in words', () => {
  it('names mount and clone flags and keeps what has no name', () => {
    expect(argumentInWords('mount', 'flags', '0x5000')).toBe('MS_BIND | MS_REC');
    expect(argumentInWords('unshare', 'flags', 0x20000000)).toBe('CLONE_NEWPID');
    expect(argumentInWords('mount', 'flags', 0x40000001 | 0x1)).toBe('MS_RDONLY | 0x40000000');
    expect(argumentInWords('mount', 'target', '/proc')).toBe('/proc');
  });
  it('names errors', () => {
    expect(resultInWords(0)).toEqual({ text: '0', failed: false });
    expect(resultInWords(-16)).toEqual({ text: '−1 EBUSY (device or resource busy)', failed: true });
    expect(resultInWords(-4000).failed).toBe(true);
  });
});
