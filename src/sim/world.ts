// The World: what stands in the guest now, as far as its kernel told us. Plain immutable data; reduce() makes the next
// one, scenes draw it. Where a thing exists because the kernel said so, its `seq` names the event that brought it.
import type { FirewallRule, NamespaceKind, NamespaceSet, PacketSummary } from '../protocol/events.ts';
import type { Component } from '../protocol/spans.ts';

/** A process or thread group, by its PID in the initial PID namespace. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** /proc/PID/comm, or the program's own title once it set one. */
  readonly title: string;
  readonly path?: string;
  readonly argv?: readonly string[];
  /** PIDs from the outermost to the process's own PID namespace; the last is what it calls itself. */
  readonly innerPids: readonly number[];
  readonly ns: NamespaceSet;
  /** Path below /sys/fs/cgroup, `/` for the root. */
  readonly cgroup: string;
  readonly startedNs: number;
  readonly seq: number;
}

export interface Namespace {
  readonly kind: NamespaceKind;
  readonly inode: number;
  /** Name of the host inside (uts namespaces only). */
  readonly hostname?: string;
  readonly seq: number;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly fsType: string;
  readonly flags: number;
  readonly data: string;
  readonly seq: number;
}

/** A file that the writable layer holds, as the kernel reported its making. */
export interface UpperFile {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'deleted';
  readonly copiedUp: boolean;
  readonly seq: number;
}

/** An overlay mount: read-only layers below, the writable one on top. */
export interface Overlay {
  /** The upper directory, which is what names an overlay; the target where there is none. */
  readonly key: string;
  readonly dev?: number;
  /** Uppermost first, as in the lowerdir= option. */
  readonly lowerdirs: readonly string[];
  readonly upperdir?: string;
  readonly workdir?: string;
  readonly target: string;
  readonly mntNs: number;
  readonly container?: string;
  readonly files: ReadonlyMap<string, UpperFile>;
  readonly seq: number;
}

export interface Cgroup {
  readonly path: string;
  readonly id: number;
  readonly frozen: boolean;
  /** Limits as last written: memory.max, cpu.max, pids.max … */
  readonly limits: Readonly<Record<string, string>>;
  readonly usage: CgroupUsage;
  /** Events in which the kernel killed a process here for want of memory. */
  readonly oomKills: readonly number[];
  readonly seq: number;
}

/** Read from the cgroup's own files; absent where never read. */
export interface CgroupUsage {
  readonly memoryBytes?: number;
  readonly memoryMaxBytes?: number;
  readonly cpuUsec?: number;
  /** Share of the CPU between the two last samples, 0 to 1. */
  readonly cpuShare?: number;
  readonly throttledPeriods?: number;
  readonly throttledUsec?: number;
  readonly pids?: number;
  readonly sampledNs?: number;
}

export interface Link {
  /** `netns/ifindex`. */
  readonly key: string;
  /** Stays the same when the device travels to another namespace. */
  readonly identity: number;
  readonly netns: number;
  readonly ifindex: number;
  readonly name: string;
  readonly up: boolean;
  readonly linkType: string;
  readonly mac?: string;
  readonly mtu?: number;
  readonly master?: number;
  readonly peer?: { readonly netns?: number; readonly ifindex: number };
  readonly addresses: readonly string[];
  readonly seq: number;
}

/** One packet and the devices that it visited, in order. */
export interface PacketTrace {
  /** The first hop's event. */
  readonly seq: number;
  readonly skb: number;
  readonly hops: readonly PacketHop[];
  /** Where its way ended, if the kernel threw it away. */
  readonly drop?: PacketDrop;
}

/** A packet's end by a firewall rule. */
export interface PacketDrop {
  readonly seq: number;
  readonly timeNs: number;
  readonly reason: string;
  readonly hook: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT';
  /** The device that it would have left by. */
  readonly outDevice?: string;
}

