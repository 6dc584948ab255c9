import { describe, expect, it } from 'vitest';
import { parseInline, parseMarkdown } from './markdown.ts';

describe('markdown of lessons', () => {
  it('reads paragraphs, lists and code blocks', () => {
    const blocks = parseMarkdown('One\ntwo.\n\n- a\n- `b`\n\n```\nx  y\n```\n');
    expect(blocks.map((block) => block.type)).toEqual(['paragraph', 'list', 'code']);
    expect(blocks[2]).toEqual({ type: 'code', text: 'x  y' });
  });
  it('reads inline marks and keeps the text between them', () => {
    expect(parseInline('a `b` **c** [d](http://localhost:80/) e')).toEqual([
      { type: 'text', text: 'a ' },
      { type: 'code', text: 'b' },
      { type: 'text', text: ' ' },
      { type: 'strong', text: 'c' },
      { type: 'text', text: ' ' },
      { type: 'link', text: 'd', href: 'http://localhost:80/' },
      { type: 'text', text: ' e' },
    ]);
  });
  it('lets no other scheme become a link', () => {
    expect(parseInline('[x](javascript:alert)')).toEqual([{ type: 'text', text: '[x](javascript:alert)' }]);
  });
});
