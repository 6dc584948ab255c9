// What every endpoint works with: the stores, the network, the way to containerd. main.ts builds one of these.
import type { ContainerdAnswer, ContainerdMethod, ContainerdRequest } from '../containerd/api.ts';
import type { ImageStore } from '../image/images.ts';
import type { LayerStore } from '../image/layers.ts';
import type { Networks } from '../network/index.ts';
import type { VolumeStore } from '../volume/volumes.ts';
import type { DaemonConfig } from './config.ts';
import type { ContainerSet } from './container/set.ts';
import type { EventBus } from './events.ts';

/** containerd over its socket. A refusal is a TaskError. */
export interface Containerd {
  call<M extends ContainerdMethod>(method: M, request: ContainerdRequest<M>): Promise<ContainerdAnswer<M>>;
}

export interface Daemon {
  /** Of this installation, kept across restarts. */
  readonly id: string;
  readonly config: DaemonConfig;
  readonly startedAtMs: number;
  readonly events: EventBus;
  readonly layers: LayerStore;
  readonly images: ImageStore;
  readonly volumes: VolumeStore;
  readonly networks: Networks;
  readonly containers: ContainerSet;
  readonly containerd: Containerd;
}
