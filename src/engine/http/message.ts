// HTTP/1.1 messages: heads, headers, query strings, status lines. RFC 9112 (syntax), RFC 9110 (meaning). Used by server.ts and client.ts.

/** A message's headers by lower-case name, over the flat list that the C parser gives: [start line, name, value, name, value, …]. */
export class Headers {
  constructor(private readonly parsed: readonly string[]) {}
  /** The value; a repeated header's values joined by ', '. */
  get(name: string): string | undefined {
    const at = this.#find(name, 1);
    if (at < 0) return undefined;
    const value = this.parsed[at + 1];
    return this.#find(name, at + 2) < 0 ? value : this.getAll(name).join(', ');
  }
  has(name: string): boolean {
    return this.#find(name, 1) >= 0;
  }
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 1); at >= 0; at = this.#find(name, at + 2))
      values.push(this.parsed[at + 1] as string);
    return values;
  }
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (let i = 1; i + 1 < this.parsed.length; i += 2) yield [this.parsed[i] as string, this.parsed[i + 1] as string];
  }
  /** Array.indexOf runs in C: quicker than building a Map of which two or three entries are asked for. */
  #find(name: string, from: number): number {
    let at = this.parsed.indexOf(name, from);
    // A value may read like a name; names stand at odd places.
    while (at >= 0 && at % 2 === 0) at = this.parsed.indexOf(name, at + 1);
    return at;
  }
}

/** A message that breaks the protocol; the server answers it with `status`, the client rejects. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface RequestHead {
  method: string;
  /** As it came: '/v1.47/containers/json?all=1'. */
  target: string;
  minorVersion: 0 | 1;
  headers: Headers;
}

export interface ResponseHead {
  status: number;
  reason: string;
  minorVersion: 0 | 1;
  headers: Headers;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']);

/** Reads the lines of a head as Inbox.takeHead() gives them. Throws HttpError. */
export function parseRequestHead(lines: readonly string[]): RequestHead {
  const start = lines[0] as string;
  const headers = new Headers(lines);
  const first = start.indexOf(' ');
  const last = start.lastIndexOf(' ');
  const method = start.slice(0, first);
  const target = start.slice(first + 1, last);
  const version = start.slice(last + 1);
  // Searching is quicker than a regular expression here, and this runs for every request.
  const known = METHODS.has(method) || /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method);
  if (first < 1 || last <= first + 1 || !known || target.includes(' ') || target.includes('\t'))
    throw new HttpError(400, 'malformed request line');
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    throw version.startsWith('HTTP/')
      ? new HttpError(505, 'HTTP version not supported')
      : new HttpError(400, 'malformed request line');
  }
  return { method, target, minorVersion: version === 'HTTP/1.0' ? 0 : 1, headers };
}

/** Parses a response's head. Throws HttpError. */
export function parseResponseHead(lines: readonly string[]): ResponseHead {
  const start = lines[0] as string;
  const headers = new Headers(lines);
  const status = Number(start.slice(9, 12));
  if (
    !start.startsWith('HTTP/1.') ||
    start[8] !== ' ' ||
    !(status >= 100) ||
    (start.length > 12 && start[12] !== ' ')
  ) {
    throw new HttpError(502, 'malformed status line');
  }
  return { status, reason: start.slice(13), minorVersion: start[7] === '0' ? 0 : 1, headers };
}

/** Headers to send: a record, whose undefined values are left out. */
export type HeadersInit = Readonly<Record<string, string | number | undefined>>;

/** Header lines, each with its line break. A value with a line break is refused: it would be another header. */
export function formatHeaders(headers: HeadersInit): string {
  let text = '';
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value === 'string' && (value.includes('\n') || value.includes('\r')))
      throw new RangeError(`line break in header ${name}`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** Parameters of a query string, or of a form. Malformed percent signs are taken as they stand. */
export class Query {
  readonly #pairs: (readonly [string, string])[];
  constructor(text: string) {
    this.#pairs = text === '' ? [] : text.split('&').map(decodePair);
  }
  has(name: string): boolean {
    return this.#pairs.some(([n]) => n === name);
  }
  /** The first value, or undefined. */
  get(name: string): string | undefined {
    return this.#pairs.find(([n]) => n === name)?.[1];
  }
  getAll(name: string): string[] {
    return this.#pairs.filter(([n]) => n === name).map(([, value]) => value);
  }
  /** Docker's rule: absent, empty, 0, no, false and none are false, all else is true. */
  bool(name: string, absent = false): boolean {
    const value = this.get(name);
    if (value === undefined) return absent;
    return !['', '0', 'no', 'false', 'none'].includes(value.toLowerCase().trim());
  }
  /** An integer, or undefined if absent or empty; NaN if it is no integer. */
  int(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined || value === '') return undefined;
    return /^[+-]?\d+$/.test(value) ? Number(value) : NaN;
  }
  entries(): readonly (readonly [string, string])[] {
    return this.#pairs;
  }
}

function decodePair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [percentDecode(pair), ''] : [percentDecode(pair.slice(0, at)), percentDecode(pair.slice(at + 1))];
}

function percentDecode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** Builds a query string with its question mark, or '' if every value is undefined. */
export function formatQuery(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const REASONS: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'UPGRADED',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  411: 'Length Required',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** The status line's text; 101 is spelled as Docker spells it. */
export const reasonPhrase = (status: number): string => REASONS[status] ?? 'Status';
