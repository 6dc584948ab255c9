// The OCI runtime configuration (config.json): what a container shall be. dockerd writes it, runc carries it out.
// Names are the specification's: https://github.com/opencontainers/runtime-spec/blob/main/config.md and config-linux.md

export interface Spec {
  readonly ociVersion: string;
  readonly process: Process;
  readonly root: {
    /** Directory of the root file system: dockerd's overlay2 driver has mounted it (…/merged) before runc is called. */
    readonly path: string;
    readonly readonly?: boolean;
  };
  readonly hostname?: string;
  readonly domainname?: string;
  /** Mounted in this order. */
  readonly mounts: readonly Mount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux: Linux;
}

/** The program to run, and as whom. `runc exec` takes one of these alone. */
export interface Process {
  readonly terminal?: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: User;
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities?: Capabilities;
  readonly rlimits?: readonly Rlimit[];
  readonly noNewPrivileges?: boolean;
  readonly oomScoreAdj?: number;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
  readonly umask?: number;
}

/** Sets of capability names, `CAP_CHOWN`. capabilities(7) */
export interface Capabilities {
  readonly bounding?: readonly string[];
  readonly effective?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly permitted?: readonly string[];
  readonly ambient?: readonly string[];
}

export interface Rlimit {
  /** `RLIMIT_NOFILE` */
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

/** One mount(2), in the words of fstab: `options` holds flags (`ro`, `nosuid`, `rbind`, `rprivate`) and data (`size=64m`). */
export interface Mount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  /** Of a bind mount: the part of the source that is meant, found when it is mounted. Not in the specification. */
  readonly subpath?: string;
  readonly options?: readonly string[];
}

export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

export interface Linux {
  /** A type that is listed without a path gets a new namespace, with a path joins that one, not listed: runc's own (the host's). */
  readonly namespaces: readonly { readonly type: NamespaceType; readonly path?: string }[];
  readonly devices?: readonly Device[];
  /** Below /sys/fs/cgroup: `/docker/<id>`. */
  readonly cgroupsPath: string;
  readonly resources?: Resources;
  readonly sysctl?: Readonly<Record<string, string>>;
  /** Hidden: a directory under an empty read-only tmpfs, a file under /dev/null. */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  /** 'default': Docker's profile, built in (its table is runc/seccomp-profile.ts). Absent: unconfined. */
  readonly seccomp?: 'default' | Seccomp;
  readonly rootfsPropagation?: 'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared' | 'unbindable';
}

export interface Device {
  readonly path: string;
  readonly type: 'c' | 'b' | 'u' | 'p';
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Limits in the specification's terms; runc/cgroup.ts turns them into cgroup v2 files. -1 is "no limit". */
export interface Resources {
  readonly devices?: readonly DeviceRule[];
  readonly memory?: {
    /** Bytes: memory.max */
    readonly limit?: number;
    /** Memory plus swap in bytes, as in cgroup v1; memory.swap.max = swap - limit. */
    readonly swap?: number;
    /** memory.low */
    readonly reservation?: number;
    readonly disableOOMKiller?: boolean;
    readonly swappiness?: number;
  };
  readonly cpu?: {
    /** As in cgroup v1 (2 to 262144, 1024 is one share); becomes cpu.weight. */
    readonly shares?: number;
    /** Microseconds of CPU in each period: cpu.max */
    readonly quota?: number;
    readonly period?: number;
    readonly cpus?: string;
    readonly mems?: string;
  };
  readonly pids?: { readonly limit: number };
  readonly blockIO?: {
    /** 10 to 1000, as in cgroup v1 and io.bfq.weight. */
    readonly weight?: number;
    readonly weightDevice?: readonly { readonly major: number; readonly minor: number; readonly weight: number }[];
    readonly throttleReadBpsDevice?: readonly Throttle[];
    readonly throttleWriteBpsDevice?: readonly Throttle[];
    readonly throttleReadIOPSDevice?: readonly Throttle[];
    readonly throttleWriteIOPSDevice?: readonly Throttle[];
  };
  /** Written as they are: file name to contents. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface Throttle {
  readonly major: number;
  readonly minor: number;
  readonly rate: number;
}

/** Who may open or make which device; later rules win. Compiled to a BPF program on the cgroup. */
export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: 'a' | 'c' | 'b';
  readonly major?: number;
  readonly minor?: number;
  /** Letters of r(ead) w(rite) m(knod). */
  readonly access?: string;
}

export type SeccompAction =
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_LOG';
export type SeccompOperator =
  'SCMP_CMP_NE' | 'SCMP_CMP_LT' | 'SCMP_CMP_LE' | 'SCMP_CMP_EQ' | 'SCMP_CMP_GE' | 'SCMP_CMP_GT' | 'SCMP_CMP_MASKED_EQ';

export interface Seccomp {
  readonly defaultAction: SeccompAction;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: SeccompAction;
  readonly errnoRet?: number;
  /** All of these must hold; 32-bit values on this machine. */
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: SeccompOperator;
  }[];
}
