import { describe, expect, it } from 'vitest';
import {
  compareInstants,
  goDuration,
  humanDuration,
  logTimestamp,
  parseDuration,
  parseInstant,
  rfc3339Nano,
} from './time.ts';

describe('time', () => {
  it('writes nanoseconds without trailing zeros', () => {
    expect(rfc3339Nano({ seconds: 1714558830, nanos: 123456789 })).toBe('2024-05-01T10:20:30.123456789Z');
    expect(rfc3339Nano({ seconds: 1714558830, nanos: 120 })).toBe('2024-05-01T10:20:30.00000012Z');
    expect(rfc3339Nano({ seconds: 1714558830, nanos: 0 })).toBe('2024-05-01T10:20:30Z');
  });
  it('pads the timestamps of logs', () => {
    expect(logTimestamp('2024-05-01T10:20:30.12Z')).toBe('2024-05-01T10:20:30.120000000Z');
    expect(logTimestamp('2024-05-01T10:20:30Z')).toBe('2024-05-01T10:20:30.000000000Z');
  });
  it('reads back what it wrote, Unix seconds and offsets', () => {
    const at = { seconds: 1714558830, nanos: 123456789 };
    expect(parseInstant(rfc3339Nano(at))).toEqual(at);
    expect(parseInstant('1714558830.5')).toEqual({ seconds: 1714558830, nanos: 500000000 });
    expect(parseInstant('2024-05-01T12:20:30+02:00')).toEqual({ seconds: 1714558830, nanos: 0 });
    expect(parseInstant('yesterday')).toBeNull();
    expect(compareInstants(at, { seconds: 1714558830, nanos: 5 })).toBeGreaterThan(0);
  });
  it('reads Go durations', () => {
    expect(parseDuration('1h30m')).toBe(5400);
    expect(parseDuration('250ms')).toBe(0.25);
    expect(parseDuration('10')).toBeNull();
  });
  it('writes Go durations', () => {
    const written = [0, 0.5, 250, 3000, 90_500, 3_600_000].map(goDuration);
    expect(written).toEqual(['0s', '500µs', '250ms', '3s', '1m30.5s', '1h0m0s']);
  });
  it.each([
    [0.4, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [61, 'About a minute'],
    [125, '2 minutes'],
    [3600, 'About an hour'],
    [7200, '2 hours'],
    [86400 * 3, '3 days'],
    [86400 * 21, '3 weeks'],
    [86400 * 90, '3 months'],
  ])('%d s is %s', (seconds, words) => {
    expect(humanDuration(seconds)).toBe(words);
  });
});
