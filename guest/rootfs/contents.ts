// What of which Debian package goes into the VM's own root file system. One row a package, in the order
// in which it is unpacked; `keep` are patterns on the path after /bin, /sbin and /lib have moved under /usr.

export interface Row {
  readonly package: string;
  readonly why: string;
  readonly keep: readonly RegExp[];
}

const library = (name: string): RegExp => new RegExp(`^usr/lib/i386-linux-gnu/${name}[-.\\d]*\\.so[.\\d]*$`);

const XTABLES = [
  ...[
    'standard',
    'tcp',
    'udp',
    'NAT',
    'DNAT',
    'SNAT',
    'MASQUERADE',
    'REDIRECT',
    'conntrack',
    'state',
    'addrtype',
    'comment',
  ],
  ...[
    'mark',
    'MARK',
    'connmark',
    'CONNMARK',
    'limit',
    'multiport',
    'physdev',
    'statistic',
    'LOG',
    'owner',
    'iprange',
    'TCPMSS',
  ],
].map((name) => `libxt_${name}`);

export const CONTENTS: readonly Row[] = [
  { package: 'busybox-static', why: 'PID 1, and every small tool', keep: [/^usr\/bin\/busybox$/] },
  { package: 'bash-static', why: 'the login shell', keep: [/^usr\/bin\/bash-static$/] },
  {
    package: 'libc6',
    why: 'the C library of the programs below',
    keep: [
      /^usr\/lib\/ld-linux\.so\.2$/,
      /^usr\/lib\/i386-linux-gnu\/(ld-linux\.so\.2|lib(c|m|dl|pthread|resolv)\.so\.\d)$/,
    ],
  },
  {
    package: 'libc-bin',
    why: 'the C.UTF-8 locale, so that the shell edits UTF-8',
    keep: [/^usr\/lib\/locale\/C\.utf8\//],
  },
  {
    package: 'iproute2',
    why: 'ip, tc, bridge: what a student types to make a network by hand',
    keep: [
      /^usr\/bin\/ip$/,
      /^usr\/sbin\/(tc|bridge)$/,
      /^etc\/iproute2\/(rt_(protos|scopes|tables|realms|dsfield)|group)$/,
    ],
  },
  { package: 'libbpf1', why: 'ip, tc', keep: [library('libbpf')] },
  { package: 'libelf1', why: 'libbpf', keep: [library('libelf')] },
  { package: 'zlib1g', why: 'libelf', keep: [library('libz')] },
  { package: 'libmnl0', why: 'ip, tc, bridge', keep: [library('libmnl')] },
  { package: 'libbsd0', why: 'ip, tc', keep: [library('libbsd')] },
  { package: 'libmd0', why: 'libbsd', keep: [library('libmd')] },
  { package: 'libcap2', why: 'ip, tc, bridge', keep: [library('libcap')] },
  { package: 'libselinux1', why: 'nsenter', keep: [library('libselinux')] },
  { package: 'libpcre2-8-0', why: 'libselinux', keep: [library('libpcre2-8')] },
  {
    package: 'iptables',
    why: 'iptables in its legacy form: the tables that Docker fills',
    keep: [
      /^usr\/sbin\/(xtables-legacy-multi|ip6?tables-legacy(-save|-restore)?)$/,
      new RegExp(
        `^usr/lib/i386-linux-gnu/xtables/(${XTABLES.join('|')}|libipt_(REJECT|icmp|ttl|TTL)|libip6t_(REJECT|icmp6))\\.so$`,
      ),
    ],
  },
  { package: 'libxtables12', why: 'iptables, tc', keep: [library('libxtables')] },
  { package: 'libip4tc2', why: 'iptables', keep: [library('libip4tc')] },
  { package: 'libip6tc2', why: 'iptables', keep: [library('libip6tc')] },
  {
    package: 'util-linux',
    why: 'namespaces by hand; busybox has smaller ones that run its own ip instead of the real one',
    keep: [/^usr\/bin\/(nsenter|unshare|lsns|setsid|prlimit)$/],
  },
  { package: 'libsmartcols1', why: 'lsns', keep: [library('libsmartcols')] },
  { package: 'libmount1', why: 'lsns', keep: [library('libmount')] },
  { package: 'libblkid1', why: 'libmount', keep: [library('libblkid')] },
  {
    package: 'coreutils',
    why: 'programs that start others: busybox would start its own applet in place of the named program',
    keep: [/^usr\/(bin\/(env|timeout|nohup|nice)|sbin\/chroot)$/],
  },
  { package: 'psmisc', why: 'pstree', keep: [/^usr\/bin\/pstree$/] },
  { package: 'libtinfo6', why: 'pstree', keep: [library('libtinfo')] },
  {
    package: 'ncurses-base',
    why: 'terminal descriptions',
    keep: [
      /^usr\/lib\/terminfo\/(x\/xterm(-256color)?|l\/linux|v\/vt(100|220)|d\/dumb|s\/screen(-256color)?|t\/tmux(-256color)?)$/,
    ],
  },
  { package: 'netbase', why: 'names of protocols and ports', keep: [/^etc\/protocols$/] },
];

/** Applets of busybox that get no link, because the real program, or none, is wanted under that name. */
export const NO_APPLET: ReadonlySet<string> = new Set(
  'busybox linuxrc sh dpkg dpkg-deb rpm rpm2cpio ubirename run-init openvt chvt deallocvt dumpkmap loadkmap loadfont setkeycodes kbd_mode'.split(
    ' ',
  ),
);
