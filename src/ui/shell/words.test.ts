import { describe, expect, it } from 'vitest';
import { bytesInWords, clockInWords, durationInWords } from './words.ts';

describe('numbers in words', () => {
  it('names bytes', () => {
    expect(bytesInWords(0)).toBe('0 B');
    expect(bytesInWords(1536)).toBe('1.5 KB');
    expect(bytesInWords(256 * 1024 * 1024)).toBe('256 MB');
    expect(bytesInWords(1000 * 1024 * 1024)).toBe('1.0 GB');
  });
  it('names durations and guest time', () => {
    expect(durationInWords(59.9)).toBe('59 s');
    expect(durationInWords(3725)).toBe('1 h 2 min');
    expect(clockInWords(61_042_000_000)).toBe('01:01.042');
  });
});
