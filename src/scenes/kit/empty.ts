// An empty stage says what to type to fill it; the words can be clicked.
import type { Figure, Picture } from './figure.ts';

/** A picture that only says what to type. */
export function emptyPicture(text: string, command: string, width: number, height: number): Picture {
  const w = Math.min(width - 48, Math.max(240, command.length * 8.6 + 40, text.length * 7.4));
  const x = (width - w) / 2;
  const y = height / 2 - 40;
  const figures: Figure[] = [
    { key: 'empty:text', sign: 'text', x, y, w, h: 16, title: text, look: 'quiet' },
    {
      key: 'empty:command',
      sign: 'pill',
      x,
      y: y + 24,
      w,
      h: 36,
      title: command,
      detail: '↵',
      look: 'command',
      command,
      says: `Run ${command}`,
    },
  ];
  return { figures, height };
}
