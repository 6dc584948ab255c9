// --ulimit nofile=1024:2048 to the specification's rlimits. getrlimit(2)
import type { Rlimit } from '../../runc/spec.ts';
import { invalidParameter } from '../errors.ts';
import type { HostConfig } from './types.ts';

const KNOWN = 'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
  ' ',
);

export function ulimitsFor(host: HostConfig): Rlimit[] {
  return host.Ulimits.map(({ Name, Soft, Hard }) => {
    if (!KNOWN.includes(Name)) throw invalidParameter(`invalid ulimit type: ${Name}`);
    return { type: `RLIMIT_${Name.toUpperCase()}`, soft: Soft, hard: Hard };
  });
}
