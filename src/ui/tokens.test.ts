// The palette keeps its promises in both themes: text reads (WCAG AA), and the eight hues stay apart for every kind of
// colour vision (Machado et al. 2009, distances in OKLab).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

function tokensOf(theme: 'dark' | 'light'): (name: string) => Rgb {
  const block = css.slice(css.indexOf(`[data-theme='${theme}']`)).split('}')[0] ?? '';
  return (name) => {
    const hex = new RegExp(`--${name}: #([0-9a-f]{6})`).exec(block)?.[1];
    if (!hex) throw new Error(`no --${name} in ${theme}`);
    const part = (at: number): number => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return [part(0), part(2), part(4)];
  };
}

const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a) + 0.05, luminance(b) + 0.05].sort((x, y) => y - x) as [number, number];
  return high / low;
}
const apply = (m: Matrix, [r, g, b]: Rgb): Rgb =>
  m.map((row) => Math.min(1, Math.max(0, row[0] * r + row[1] * g + row[2] * b))) as unknown as Rgb;
function oklab(rgb: Rgb): Rgb {
  const lms = apply3(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt) as unknown as Rgb;
  return apply3(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    lms,
  );
}
const apply3 = (m: Matrix, [r, g, b]: Rgb): Rgb =>
  m.map((row) => row[0] * r + row[1] * g + row[2] * b) as unknown as Rgb;
const distance = (a: Rgb, b: Rgb): number => Math.hypot(...oklab(a).map((part, i) => part - (oklab(b)[i] ?? 0)));

const visions: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

describe.each(['dark', 'light'] as const)('%s', (theme) => {
  const token = tokensOf(theme);
  it.each(['ink', 'ink-2', 'ink-3', 'accent', 'good', 'warn', 'bad'])('%s reads on every surface', (name) => {
    for (const surface of ['ground', 'surface', 'raised'])
      expect(contrast(token(name), token(surface)), `${name} on ${surface}`).toBeGreaterThanOrEqual(4.5);
  });
  it('writes legibly on the accent', () =>
    expect(contrast(token('accent-ink'), token('accent'))).toBeGreaterThanOrEqual(4.5));
  it('draws every hue visibly', () => {
    for (let i = 1; i <= 8; i++)
      for (const surface of ['ground', 'surface'])
        expect(contrast(token(`hue-${i}`), token(surface)), `hue ${i} on ${surface}`).toBeGreaterThanOrEqual(3);
  });
  it.each(Object.keys(visions))('keeps the hues apart: %s', (vision) => {
    const seen = Array.from({ length: 8 }, (_, i) => apply(visions[vision]!, token(`hue-${i + 1}`)));
    for (const [i, a] of seen.entries())
      for (const [j, b] of seen.entries())
        if (j < i) expect(distance(a, b), `hue ${j + 1} and ${i + 1}`).toBeGreaterThan(0.1);
  });
});
