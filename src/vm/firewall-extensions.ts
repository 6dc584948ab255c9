// Matches and targets of iptables that Docker and a student's own rules use, as `iptables -S` prints their options.
// Structures: include/uapi/linux/netfilter/xt_*.h, i386 layout. `at` is where the extension's own data begins.

type Printer = (view: DataView, at: number) => string;

const quad = (view: DataView, at: number): string => [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.');

function text(view: DataView, at: number, length: number): string {
  let value = '';
  for (let i = 0; i < length && view.getUint8(at + i) !== 0; i++) value += String.fromCharCode(view.getUint8(at + i));
  return value;
}

const ports = (option: string, low: number, high: number, inverted: boolean): string => {
  if (low === 0 && high === 0xffff) return '';
  return `${inverted ? ' !' : ''} --${option} ${low === high ? low : `${low}:${high}`}`;
};

const STATES = ['INVALID', 'ESTABLISHED', 'RELATED', 'NEW'];
const XT_CONNTRACK_STATE = 1;
const ADDRESS_TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
];

const bitNames = (names: readonly string[], bits: number): string => names.filter((_, i) => bits & (1 << i)).join(',');

/** xt_tcp: spts[2], dpts[2], option, flg_mask, flg_cmp, invflags. xt_udp: spts[2], dpts[2], invflags. */
const l4 =
  (name: string, invertedAt: number): Printer =>
  (view, at) => {
    const inverted = view.getUint8(at + invertedAt);
    const port = (i: number): number => view.getUint16(at + i * 2, true);
    return `-m ${name}${ports('sport', port(0), port(1), (inverted & 1) !== 0)}${ports('dport', port(2), port(3), (inverted & 2) !== 0)}`;
  };

const MATCHES: Readonly<Record<string, Printer>> = {
  tcp: l4('tcp', 11),
  udp: l4('udp', 8),
  icmp: (view, at) => (view.getUint8(at) === 255 ? '-m icmp' : `-m icmp --icmp-type ${view.getUint8(at)}`),
  comment: (view, at) => `-m comment --comment ${JSON.stringify(text(view, at, 256))}`,
  conntrack(view, at) {
    // xt_conntrack_mtinfo3: addresses and masks 128 bytes, expiry 8, l4proto 2, ports 8, match_flags, invert_flags, state_mask
    const [flags, inverted, mask] = [
      view.getUint16(at + 146, true),
      view.getUint16(at + 148, true),
      view.getUint16(at + 150, true),
    ];
    if (flags & XT_CONNTRACK_STATE)
      return `-m conntrack${inverted & XT_CONNTRACK_STATE ? ' !' : ''} --ctstate ${states(mask)}`;
    return '-m conntrack';
  },
  state: (view, at) => `-m state --state ${states(view.getUint32(at, true))}`,
  addrtype(view, at) {
    // xt_addrtype_info_v1: source, dest, flags (1 invert source, 2 invert dest)
    const [source, dest, flags] = [
      view.getUint16(at, true),
      view.getUint16(at + 2, true),
      view.getUint32(at + 4, true),
    ];
    const part = (option: string, types: number, inverted: number): string =>
      types === 0 ? '' : `${inverted ? ' !' : ''} --${option} ${bitNames(ADDRESS_TYPES, types)}`;
    return `-m addrtype${part('src-type', source, flags & 1)}${part('dst-type', dest, flags & 2)}`;
  },
  mark: (view, at) => `-m mark --mark 0x${view.getUint32(at, true).toString(16)}`,
};

/** ip_conntrack_info bits: 1 << (ctinfo % IP_CT_IS_REPLY + 1), bit 0 is INVALID. */
const states = (mask: number): string =>
  [
    [1, 'ESTABLISHED'],
    [2, 'RELATED'],
    [3, 'NEW'],
    [0, 'INVALID'],
  ]
    .flatMap(([bit, name]) => (mask & (1 << Number(bit)) ? [name] : []))
    .join(',') || STATES.join(',');

/** Byte offsets in what a NAT target holds; all numbers but the flags in network order. */
const NAT_RANGE = {
  /** nf_nat_ipv4_multi_range_compat: count, then flags, min_ip, max_ip, min, max. */
  old: { flags: 4, first: 8, last: 12, low: 16, high: 18 },
  /** Revision 2, nf_nat_range2: flags, min_addr and max_addr of 16 bytes, min, max, base. */
  new: { flags: 0, first: 4, last: 20, low: 36, high: 38 },
} as const;

const nat =
  (option: string): Printer =>
  (view, at) => {
    // The byte in front of the data is the extension's revision.
    const place = view.getUint8(at - 1) === 2 ? NAT_RANGE.new : NAT_RANGE.old;
    const flags = view.getUint32(at + place.flags, true);
    const [low, high] = [view.getUint16(at + place.low), view.getUint16(at + place.high)];
    const [hasAddress, hasPorts] = [flags & 1, flags & 2];
    const first = quad(view, at + place.first);
    const last = quad(view, at + place.last);
    const address = !hasAddress ? '' : first === last ? first : `${first}-${last}`;
    const port = !hasPorts ? '' : `:${low === high ? low : `${low}-${high}`}`;
    return ` --${option} ${address}${port}`;
  };

const REJECT_WITH = [
  'icmp-net-unreachable',
  'icmp-host-unreachable',
  'icmp-proto-unreachable',
  'icmp-port-unreachable',
  'icmp-echo-reply',
  'icmp-net-prohibited',
  'icmp-host-prohibited',
  'tcp-reset',
  'icmp-admin-prohibited',
];

const TARGETS: Readonly<Record<string, Printer>> = {
  DNAT: nat('to-destination'),
  SNAT: nat('to-source'),
  MASQUERADE: (view, at) => (view.getUint32(at + 4, true) & 2 ? ` --to-ports ${view.getUint16(at + 16)}` : ''),
  REDIRECT: (view, at) => ` --to-ports ${view.getUint16(at + 16)}`,
  REJECT: (view, at) => ` --reject-with ${REJECT_WITH[view.getUint32(at, true)] ?? view.getUint32(at, true)}`,
  LOG: (view, at) => (text(view, at + 2, 30) === '' ? '' : ` --log-prefix ${JSON.stringify(text(view, at + 2, 30))}`),
};

export const matchText = (name: string, view: DataView, at: number): string =>
  MATCHES[name]?.(view, at) ?? `-m ${name}`;
export const targetText = (name: string, view: DataView, at: number): string => TARGETS[name]?.(view, at) ?? '';
