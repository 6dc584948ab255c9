// xterm's colours from the page's design tokens, read when the theme changes.
import type { ITheme } from '@xterm/xterm';

export function terminalTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const plain = {
    red: token('term-red'),
    green: token('term-green'),
    yellow: token('term-yellow'),
    blue: token('term-blue'),
    magenta: token('term-magenta'),
    cyan: token('term-cyan'),
  };
  return {
    background: token('surface'),
    foreground: token('ink'),
    cursor: token('accent'),
    cursorAccent: token('surface'),
    selectionBackground: `${token('accent')}55`,
    black: token('term-black'),
    ...plain,
    white: token('term-white'),
    brightBlack: token('term-bright-black'),
    brightRed: plain.red,
    brightGreen: plain.green,
    brightYellow: plain.yellow,
    brightBlue: plain.blue,
    brightMagenta: plain.magenta,
    brightCyan: plain.cyan,
    brightWhite: token('ink'),
    scrollbarSliderBackground: `${token('line-strong')}88`,
    scrollbarSliderHoverBackground: token('line-strong'),
  };
}