export interface PacketHop {
  readonly seq: number;
  readonly timeNs: number;
  readonly netns: number;
  readonly ifindex: number;
  readonly device: string;
  readonly direction: 'rx' | 'tx';
  readonly length: number;
  readonly header: Uint8Array;
  readonly packet: PacketSummary;
}

/** Docker's words for a container's state. */
export type ContainerState = 'created' | 'running' | 'paused' | 'exited';

export interface Container {
  readonly id: string;
  /** The engine's name for it; the first 12 digits of the id until it said one. */
  readonly name: string;
  readonly image: string;
  /** 1 to 8, kept as long as the container stands. */
  readonly hue: number;
  /** From the kernel: processes in its cgroup, frozen or not. */
  readonly state: ContainerState;
  readonly cgroup: string;
  /** The process that is PID 1 inside. */
  readonly initPid?: number;
  readonly exitCode?: number;
  /** The last time that the kernel killed a process in it for want of memory, and what the limit was. */
  readonly oomKill?: { readonly seq: number; readonly limit: string };
  readonly config: Readonly<Record<string, unknown>>;
  readonly seq: number;
}

export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  /** Lowest first. */
  readonly layers: readonly {
    readonly diffId: string;
    readonly chainId: string;
    readonly dir: string;
    readonly bytes: number;
  }[];
  readonly seq: number;
}

/** A layer on its way between a registry and here, as the engine tells it. */
export interface LayerTransfer {
  readonly direction: 'pull' | 'push';
  readonly image: string;
  /** Of the packed layer for a pull, the diff ID for a push. */
  readonly digest: string;
  /** `waiting downloading verifying extracting complete exists`, or `pushing pushed mounted exists`. */
  readonly state: string;
  readonly current: number;
  readonly total: number;
  readonly seq: number;
}

/** A network as the engine names it; its bridge is the kernel's. */
export interface NetworkInfo {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly seq: number;
}

/** Files of an image that a new volume began with, as the engine tells it. */
export interface VolumeCopy {
  readonly volume: string;
  /** The directory in the image. */
  readonly from: string;
  readonly container: string;
  readonly seq: number;
}

/** One step of a build, as `Step 2/5 : …` prints it. */
export interface BuildStep {
  /** Its span. */
  readonly id: string;
  readonly step: number;
  /** Number of its stage in the Dockerfile; -1 before the first FROM. */
  readonly stage: number;
  readonly instruction: string;
  readonly state: 'running' | 'cached' | 'built' | 'failed';
  /** Why it was not in the cache, or what went wrong. */
  readonly reason: string;
  readonly image?: string;
  /** The layer that it made; missing where only the config changed. */
  readonly layer?: { readonly diffId: string; readonly dir: string; readonly bytes: number };
  /** The container that ran for it. */
  readonly container?: string;
  readonly beganNs: number;
  readonly endedNs?: number;
  readonly seq: number;
}

export interface Build {
  /** Its span. */
  readonly id: string;
  readonly dockerfile: string;
  readonly tags: readonly string[];
  readonly stepCount: number;
  readonly state: 'running' | 'done' | 'failed';
  readonly steps: readonly BuildStep[];
  readonly image?: string;
  readonly error?: string;
  readonly beganNs: number;
  readonly endedNs?: number;
  readonly seq: number;
}

/** A span of the engine: why something happened. */
export interface Span {
  readonly id: string;
  readonly parent?: string;
  readonly component: Component;
  readonly name: string;
  readonly pid: number;
  readonly beganNs: number;
  readonly endedNs?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly seq: number;
}

/** A function of the engine, and the file that it stands in. */
export interface EngineStep {
  readonly fn: string;
  readonly file: string;
}

