// One container in dockerd's memory: what is stored on disk (Saved) and what lives only while dockerd does.
import type { ContainerLayer } from '../../image/layers.ts';
import type { Timer } from '../../loop/index.ts';
import { Lock } from '../lock.ts';
import { ZERO_TIME } from '../time.ts';
import type { Exec } from './exec.ts';
import type { Link } from './links.ts';
import type { Streams } from './streams.ts';
import type {
  ContainerConfig,
  ContainerStatus,
  EndpointSettings,
  HealthState,
  HostConfig,
  MountPoint,
  PortMap,
} from './types.ts';

export interface ContainerState {
  status: ContainerStatus;
  pid: number;
  exitCode: number;
  /** Why the last start failed; '' if it did not. */
  error: string;
  oomKilled: boolean;
  startedAt: string;
  finishedAt: string;
  health?: HealthState;
}

/** What containers/<id>/config.v2.json holds, besides the host config which has a file of its own. */
export interface Saved {
  readonly id: string;
  /** Without the leading slash. */
  name: string;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly config: ContainerConfig;
  /** `sha256:…` */
  readonly imageId: string;
  readonly state: ContainerState;
  restartCount: number;
  /** Stopped by a person: `unless-stopped` leaves it so, also after a restart of dockerd. */
  stoppedByUser: boolean;
  mounts: MountPoint[];
  /** By network name. */
  networks: Record<string, EndpointSettings>;
  /** `--link` on the default bridge. */
  links?: Link[];
  /** Published now, by `80/tcp`. */
  ports: PortMap;
  sandboxKey: string;
}

/** The part of an answer that stays as it is, and what its changing words are made of. */
export interface Summary {
  readonly text: string;
  /** When the present state began, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** The image store's namesVersion when it was made. */
  readonly namesVersion: number;
}

export interface Container extends Saved {
  hostConfig: HostConfig;
  readonly layer: ContainerLayer;
  /** Operations that change the state come one after the other. */
  readonly lock: Lock;
  streams: Streams | undefined;
  readonly execs: Map<string, Exec>;
  /** Called once at the next exit. */
  readonly exitWaiters: Set<(exitCode: number, error: string) => void>;
  /** Called once when it is removed. */
  readonly removeWaiters: Set<(exitCode: number, error: string) => void>;
  restartTimer: Timer | undefined;
  restartDelayMs: number;
  /** Ends the running health checks. */
  stopHealth: (() => void) | undefined;
  /** `docker stop` or `kill` is under way: this exit is wanted, no restart policy applies. */
  stopping: boolean;
  /** What GET /containers/json says of this container; undefined after a change. */
  summary: Summary | undefined;
}

export function newState(): ContainerState {
  return {
    status: 'created',
    pid: 0,
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAt: ZERO_TIME,
    finishedAt: ZERO_TIME,
  };
}

/** Puts what lives only in memory around what was created or read from disk. */
export function revive(saved: Saved, hostConfig: HostConfig, layer: ContainerLayer): Container {
  return {
    ...saved,
    hostConfig,
    layer,
    lock: new Lock(),
    streams: undefined,
    execs: new Map(),
    exitWaiters: new Set(),
    removeWaiters: new Set(),
    restartTimer: undefined,
    restartDelayMs: 0,
    stopHealth: undefined,
    stopping: false,
    summary: undefined,
  };
}

export function saved(container: Container): Saved {
  const {
    id,
    name,
    created,
    path,
    args,
    config,
    imageId,
    state,
    restartCount,
    stoppedByUser,
    mounts,
    networks,
    links,
    ports,
    sandboxKey,
  } = container;
  return {
    id,
    name,
    created,
    path,
    args,
    config,
    imageId,
    state,
    restartCount,
    stoppedByUser,
    mounts,
    networks,
    ...(links && links.length > 0 && { links }),
    ports,
    sandboxKey,
  };
}

/** A process of it lives. */
export function isRunning(container: Container): boolean {
  return container.state.status === 'running' || container.state.status === 'paused';
}

/** What every event about it carries: name, image and labels. */
export function eventAttributes(
  container: Container,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { ...container.config.Labels, image: container.config.Image, name: container.name, ...more };
}

/** Takes everything out of a set: waiters are called once. */
export function drain<T>(set: Set<T>): T[] {
  const all = [...set];
  set.clear();
  return all;
}
