// Makes a page from the guest whole: what it refers to (style sheets, scripts, images) is fetched through the machine and
// put inside, because the frame that will hold it has no network. Parsing by DOMParser runs and loads nothing.
import { addressText, localAddress, type LocalAddress } from './address.ts';
import type { Answer } from './fetcher.ts';

type Get = (address: LocalAddress) => Promise<Answer>;

export interface WholePage {
  readonly html: string;
  readonly title: string;
  /** Addresses of parts that could not be had. */
  readonly missing: readonly string[];
  /** `<meta http-equiv=refresh>`, left to the pane. */
  readonly refresh?: string;
}

export async function makeWhole(html: string, address: LocalAddress, get: Get): Promise<WholePage> {
  // A parsed page stands under this page's policy, which allows no <base>: it is taken out before, and put in as text after.
  const page = new DOMParser().parseFromString(html.replace(/<base\b([^>]*)>/gi, '<meta data-base$1>'), 'text/html');
  const base = new URL(page.querySelector('[data-base]')?.getAttribute('href') ?? '', addressText(address)).href;
  const part = new Parts(get);
  const meta = page.querySelector('meta[http-equiv="refresh" i]');
  const refresh = /url\s*=\s*["']?([^"']+)/i.exec(meta?.getAttribute('content') ?? '')?.[1];
  for (const element of page.querySelectorAll(
    'meta[http-equiv], [data-base], link[rel~="icon"], link[rel~="preload"], link[rel~="manifest"], iframe[src]',
  ))
    element.remove();
  await Promise.all([
    ...[...page.querySelectorAll<HTMLLinkElement>('link[rel~="stylesheet"][href]')].map((link) =>
      inlineStyle(link, base, part),
    ),
    ...[...page.querySelectorAll('script[src]')].map((script) => inlineScript(script as HTMLScriptElement, base, part)),
    ...[...page.querySelectorAll('img[src], source[src], audio[src], video[src], input[type="image"][src]')].map(
      (element) => inlineMedia(element, base, part),
    ),
    ...[...page.querySelectorAll('style')].map(
      async (style) => (style.textContent = await part.styleText(style.textContent ?? '', base)),
    ),
    ...[...page.querySelectorAll<HTMLElement>('[style*="url("]')].map(async (element) =>
      element.setAttribute('style', await part.styleText(element.getAttribute('style') ?? '', base)),
    ),
  ]);
  for (const element of page.querySelectorAll('[srcset]')) element.removeAttribute('srcset');
  const ownBase = `<base href="${base.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`;
  return {
    html: `<!doctype html>${page.documentElement.outerHTML.replace(/<head[^>]*>/, (head) => head + ownBase)}`,
    title: page.title,
    missing: part.missing,
    ...(refresh ? { refresh: new URL(refresh, base).href } : {}),
  };
}

/** Parts already asked for, so that each is fetched once. */
class Parts {
  readonly missing: string[] = [];
  #answers = new Map<string, Promise<Answer | undefined>>();

  constructor(readonly get: Get) {}

  answer(reference: string, base: string): Promise<Answer | undefined> {
    const address = localAddress(reference, base);
    const text = address ? addressText({ ...address, fragment: '' }) : reference;
    let answer = this.#answers.get(text);
    if (!answer) {
      answer = address ? this.#ask(address, text) : Promise.resolve(this.#miss(text));
      this.#answers.set(text, answer);
    }
    return answer;
  }

  async text(reference: string, base: string): Promise<string | undefined> {
    const answer = await this.answer(reference, base);
    return answer && new TextDecoder().decode(answer.body);
  }

  async dataUrl(reference: string, base: string): Promise<string | undefined> {
    if (/^(data|blob):/i.test(reference)) return reference;
    const answer = await this.answer(reference, base);
    return answer && toDataUrl(answer.body, answer.type);
  }

  /** A style sheet with every url() and one level of @import inside it. */
  async styleText(text: string, base: string, depth = 0): Promise<string> {
    const found = [
      ...text.matchAll(/@import\s+(?:url\()?\s*["']?([^"')\s;]+)["']?\s*\)?([^;]*);|url\(\s*["']?([^"')]+)["']?\s*\)/g),
    ];
    let out = '';
    let at = 0;
    for (const match of found) {
      const [whole, imported, media, reference] = match;
      out += text.slice(at, match.index);
      at = match.index + whole.length;
      if (imported !== undefined) {
        const sheet = depth < 3 ? await this.text(imported, base) : undefined;
        const inner = sheet === undefined ? '' : await this.styleText(sheet, new URL(imported, base).href, depth + 1);
        out += media?.trim() ? `@media ${media} {${inner}}` : inner;
      } else if (reference !== undefined)
        out += reference.startsWith('#') ? whole : `url("${(await this.dataUrl(reference, base)) ?? 'data:,'}")`;
    }
    return out + text.slice(at);
  }

  async #ask(address: LocalAddress, text: string): Promise<Answer | undefined> {
    try {
      const answer = await this.get(address);
      return answer.status < 400 ? answer : this.#miss(text);
    } catch {
      return this.#miss(text);
    }
  }
  #miss(text: string): undefined {
    this.missing.push(text);
    return undefined;
  }
}

async function inlineStyle(link: HTMLLinkElement, base: string, parts: Parts): Promise<void> {
  const href = link.getAttribute('href') ?? '';
  const text = await parts.text(href, base);
  if (text === undefined) return link.remove();
  const style = link.ownerDocument.createElement('style');
  if (link.media) style.media = link.media;
  // A closing tag inside a sheet would end the element when the page is written out.
  style.textContent = (await parts.styleText(text, new URL(href, base).href)).replaceAll('</style', '<\\/style');
  link.replaceWith(style);
}

async function inlineScript(script: HTMLScriptElement, base: string, parts: Parts): Promise<void> {
  const text = await parts.text(script.getAttribute('src') ?? '', base);
  if (text === undefined) return script.remove();
  script.removeAttribute('src');
  script.removeAttribute('integrity');
  script.textContent = text.replaceAll('</script', '<\\/script');
  // What waited for the page's end still does: an inline script knows no `defer`.
  if (script.hasAttribute('defer') || script.type === 'module') script.ownerDocument.body.append(script);
}

async function inlineMedia(element: Element, base: string, parts: Parts): Promise<void> {
  const url = await parts.dataUrl(element.getAttribute('src') ?? '', base);
  if (url === undefined) element.removeAttribute('src');
  else element.setAttribute('src', url);
}

export function toDataUrl(bytes: Uint8Array, type: string): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:${type || 'application/octet-stream'};base64,${btoa(binary)}`;
}
