// Points in time as the API writes them: RFC 3339 with up to nine decimals (Go's RFC3339Nano), Unix seconds with an
// optional fraction in queries, and Go durations. A JavaScript Date has milliseconds only, so seconds and nanoseconds
// are kept apart.

export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** Go's zero time: what State.StartedAt says before the first start. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Text of the last second that was formatted: log lines come many to the second. */
let lastSecond = NaN;
let lastText = '';

/** `2024-05-01T10:20:30.123456789Z`; the trailing zeros of the fraction are dropped, as Go drops them. */
export function rfc3339Nano(at: Instant): string {
  if (at.seconds !== lastSecond) {
    lastSecond = at.seconds;
    lastText = new Date(at.seconds * 1000).toISOString().slice(0, 19);
  }
  if (at.nanos === 0) return lastText + 'Z';
  const digits = String(1_000_000_000 + at.nanos).slice(1);
  let end = 9;
  while (digits.charCodeAt(end - 1) === 48) end -= 1;
  return lastText + '.' + (end === 9 ? digits : digits.slice(0, end)) + 'Z';
}

/** The form of `docker logs --timestamps`: always nine decimals, so that lines align. */
export function logTimestamp(rfc3339: string): string {
  const dot = rfc3339.indexOf('.');
  if (dot < 0) return rfc3339.slice(0, 19) + '.000000000Z';
  return rfc3339.slice(0, -1).padEnd(dot + 10, '0') + 'Z';
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

/** Reads a stored time, or `since`/`until` of a query (`1714558830.5` or RFC 3339); null if it is neither. */
export function parseInstant(text: string): Instant | null {
  const unix = /^(-?\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (unix) return { seconds: Number(unix[1]), nanos: Number((unix[2] ?? '').padEnd(9, '0')) };
  const match = RFC3339.exec(text);
  if (!match) return null;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(ms) ? null : { seconds: ms / 1000, nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}

export function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

export function toMs(at: Instant): number {
  return at.seconds * 1000 + at.nanos / 1e6;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** Seconds of a Go duration such as `1h30m` or `250ms`; null if it is none. */
export function parseDuration(text: string): number | null {
  if (!/^[-+]?(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return null;
  let seconds = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    seconds += Number(part[1]) * (UNIT_SECONDS[part[2] ?? 's'] ?? 1);
  }
  return text.startsWith('-') ? -seconds : seconds;
}

/** As Go writes a duration: `250ms`, `3s`, `1m30.5s`, `1h0m0s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1) return `${ms * 1000}µs`;
  if (ms < 1000) return `${ms}ms`;
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1000];
  const hours = Math.floor(minutes / 60);
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes % 60}m` : ''}${seconds}s`;
}

/** How long, in words as `docker ps` says it: `Less than a second`, `About a minute`, `3 hours`. */
export function humanDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 1) return 'Less than a second';
  if (whole === 1) return '1 second';
  if (whole < 60) return `${whole} seconds`;
  const minutes = Math.floor(whole / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(whole / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}
