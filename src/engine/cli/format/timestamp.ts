// --since and --until: a date, Unix seconds, or how long ago (`10m`), as the Unix time that the API takes. Called by logs and events.
import { CommandError } from '../command.ts';
import { parseDuration } from '../flags.ts';

const DATE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d\d:\d\d)?$/;

/** `seconds` or `seconds.nanoseconds`; '' for ''. Dates without a zone are UTC, as the VM's clock. Throws CommandError. */
export function timestamp(text: string, nowMs: number = Date.now()): string {
  const ns = parseDuration(text);
  if (ns !== undefined && text !== '0') return String(Math.floor(nowMs / 1000 - ns / 1e9));
  if (text === '' || /^\d+(\.\d{1,9})?$/.test(text)) return text;
  const [, date, hours = '00', minutes = '00', seconds = '00', fraction = '', zone = 'Z'] = DATE.exec(text) ?? [];
  const ms = date === undefined ? NaN : Date.parse(`${date}T${hours}:${minutes}:${seconds}${zone}`);
  if (Number.isNaN(ms)) throw new CommandError(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
  return `${ms / 1000}.${fraction.padEnd(9, '0')}`;
}
