// Every endpoint of the Engine API: the table of contents of api/. docs/fidelity.md is generated from it.
import { experimental, missing, notSwarm, plugin, plugins } from './api/absent.ts';
import { build } from './api/build/build.ts';
import { cancel as cancelBuild } from './api/build/cancel.ts';
import { prune as pruneBuild } from './api/build/prune.ts';
import { getArchive, headArchive, putArchive } from './api/container/archive.ts';
import { attach, attachWebSocket } from './api/container/attach.ts';
import { changes } from './api/container/changes.ts';
import { commit } from './api/container/commit.ts';
import { create as createContainer } from './api/container/create.ts';
import { exportContainer } from './api/container/export.ts';
import { inspect as inspectContainer } from './api/container/inspect.ts';
import { kill } from './api/container/kill.ts';
import { list as listContainers } from './api/container/list.ts';
import { logs } from './api/container/logs.ts';
import { pause, unpause } from './api/container/pause.ts';
import { prune as pruneContainers } from './api/container/prune.ts';
import { remove as removeContainer } from './api/container/remove.ts';
import { rename } from './api/container/rename.ts';
import { resize } from './api/container/resize.ts';
import { restart } from './api/container/restart.ts';
import { start } from './api/container/start.ts';
import { stats } from './api/container/stats.ts';
import { stop } from './api/container/stop.ts';
import { top } from './api/container/top.ts';
import { update } from './api/container/update.ts';
import { wait } from './api/container/wait.ts';
import { create as createExec } from './api/exec/create.ts';
import { inspect as inspectExec } from './api/exec/inspect.ts';
import { resize as resizeExec } from './api/exec/resize.ts';
import { start as startExec } from './api/exec/start.ts';
import { create as createImage } from './api/image/create.ts';
import { inspectDistribution } from './api/image/distribution.ts';
import { history } from './api/image/history.ts';
import { inspect as inspectImage } from './api/image/inspect.ts';
import { list as listImages } from './api/image/list.ts';
import { load } from './api/image/load.ts';
import { prune as pruneImages } from './api/image/prune.ts';
import { push } from './api/image/push.ts';
import { remove as removeImage } from './api/image/remove.ts';
import { saveImage, saveImages } from './api/image/save.ts';
import { search as searchImages } from './api/image/search.ts';
import { tag } from './api/image/tag.ts';
import { connect, disconnect } from './api/network/connect.ts';
import { create as createNetwork } from './api/network/create.ts';
import { inspect as inspectNetwork } from './api/network/inspect.ts';
import { list as listNetworks } from './api/network/list.ts';
import { prune as pruneNetworks } from './api/network/prune.ts';
import { remove as removeNetwork } from './api/network/remove.ts';
import { auth } from './api/system/auth.ts';
import { df } from './api/system/df.ts';
import { events } from './api/system/events.ts';
import { info } from './api/system/info.ts';
import { ping } from './api/system/ping.ts';
import { version } from './api/system/version.ts';
import { create as createVolume } from './api/volume/create.ts';
import { inspect as inspectVolume } from './api/volume/inspect.ts';
import { list as listVolumes } from './api/volume/list.ts';
import { prune as pruneVolumes } from './api/volume/prune.ts';
import { remove as removeVolume } from './api/volume/remove.ts';
import type { Route } from './router.ts';

