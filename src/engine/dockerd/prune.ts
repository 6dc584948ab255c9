// What the prune endpoints have in common: the `until` filter.
import * as sys from '../sys/index.ts';
import { invalidParameter } from './errors.ts';
import type { Filters } from './filters.ts';
import { parseDuration, parseInstant, toMs } from './time.ts';

/** Milliseconds since 1970 before which a thing must have been made; Infinity without the filter. `24h`, or a time. */
export function untilMs(filters: Filters): number {
  const values = filters.get('until');
  if (values.length === 0) return Infinity;
  if (values.length > 1) throw invalidParameter('more than one until filter specified');
  const [text = ''] = values;
  const seconds = parseDuration(text);
  const { seconds: now } = sys.realtime();
  if (seconds !== null) return (now - seconds) * 1000;
  const at = parseInstant(text);
  if (!at) throw invalidParameter(`invalid filter 'until=${text}'`);
  return toMs(at);
}
