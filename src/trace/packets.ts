// Packets, hop by hop: every device that sends one (net_dev_start_xmit) or gets one (netif_receive_skb), with its first bytes;
// and those that a firewall rule throws away (kfree_skb).
// Event probes (Documentation/trace/eprobetrace.rst) add to the kernel's tracepoints what these do not print.
import type { EventBody } from '../protocol/events.ts';
import type { TraceRecord } from './format.ts';
import { summarise } from './packet-summary.ts';
import type { Kernel, Probe } from './probe.ts';

/** Bytes recorded: link header (14), IP without options (20) and TCP with its usual options (32), rounded up to words. */
const TX_BYTES = 72;
const RX_BYTES = 56;
/** On a loopback device nearly all is talk with the embedded name server: enough for a name and the first address. */
const LO_BYTES = 112;

/** enum skb_drop_reason (include/net/dropreason-core.h, 6.12), as the kernel's own format file of skb:kfree_skb lists it. */
const NETFILTER_DROP = 11;

const fetched = (kernel: Kernel, bytes: number): string => `len=$len:u32 ${skbFields(kernel, bytes)}`;

function skbFields(kernel: Kernel, bytes: number): string {
  const device = kernel.at('$skbaddr', 'sk_buff.dev');
  return [
    `skb=$skbaddr:x32 ifindex=${kernel.at(device, 'net_device.ifindex')}:s32`,
    `netns=${kernel.at(device, 'net_device.nd_net.net', 'net.ns.inum')}:u32 protocol=${kernel.at('$skbaddr', 'sk_buff.protocol')}:u16`,
    `data=+0(${kernel.at('$skbaddr', 'sk_buff.data')}):x64[${bytes / 8}] device=${kernel.at(device, 'net_device.name')}:string`,
  ].join(' ');
}

const tx: Probe = {
  event: 'dd/tx',
  define: (kernel) => `e:dd/tx net.net_dev_start_xmit network=$network_offset:s32 ${fetched(kernel, TX_BYTES)}`,
  decode: (record) => [packet(record, 'tx', Math.max(0, record.int('network')))],
};

const rx: Probe = {
  event: 'dd/rx',
  define: (kernel) => `e:dd/rx net.netif_receive_skb ${fetched(kernel, RX_BYTES)} if name != "lo"`,
  decode: (record) => [packet(record, 'rx', 0)], // the link header has been taken off by then
};

const lo: Probe = {
  event: 'dd/lo',
  define: (kernel) => `e:dd/lo net.netif_receive_skb ${fetched(kernel, LO_BYTES)} if name == "lo"`,
  decode: (record) => [packet(record, 'rx', 0)],
};

/**
 * A packet that a firewall rule threw away. sk_buff.dev is the device it came in by; the route that it had by then
 * (_skb_refdst, whose lowest bit says that nobody counts it) names the one that it would have left by.
 */
const drop: Probe = {
  event: 'dd/drop',
  define: (kernel) => {
    const out = (counted: 0 | 1): string => {
      const dst = kernel.at('$skbaddr', 'sk_buff._skb_refdst');
      return `+${kernel.offset('dst_entry.dev') - counted}(${dst})`.replace('+-', '-');
    };
    const device = (base: string, n: number): string =>
      `out${n}=${kernel.at(base, 'net_device.ifindex')}:s32 out${n}_name=${kernel.at(base, 'net_device.name')}:string`;
    return [
      `e:dd/drop skb.kfree_skb reason=$reason:u32 route=${kernel.at('$skbaddr', 'sk_buff._skb_refdst')}:x32`,
      `in=${kernel.at('$skbaddr', 'sk_buff.dev')}:x32 len=${kernel.at('$skbaddr', 'sk_buff.len')}:u32`,
      `${device(out(0), 0)} ${device(out(1), 1)} ${skbFields(kernel, RX_BYTES)} if reason == ${NETFILTER_DROP}`,
    ].join(' ');
  },
  decode: (record) => {
    const route = record.int('route');
    const n = route & 1;
    const out: { outIfindex?: number; outDevice?: string } =
      route === 0 ? {} : { outIfindex: record.int(`out${n}`), outDevice: record.text(`out${n}_name`) };
    const cameIn = record.int('in') !== 0;
    const at = cameIn
      ? { netns: record.int('netns'), ifindex: record.int('ifindex'), device: record.text('device') }
      : { netns: 0, ifindex: 0, device: '' };
    const header = record.array('data').slice(0, record.int('len'));
    // To the machine itself the route leads by way of its loopback device.
    const hook = !cameIn ? 'OUTPUT' : route === 0 ? 'PREROUTING' : out.outDevice === 'lo' ? 'INPUT' : 'FORWARD';
    return [
      {
        kind: 'packet.drop',
        skb: record.int('skb'),
        reason: 'NETFILTER_DROP',
        hook,
        ...at,
        ...out,
        length: record.int('len'),
        header,
        packet: summarise(header, swap16(record.int('protocol'))),
      },
    ];
  },
};

function packet(record: TraceRecord, direction: 'rx' | 'tx', networkOffset: number): EventBody {
  const length = record.int('len') - networkOffset;
  const header = record.array('data').slice(networkOffset, networkOffset + Math.max(0, length));
  const protocol = swap16(record.int('protocol'));
  return {
    kind: 'packet',
    skb: record.int('skb'),
    direction,
    netns: record.int('netns'),
    ifindex: record.int('ifindex'),
    device: record.text('device'),
    length,
    header,
    packet: summarise(header, protocol),
  };
}

/** skb->protocol is in network order. */
const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >> 8);

export const packetProbes: readonly Probe[] = [tx, rx, lo, drop];
