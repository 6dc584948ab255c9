// Packets, hop by hop: every device that sends one (net_dev_start_xmit) or gets one (netif_receive_skb), with its first bytes.
// Event probes (Documentation/trace/eprobetrace.rst) add to the kernel's tracepoints what these do not print.
import type { EventBody } from '../protocol/events.ts';
import type { TraceRecord } from './format.ts';
import { summarise } from './packet-summary.ts';
import type { Kernel, Probe } from './probe.ts';

/** Bytes recorded: link header (14), IP without options (20) and TCP with its usual options (32), rounded up to words. */
const TX_BYTES = 72;
const RX_BYTES = 56;

const fetched = (kernel: Kernel, bytes: number): string => {
  const device = kernel.at('$skbaddr', 'sk_buff.dev');
  return [
    `skb=$skbaddr:x32 len=$len:u32 ifindex=${kernel.at(device, 'net_device.ifindex')}:s32`,
    `netns=${kernel.at(device, 'net_device.nd_net.net', 'net.ns.inum')}:u32 protocol=${kernel.at('$skbaddr', 'sk_buff.protocol')}:u16`,
    `data=+0(${kernel.at('$skbaddr', 'sk_buff.data')}):x64[${bytes / 8}] device=${kernel.at(device, 'net_device.name')}:string`,
  ].join(' ');
};

const tx: Probe = {
  event: 'dd/tx',
  define: (kernel) => `e:dd/tx net.net_dev_start_xmit network=$network_offset:s32 ${fetched(kernel, TX_BYTES)}`,
  decode: (record) => [packet(record, 'tx', Math.max(0, record.int('network')))],
};

const rx: Probe = {
  event: 'dd/rx',
  define: (kernel) => `e:dd/rx net.netif_receive_skb ${fetched(kernel, RX_BYTES)}`,
  decode: (record) => [packet(record, 'rx', 0)], // the link header has been taken off by then
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

export const packetProbes: readonly Probe[] = [tx, rx];
