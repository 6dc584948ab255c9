// Signal names, as `docker kill -s` takes them: KILL, SIGKILL, 9. signal(7), i386 numbers
import { invalidParameter } from '../errors.ts';

const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const [RTMIN, RTMAX] = [34, 64];

export const SIGKILL = 9;
export const SIGTERM = 15;

/** '' gives the fallback. */
export function parseSignal(text: string, fallback: number): number {
  if (text === '') return fallback;
  const number = Number(text);
  if (/^\d+$/.test(text)) {
    if (number >= 1 && number <= RTMAX) return number;
    throw invalidParameter(`invalid signal: ${text}`);
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const at = NAMES.indexOf(name === 'POLL' ? 'IO' : name === 'IOT' ? 'ABRT' : name);
  if (at >= 0) return at + 1;
  const realtime = /^RTM(IN|AX)([+-]\d+)?$/.exec(name);
  if (realtime) return (realtime[1] === 'IN' ? RTMIN : RTMAX) + Number(realtime[2] ?? 0);
  throw invalidParameter(`invalid signal: ${text}`);
}