export const ROUTES: readonly Route[] = [
  ['GET', '/_ping', ping],
  ['HEAD', '/_ping', ping],
  ['GET', '/version', version],
  ['GET', '/info', info],
  ['GET', '/events', events],
  ['GET', '/system/df', df],
  ['POST', '/auth', auth, 'no identity tokens'],

  ['GET', '/containers/json', listContainers],
  ['POST', '/containers/create', createContainer],
  ['POST', '/containers/prune', pruneContainers],
  ['GET', '/containers/{id}/json', inspectContainer],
  ['POST', '/containers/{id}/start', start],
  ['POST', '/containers/{id}/stop', stop],
  ['POST', '/containers/{id}/restart', restart],
  ['POST', '/containers/{id}/kill', kill],
  ['POST', '/containers/{id}/pause', pause],
  ['POST', '/containers/{id}/unpause', unpause],
  ['POST', '/containers/{id}/rename', rename],
  ['POST', '/containers/{id}/update', update],
  ['POST', '/containers/{id}/wait', wait],
  ['POST', '/containers/{id}/resize', resize],
  ['POST', '/containers/{id}/attach', attach],
  ['GET', '/containers/{id}/attach/ws', attachWebSocket],
  ['GET', '/containers/{id}/logs', logs],
  ['GET', '/containers/{id}/top', top],
  ['GET', '/containers/{id}/stats', stats],
  ['GET', '/containers/{id}/changes', changes],
  ['GET', '/containers/{id}/export', exportContainer],
  ['HEAD', '/containers/{id}/archive', headArchive],
  ['GET', '/containers/{id}/archive', getArchive],
  ['PUT', '/containers/{id}/archive', putArchive, 'copyUIDGID: the user is looked up in the container'],
  ['DELETE', '/containers/{id}', removeContainer],
  ['GET', '/containers/{id}/checkpoints', experimental, 'only an experimental Docker has them'],
  ['POST', '/containers/{id}/checkpoints', experimental, 'only an experimental Docker has them'],
  ['DELETE', '/containers/{id}/checkpoints/{checkpoint}', experimental, 'only an experimental Docker has them'],
  ['POST', '/commit', commit],

  ['POST', '/containers/{id}/exec', createExec],
  ['POST', '/exec/{id}/start', startExec],
  ['POST', '/exec/{id}/resize', resizeExec],
  ['GET', '/exec/{id}/json', inspectExec],

  ['GET', '/images/json', listImages],
  ['POST', '/images/create', createImage, 'fromSrc: a URL must be `http:`'],
  ['POST', '/images/load', load],
  ['POST', '/images/prune', pruneImages],
  ['GET', '/images/search', searchImages],
  ['GET', '/images/get', saveImages],
  ['GET', '/images/{name*}/get', saveImage],
  ['GET', '/images/{name*}/json', inspectImage],
  ['GET', '/images/{name*}/history', history],
  ['POST', '/images/{name*}/tag', tag],
  ['POST', '/images/{name*}/push', push],
  ['DELETE', '/images/{name*}', removeImage],
  ['GET', '/distribution/{name*}/json', inspectDistribution],
  ['POST', '/build', build],
  ['POST', '/build/prune', pruneBuild],
  ['POST', '/build/cancel', cancelBuild],

  ['GET', '/networks', listNetworks],
  ['POST', '/networks/create', createNetwork],
  ['POST', '/networks/prune', pruneNetworks],
  ['GET', '/networks/{id}', inspectNetwork],
  ['POST', '/networks/{id}/connect', connect],
  ['POST', '/networks/{id}/disconnect', disconnect],
  ['DELETE', '/networks/{id}', removeNetwork],

  ['GET', '/volumes', listVolumes],
  ['POST', '/volumes/create', createVolume],
  ['POST', '/volumes/prune', pruneVolumes],
  ['GET', '/volumes/{name}', inspectVolume],
  ['PUT', '/volumes/{name}', notSwarm],
  ['DELETE', '/volumes/{name}', removeVolume],

  ['GET', '/plugins', plugins, 'there are none'],
  ['GET', '/plugins/{name*}/json', plugin],
  ['GET', '/plugins/privileges', missing('plugins')],
  ['POST', '/plugins/pull', missing('plugins')],
  ['POST', '/plugins/create', missing('plugins')],
  ['POST', '/plugins/{name*}/{verb}', missing('plugins')],
  ['DELETE', '/plugins/{name*}', plugin],
  ['GET', '/swarm', notSwarm],
  ['GET', '/swarm/unlockkey', notSwarm],
  ['POST', '/swarm/init', missing('swarm mode')],
  ['POST', '/swarm/join', missing('swarm mode')],
  ['POST', '/swarm/{verb}', notSwarm],
  ['GET', '/nodes', notSwarm],
  ['GET', '/nodes/{id}', notSwarm],
  ['DELETE', '/nodes/{id}', notSwarm],
  ['POST', '/nodes/{id}/update', notSwarm],
  ['GET', '/services', notSwarm],
  ['POST', '/services/create', notSwarm],
  ['GET', '/services/{id*}', notSwarm],
  ['DELETE', '/services/{id}', notSwarm],
  ['POST', '/services/{id}/update', notSwarm],
  ['GET', '/tasks', notSwarm],
  ['GET', '/tasks/{id*}', notSwarm],
  ['GET', '/secrets', notSwarm],
  ['POST', '/secrets/create', notSwarm],
  ['GET', '/secrets/{id}', notSwarm],
  ['DELETE', '/secrets/{id}', notSwarm],
  ['POST', '/secrets/{id}/update', notSwarm],
  ['GET', '/configs', notSwarm],
  ['POST', '/configs/create', notSwarm],
  ['GET', '/configs/{id}', notSwarm],
  ['DELETE', '/configs/{id}', notSwarm],
  ['POST', '/configs/{id}/update', notSwarm],
  ['POST', '/session', missing('BuildKit')],
  ['POST', '/grpc', missing('BuildKit')],
];
