// What the pane's frame is given to show for an answer that is not a page of HTML: text, an image, or a word on what it is.
import type { Answer } from './fetcher.ts';
import { toDataUrl } from './rewrite.ts';
import { bytesInWords } from '../shell/words.ts';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export function isHtml(answer: Answer): boolean {
  return answer.type === 'text/html' || answer.type === 'application/xhtml+xml';
}

export function pageFor(answer: Answer): string {
  const shell = (body: string): string =>
    `<!doctype html><meta charset="utf-8"><style>body{margin:16px;font:14px/1.5 monospace;color:#222;background:#fff}pre{white-space:pre-wrap;margin:0}img{max-width:100%}</style>${body}`;
  if (answer.type.startsWith('image/')) return shell(`<img alt="" src="${toDataUrl(answer.body, answer.type)}">`);
  if (answer.type.startsWith('text/') || /[/+](json|xml|javascript)$/.test(answer.type)) {
    const text = new TextDecoder().decode(answer.body);
    return shell(`<pre>${escape(answer.type.endsWith('json') ? pretty(text) : text)}</pre>`);
  }
  return shell(
    `<p>The server sent ${bytesInWords(answer.body.length)} of ${escape(answer.type)}, which a browser would save to disk.</p>`,
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
