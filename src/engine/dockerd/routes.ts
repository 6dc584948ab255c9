// Every endpoint of the Engine API: the table of contents of api/. docs/fidelity.md is generated from it.
import { attach } from './api/container/attach.ts';
import { create as createContainer } from './api/container/create.ts';
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
import { stop } from './api/container/stop.ts';
import { update } from './api/container/update.ts';
import { wait } from './api/container/wait.ts';
import { create as createImage } from './api/image/create.ts';
import { history } from './api/image/history.ts';
import { inspect as inspectImage } from './api/image/inspect.ts';
import { list as listImages } from './api/image/list.ts';
import { load } from './api/image/load.ts';
import { prune as pruneImages } from './api/image/prune.ts';
import { remove as removeImage } from './api/image/remove.ts';
import { tag } from './api/image/tag.ts';
import { events } from './api/system/events.ts';
import { info } from './api/system/info.ts';
import { ping } from './api/system/ping.ts';
import { version } from './api/system/version.ts';
import type { Route } from './router.ts';

export const ROUTES: readonly Route[] = [
  ['GET', '/_ping', ping],
  ['HEAD', '/_ping', ping],
  ['GET', '/version', version],
  ['GET', '/info', info],
  ['GET', '/events', events],

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
  ['GET', '/containers/{id}/logs', logs],
  ['DELETE', '/containers/{id}', removeContainer],

  ['GET', '/images/json', listImages],
  ['POST', '/images/create', createImage],
  ['POST', '/images/load', load],
  ['POST', '/images/prune', pruneImages],
  ['GET', '/images/{name*}/json', inspectImage],
  ['GET', '/images/{name*}/history', history],
  ['POST', '/images/{name*}/tag', tag],
  ['DELETE', '/images/{name*}', removeImage],
];
