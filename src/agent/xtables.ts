// One iptables table as the kernel gives it, undecoded. getsockopt IPT_SO_GET_INFO and IPT_SO_GET_ENTRIES,
// include/uapi/linux/netfilter_ipv4/ip_tables.h
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import * as sys from '../engine/sys/index.ts';

const IPT_SO_GET_INFO = 64;
const IPT_SO_GET_ENTRIES = 65;
const TABLE_NAME_BYTES = 32;
const INFO_BYTES = 84;
const SIZE_AT = 80;
/** struct ipt_get_entries: name, size, then the entries. */
const GET_ENTRIES_HEAD = 36;

export function serveXtables(stream: Stream, request: Extract<AgentRequest, { kind: 'xtables' }>): void {
  const fd = sys.socket(sys.AF.INET, sys.SOCK.RAW, sys.IPPROTO.RAW);
  try {
    const info = new Uint8Array(INFO_BYTES);
    const name = sys.latin1Encode(request.table).subarray(0, TABLE_NAME_BYTES - 1);
    info.set(name);
    sys.getsockopt(fd, sys.IPPROTO.IP, IPT_SO_GET_INFO, info);
    const size = new DataView(info.buffer).getUint32(SIZE_AT, true);
    const entries = new Uint8Array(GET_ENTRIES_HEAD + size);
    entries.set(name);
    new DataView(entries.buffer).setUint32(TABLE_NAME_BYTES, size, true);
    sys.getsockopt(fd, sys.IPPROTO.IP, IPT_SO_GET_ENTRIES, entries);
    const finish = (): void => {
      if (stream.queuedBytes === 0) stream.close({ result: {} });
    };
    stream.listener = { drain: finish };
    stream.send(info);
    stream.send(entries.subarray(GET_ENTRIES_HEAD));
    finish();
  } finally {
    sys.closeQuietly(fd);
  }
}