/** A kernel operation as a student opens it. */
export interface Operation {
  readonly seq: number;
  readonly timeNs: number;
  readonly pid: number;
  readonly comm: string;
  /** System call or tracepoint, e.g. `mount`, `sched_process_exec`. */
  readonly name: string;
  /** Short, monospace: `mount overlay on /…/merged`. */
  readonly label: string;
  readonly args: Readonly<Record<string, string | number>>;
  readonly result?: number;
  readonly container?: string;
  /** The engine function at work, where the engine said so. */
  readonly step?: EngineStep;
  readonly span?: string;
}

export interface World {
  readonly seq: number;
  readonly timeNs: number;
  readonly processes: ReadonlyMap<number, Process>;
  /** By `kind:inode`. */
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** The namespaces of PID 1: what the VM itself sees. */
  readonly hostNs: NamespaceSet;
  /** By the mount namespace's inode number. */
  readonly mounts: ReadonlyMap<number, readonly Mount[]>;
  readonly overlays: ReadonlyMap<string, Overlay>;
  readonly cgroups: ReadonlyMap<string, Cgroup>;
  readonly links: ReadonlyMap<string, Link>;
  /** By `netns/table`. */
  readonly rules: ReadonlyMap<string, readonly FirewallRule[]>;
  readonly packets: readonly PacketTrace[];
  readonly containers: ReadonlyMap<string, Container>;
  readonly images: ReadonlyMap<string, ImageInfo>;
  /** Layers that travel or travelled, by direction, image and digest. */
  readonly transfers: ReadonlyMap<string, LayerTransfer>;
  /** By id. */
  readonly networks: ReadonlyMap<string, NetworkInfo>;
  /** By the volume's name. */
  readonly volumeCopies: ReadonlyMap<string, VolumeCopy>;
  /** The last builds, oldest first. */
  readonly builds: ReadonlyMap<string, Build>;
  readonly spans: ReadonlyMap<string, Span>;
  /** Spans open in each process, innermost last. */
  readonly openSpans: ReadonlyMap<number, readonly string[]>;
  /** The engine function at work in each process, as it last said. */
  readonly steps: ReadonlyMap<number, EngineStep>;
  /** The last operations, oldest first. */
  readonly operations: readonly Operation[];
  readonly lost: Lost;
}

/** Events that the kernel dropped before anybody read them, or that could not be read: from then on the picture may miss things. */
export interface Lost {
  /** How many, as far as the kernel counted. */
  readonly events: number;
  /** How often. */
  readonly gaps: number;
  /** Why, the last time. */
  readonly reason: string;
  readonly seq: number;
}

/** The World before the first event. */
export const emptyWorld: World = {
  seq: 0,
  timeNs: 0,
  processes: new Map(),
  namespaces: new Map(),
  hostNs: {},
  mounts: new Map(),
  overlays: new Map(),
  cgroups: new Map(),
  links: new Map(),
  rules: new Map(),
  packets: [],
  containers: new Map(),
  images: new Map(),
  transfers: new Map(),
  networks: new Map(),
  volumeCopies: new Map(),
  builds: new Map(),
  spans: new Map(),
  openSpans: new Map(),
  steps: new Map(),
  operations: [],
  lost: { events: 0, gaps: 0, reason: '', seq: 0 },
};

/** The docker container whose cgroup this is or lies in, or undefined: `/docker/<64 hex>[/…]`, or another parent's. */
export function containerOfCgroup(path: string): string | undefined {
  return /\/([0-9a-f]{64})(?:\/|$)/.exec(path)?.[1];
}

/** The container that a process runs in, by the kernel's word (its cgroup). */
export function containerOfPid(world: World, pid: number): string | undefined {
  const process = world.processes.get(pid);
  return process && containerOfCgroup(process.cgroup);
}

/** A network namespace's container: the one whose processes live in it and that does not share the host's. */
export function containerOfNetns(world: World, netns: number): string | undefined {
  if (netns === world.hostNs.net) return undefined;
  for (const process of world.processes.values()) {
    if (process.ns.net !== netns) continue;
    const container = containerOfCgroup(process.cgroup);
    if (container) return container;
  }
  return undefined;
}
