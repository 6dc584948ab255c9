// The small part of markdown that a lesson's text uses, as a tree: paragraphs, lists, code blocks; bold, italics, code, links.
// A tree and not HTML, so that a lesson from anywhere can put nothing but text on the page.

export type Inline =
  | { readonly type: 'text' | 'code' | 'strong' | 'em'; readonly text: string }
  | { readonly type: 'link'; readonly text: string; readonly href: string };

export type Block =
  | { readonly type: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly type: 'list'; readonly items: readonly (readonly Inline[])[] }
  | { readonly type: 'code'; readonly text: string };

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = source.split(/\r?\n/);
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', content: parseInline(paragraph.join(' ')) });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.startsWith('```')) {
      flush();
      const end = lines.findIndex((later, at) => at > i && later.startsWith('```'));
      const last = end < 0 ? lines.length : end;
      blocks.push({ type: 'code', text: lines.slice(i + 1, last).join('\n') });
      i = last;
    } else if (/^[-*] /.test(line)) {
      flush();
      const items: Inline[][] = [];
      for (; /^[-*] /.test(lines[i] ?? ''); i++) items.push(parseInline((lines[i] ?? '').slice(2)));
      i--;
      blocks.push({ type: 'list', items });
    } else if (line.trim() === '') flush();
    else paragraph.push(line.trim());
  }
  flush();
  return blocks;
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) parts.push({ type: 'text', text: text.slice(at, match.index) });
    const [whole, code, strong, em, linkText, href] = match;
    if (code !== undefined) parts.push({ type: 'code', text: code });
    else if (strong !== undefined) parts.push({ type: 'strong', text: strong });
    else if (em !== undefined) parts.push({ type: 'em', text: em });
    else if (linkText !== undefined && href !== undefined && /^https?:/.test(href))
      parts.push({ type: 'link', text: linkText, href });
    else parts.push({ type: 'text', text: whole });
    at = match.index + whole.length;
  }
  if (at < text.length) parts.push({ type: 'text', text: text.slice(at) });
  return parts;
}
