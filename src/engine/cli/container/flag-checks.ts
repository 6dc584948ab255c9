// What the client refuses by itself about a flag's value, before any request. Called while flags are read (flags.ts).
import { parseIpv4 } from '../../network/address.ts';
import { parseBytes } from '../flags.ts';

/** The kernel parameters that belong to a container alone. */
const SYSCTLS = /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|(net|fs\.mqueue)\..+)$/;
const ULIMIT = /^(\w+)=(-?\d+)(?::(-?\d+))?$/;
/** What setrlimit(2) knows, less what Docker does not take. */
const ULIMITS = /^(core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack)$/;

export const checks: Readonly<Record<string, (text: string) => string | undefined>> = {
  env: (text) => (text === '' || text.startsWith('=') ? `invalid environment variable: ${text}` : undefined),
  ulimit: (text) => {
    const [, name, soft, hard = soft] = ULIMIT.exec(text) ?? [];
    if (name === undefined) return `invalid ulimit argument: ${text}`;
    if (!ULIMITS.test(name)) return `invalid ulimit type: ${name}`;
    if (Number(hard) === -1 || Number(soft) <= Number(hard)) return undefined;
    return `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`;
  },
  sysctl: (text) =>
    text.includes('=') && SYSCTLS.test(text.slice(0, text.indexOf('=')))
      ? undefined
      : `sysctl '${text}' is not allowed`,
  dns: (text) =>
    parseIpv4(text.trim()) !== undefined || text.includes(':')
      ? undefined
      : `IP address is not correctly formatted: ${text}`,
  'add-host': addHost,
  link: (text) => {
    if (text === '') return 'empty string specified for links';
    return text.split(':').length > 2 ? `bad format for links: ${text}` : undefined;
  },
  'blkio-weight-device': weightDevice,
  'device-read-bps': throttleBytes,
  'device-write-bps': throttleBytes,
  'device-read-iops': throttleCount,
  'device-write-iops': throttleCount,
  mount: (text) => {
    const field = text
      .split(',')
      .find((part) => !part.includes('=') && !/^(readonly|ro|volume-nocopy|bind-nonrecursive)$/.test(part));
    return field === undefined ? undefined : `invalid field '${field}' must be a key=value pair`;
  },
};

/** `name:address` or `name=address`; the address may be host-gateway. */
function addHost(text: string): string | undefined {
  const [, name, address = ''] = /^([^:=]+)[:=](.*)$/.exec(text) ?? [];
  if (name === undefined || address === '') return `bad format for add-host: ${JSON.stringify(text)}`;
  const isAddress = address === 'host-gateway' || parseIpv4(address) !== undefined || address.includes(':');
  return isAddress ? undefined : `invalid IP address in add-host: ${JSON.stringify(address)}`;
}

/** `/dev/vda:VALUE`: undefined, or what is wrong before the colon. */
function devicePath(text: string): string | undefined {
  const [path = '', value, ...more] = text.split(':');
  if (path === '' || value === undefined || more.length > 0) return `bad format: ${text}`;
  return path.startsWith('/dev/') ? undefined : `bad format for device path: ${text}`;
}

function weightDevice(text: string): string | undefined {
  const weight = text.split(':')[1] ?? '';
  const is = /^\d+$/.test(weight) && (Number(weight) === 0 || (Number(weight) >= 10 && Number(weight) <= 1000));
  return devicePath(text) ?? (is ? undefined : `invalid weight for device: ${text}`);
}

function throttleBytes(text: string): string | undefined {
  const rate = parseBytes(text.split(':')[1] ?? '');
  const why = `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`;
  return devicePath(text) ?? (rate !== undefined && rate >= 0 ? undefined : why);
}

function throttleCount(text: string): string | undefined {
  const why = `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`;
  return devicePath(text) ?? (/^\d+$/.test(text.split(':')[1] ?? '') ? undefined : why);
}
