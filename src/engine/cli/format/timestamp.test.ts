import { expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { timestamp } from './timestamp.ts';

installDouble();

it.each([
  ['', ''],
  ['0', '0'],
  ['1714558830.5', '1714558830.5'],
  ['10m', '1400'],
  ['1h30m', '-3400'],
  ['2024-05-01', '1714521600.000000000'],
  ['2024-05-01T10', '1714557600.000000000'],
  ['2024-05-01T10:20:30.123Z', '1714558830.123000000'],
  ['2024-05-01T12:20:30+02:00', '1714558830.000000000'],
])('%s is %s', (text, seconds) => expect(timestamp(text, 2_000_000)).toBe(seconds));

it('is nothing else', () => {
  for (const text of ['nosuch', '2024-13-01', 'x1'])
    expect(() => timestamp(text)).toThrow(`failed to parse value as time or duration: "${text}"`);
});
