// Everything the page learns about the guest, as one ordered log. `kernel` events are decoded from the kernel's own
// reports (tracefs, netlink, /proc, cgroup files); `engine` events are the engine's spans. The reducer in sim folds them.
import type { SpanMarker } from './spans.ts';

/** The eight kinds of namespace, named as the links in /proc/PID/ns. */
export type NamespaceKind = 'mnt' | 'uts' | 'ipc' | 'pid' | 'net' | 'user' | 'cgroup' | 'time';

/** Inode numbers of a process's namespaces, as in /proc/PID/ns. */
export type NamespaceSet = Partial<Record<NamespaceKind, number>>;

/** What every event carries. */
export interface EventHead {
  /** Position in the log, from 1, without gaps. */
  readonly seq: number;
  /** Guest time since boot in nanoseconds (trace clock `mono`), as a double. */
  readonly timeNs: number;
  /** The process that did it, as the initial PID namespace numbers it; 0 where the kernel names none. */
  readonly pid: number;
  /** The process's name at that moment (/proc/PID/comm). */
  readonly comm: string;
}

export type ProcessEvent =
  | {
      readonly kind: 'process.fork';
      readonly child: number;
      readonly childTgid: number;
      readonly parent: number;
      readonly childComm: string;
      /** The child's PIDs from the outermost to its own PID namespace. */ readonly innerPids: readonly number[];
      readonly ns: NamespaceSet;
      readonly cgroupId?: number;
    }
  | { readonly kind: 'process.exec'; readonly path: string; readonly argv?: readonly string[] }
  | { readonly kind: 'process.title'; readonly title: string }
  | {
      readonly kind: 'process.exit';
      readonly tgid: number;
      /** As wait(2) gives it: exit code, or the signal that killed it. */ readonly exitCode?: number;
      readonly signal?: number;
    }
  | {
      readonly kind: 'process.seen';
      /** Read from /proc: a process that lived before tracing began. */ readonly target: number;
      readonly parent: number;
      readonly title: string;
      readonly innerPids: readonly number[];
      readonly ns: NamespaceSet;
      readonly cgroup?: string;
    }
  | {
      readonly kind: 'namespace.enter';
      /** unshare, setns or clone gave the process other namespaces. */ readonly target: number;
      readonly ns: NamespaceSet;
    }
  | { readonly kind: 'uts.hostname'; readonly uts?: number; readonly name: string };

/** One system call, with what it was asked and what it answered. */
export type SyscallEvent = {
  readonly kind: 'syscall';
  readonly name: string;
  readonly args: Readonly<Record<string, string | number>>;
  /** Result, or -errno. */ readonly result?: number;
};

export type MountEvent =
  | {
      readonly kind: 'mount';
      readonly mntNs: number;
      readonly source: string;
      readonly target: string;
      readonly fsType: string;
      readonly flags: number;
      readonly data?: string;
      /** Device number of the mounted file system (major*2^20+minor), where the kernel gave it. */ readonly dev?: number;
      readonly result?: number;
    }
  | {
      readonly kind: 'umount';
      readonly mntNs: number;
      readonly target: string;
      readonly flags: number;
      readonly result?: number;
    }
  | {
      readonly kind: 'pivot_root';
      readonly mntNs: number;
      readonly newRoot: string;
      readonly putOld: string;
      readonly result?: number;
    }
  | {
      readonly kind: 'mountinfo';
      /** All lines of /proc/PID/mountinfo, raw; the reducer's own check. */ readonly mntNs: number;
      readonly text: string;
    };

export type CgroupEvent =
  | { readonly kind: 'cgroup.mkdir'; readonly path: string; readonly id: number }
  | { readonly kind: 'cgroup.rmdir'; readonly path: string; readonly id: number }
  | { readonly kind: 'cgroup.attach'; readonly path: string; readonly id: number; readonly target: number }
  | { readonly kind: 'cgroup.freeze'; readonly path: string; readonly frozen: boolean }
  | { readonly kind: 'cgroup.write'; readonly path: string; readonly file: string; readonly value: string }
  | {
      readonly kind: 'cgroup.sample';
      readonly path: string;
      /** Raw contents by file name, e.g. memory.current, cpu.stat. */ readonly files: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'oom.kill'; readonly target: number; readonly targetComm: string };

