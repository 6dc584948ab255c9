// Every command of the client: the table of contents. `missing` are Docker's commands that Drydock does not have yet;
// they say so and are listed in docs/fidelity.md.
import type { Command } from './command.ts';
import { copy } from './container/copy.ts';
import { build } from './build/build.ts';
import { builderPrune } from './build/prune.ts';
import { containerList } from './container/list.ts';
import * as lifecycle from './container/lifecycle.ts';
import * as look from './container/look.ts';
import * as run from './container/run.ts';
import { commit, exportContainer } from './container/snapshot.ts';
import { stats } from './container/stats.ts';
import { importImage, load, save } from './image/archive.ts';
import * as image from './image/manage.ts';
import { pull, push } from './image/pull.ts';
import * as network from './network/network.ts';
import { login, logout } from './registry/login.ts';
import { manifestInspect } from './registry/manifest.ts';
import { search } from './registry/search.ts';
import { contextInspect, contextList, contextShow, contextUse } from './system/context.ts';
import { diskUsage } from './system/df.ts';
import * as system from './system/system.ts';
import * as volume from './volume/volume.ts';

export const commands: readonly Command[] = [
  build,
  builderPrune,
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
  copy,
  commit,
  exportContainer,
  stats,
  look.inspect,
  ...look.inspectKinds,
  image.imageList,
  image.imageRemove,
  image.tag,
  image.history,
  image.imagePrune,
  pull,
  push,
  save,
  load,
  importImage,
  login,
  logout,
  search,
  manifestInspect,
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
  diskUsage,
  system.systemPrune,
  contextList,
  contextShow,
  contextUse,
  contextInspect,
];

export const missing: readonly string[] = [
  'checkpoint',
  'context create',
  'context export',
  'context import',
  'context rm',
  'context update',
  'manifest annotate',
  'manifest create',
  'manifest push',
  'manifest rm',
  'volume update',
  'buildx',
  'compose',
  'config',
  'node',
  'plugin',
  'secret',
  'service',
  'stack',
  'swarm',
  'trust',
];

/** Groups that hold further commands, with what they are about. */
export const groups: Readonly<Record<string, string>> = {
  builder: 'Manage builds',
  container: 'Manage containers',
  context: 'Manage contexts',
  image: 'Manage images',
  manifest: 'Manage Docker image manifests and manifest lists',
  network: 'Manage networks',
  system: 'Manage Docker',
  volume: 'Manage volumes',
};
