// Every command of the client: the table of contents. `missing` are Docker's commands that Drydock does not have yet;
// they say so and are listed in docs/fidelity.md.
import type { Command } from './command.ts';
import { containerList } from './container/list.ts';
import * as lifecycle from './container/lifecycle.ts';
import * as look from './container/look.ts';
import * as run from './container/run.ts';
import * as image from './image/manage.ts';
import { pull, push } from './image/pull.ts';
import * as network from './network/network.ts';
import * as system from './system/system.ts';
import * as volume from './volume/volume.ts';

export const commands: readonly Command[] = [
  run.run,
  run.create,
  run.start,
  run.attach,
  run.exec,
  containerList,
  lifecycle.stop,
  lifecycle.restart,
  lifecycle.kill,
  lifecycle.pause,
  lifecycle.unpause,
  lifecycle.remove,
  lifecycle.rename,
  lifecycle.update,
  lifecycle.wait,
  lifecycle.containerPrune,
  look.logs,
  look.top,
  look.port,
  look.diff,
  look.inspect,
  ...look.inspectKinds,
  image.imageList,
  image.imageRemove,
  image.tag,
  image.history,
  image.imagePrune,
  pull,
  push,
  network.networkList,
  network.networkCreate,
  network.networkRemove,
  network.networkConnect,
  network.networkDisconnect,
  network.networkPrune,
  volume.volumeList,
  volume.volumeCreate,
  volume.volumeRemove,
  volume.volumePrune,
  system.version,
  system.info,
  system.events,
  system.diskUsage,
  system.systemPrune,
];

export const missing: readonly string[] = [
  'build',
  'builder',
  'buildx',
  'commit',
  'compose',
  'config',
  'context',
  'cp',
  'export',
  'import',
  'load',
  'login',
  'logout',
  'manifest',
  'node',
  'plugin',
  'save',
  'search',
  'secret',
  'service',
  'stack',
  'stats',
  'swarm',
  'trust',
];

/** Groups that hold further commands, with what they are about. */
export const groups: Readonly<Record<string, string>> = {
  container: 'Manage containers',
  image: 'Manage images',
  network: 'Manage networks',
  system: 'Manage Docker',
  volume: 'Manage volumes',
};
