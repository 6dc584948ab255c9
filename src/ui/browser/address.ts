// Addresses that the browser pane can open: the guest's published ports, as a browser on this computer would write them.

export interface LocalAddress {
  readonly port: number;
  /** Path, query and no fragment; begins with a slash. */
  readonly path: string;
  readonly fragment: string;
}

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '0.0.0.0', '[::1]']);

/** `localhost:8080/x`, `http://localhost:8080/x`, `:8080` or `8080`; undefined for anything that is not this machine. */
export function localAddress(text: string, base?: string): LocalAddress | undefined {
  const trimmed = text.trim();
  const full = /^\d+(\/|$)/.test(trimmed)
    ? `http://localhost:${trimmed}`
    : trimmed.startsWith(':')
      ? `http://localhost${trimmed}`
      : trimmed;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(full) || base ? full : `http://${full}`;
  let url: URL;
  try {
    url = new URL(withScheme, base);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'http:' || !LOCAL_HOSTS.has(url.hostname)) return undefined;
  return { port: url.port === '' ? 80 : Number(url.port), path: url.pathname + url.search, fragment: url.hash };
}

export function addressText(address: LocalAddress): string {
  return `http://localhost${address.port === 80 ? '' : `:${address.port}`}${address.path}${address.fragment}`;
}