export type LinkEvent =
  | {
      readonly kind: 'link';
      /** New or changed; netns is its inode number. */ readonly netns: number;
      readonly ifindex: number;
      readonly name: string;
      readonly flags: number;
      readonly linkType?: string;
      readonly master?: number;
      readonly mac?: string;
      readonly mtu?: number;
      /** Peer of a veth: its ifindex and netns. */ readonly peerIfindex?: number;
      readonly peerNetns?: number;
    }
  | { readonly kind: 'link.delete'; readonly netns: number; readonly ifindex: number; readonly name: string }
  | {
      readonly kind: 'link.move';
      readonly netns: number;
      readonly ifindex: number;
      readonly name: string;
      readonly toNetns: number;
      readonly toIfindex?: number;
    }
  | {
      readonly kind: 'address';
      readonly netns: number;
      readonly ifindex: number;
      /** `172.17.0.2/16` */ readonly address: string;
      readonly removed: boolean;
    }
  | {
      readonly kind: 'xtables.replace';
      /** Notice that a table changed; the rules follow as `xtables.rules`. */ readonly netns: number;
      readonly table: string;
    }
  | {
      readonly kind: 'xtables.rules';
      readonly netns: number;
      readonly table: string;
      readonly rules: readonly FirewallRule[];
    };

/** One rule of an iptables table as read back from the kernel. */
export interface FirewallRule {
  readonly chain: string;
  /** As `iptables -S` prints it, e.g. `-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80`. */
  readonly text: string;
  readonly packets: number;
  readonly bytes: number;
}

/** One packet at one device. `skb` ties the hops of one packet together. */
export type PacketEvent = {
  readonly kind: 'packet';
  readonly skb: number;
  readonly direction: 'rx' | 'tx';
  readonly netns: number;
  readonly ifindex: number;
  readonly device: string;
  readonly length: number;
  /** First bytes from the network header on (IP, then TCP/UDP/ICMP). */
  readonly header: Uint8Array;
  readonly packet: PacketSummary;
};

export interface PacketSummary {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'arp' | 'ipv6' | 'other';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** TCP flags as letters, e.g. `SA`. */
  readonly flags?: string;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly dns?: DnsSummary;
}

/** A question to a name server, or its answer, as far as the packet's first bytes tell. RFC 1035 section 4.1 */
export interface DnsSummary {
  readonly kind: 'question' | 'answer';
  /** The name that is asked for; its beginning and `…` if the kernel gave no more. */
  readonly name: string;
  /** Of an answer: 0 found, 2 the server cannot tell, 3 there is no such name. */
  readonly rcode?: number;
  /** Of an answer: how many records it has. */
  readonly answers?: number;
  /** What is asked for: `A`, `AAAA`, `PTR`, or the type's number. RFC 1035 section 3.2.2 */
  readonly type?: string;
  /** Of an answer: the first address in it, if the recorded bytes reach so far. */
  readonly address?: string;
}

/** A packet that the kernel threw away, and where it was then. */
export type DropEvent = {
  readonly kind: 'packet.drop';
  readonly skb: number;
  /** As the kernel names it (enum skb_drop_reason): `NETFILTER_DROP`. */
  readonly reason: string;
  /** The firewall's hook at which it was, told by where it stood between its devices. include/uapi/linux/netfilter.h */
  readonly hook: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT';
  /** The device that it came in by; 0 and '' for one that was just made here. */
  readonly netns: number;
  readonly ifindex: number;
  readonly device: string;
  /** The device that it was about to leave by, where routing had said so. */
  readonly outIfindex?: number;
  readonly outDevice?: string;
  readonly length: number;
  readonly header: Uint8Array;
  readonly packet: PacketSummary;
};

export type FileEvent = {
  readonly kind: 'file';
  /** The upper directory's own overlay: device number (major*2^20+minor) of the overlay mount. */
  readonly overlayDev: number;
  /** `remove`: a file of upperdir alone is gone; `whiteout`: a lower layer still has it, so a marker hides it. */
  readonly change: 'create' | 'copy-up' | 'modify' | 'whiteout' | 'remove' | 'rename' | 'mkdir';
  /** As much of the path as the kernel gave, `/`-separated from the overlay's root where possible. */
  readonly path: string;
  /** Where a rename took it. */
  readonly to?: string;
  readonly result?: number;
};

export type EngineEvent = { readonly kind: 'span'; readonly span: SpanMarker };

/** What the page itself knows of the stream: bytes that could not be read, events that the kernel dropped. */
export type StreamEvent = { readonly kind: 'stream.lost'; readonly events: number; readonly reason: string };

/** An event without its place in the log, as decoders produce it. */
export type EventBody =
  | ProcessEvent
  | SyscallEvent
  | MountEvent
  | CgroupEvent
  | LinkEvent
  | PacketEvent
  | DropEvent
  | FileEvent
  | EngineEvent
  | StreamEvent;

/** An entry of the log. */
export type WorldEvent = EventHead & EventBody;

/** A decoded event before the log numbers it. */
export type DecodedEvent = Omit<EventHead, 'seq'> & EventBody;
