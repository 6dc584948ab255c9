// docker volume, and what containers do with volumes and mounts, in one VM.
import { cases as volumeCreate } from './commands/volume-create.ts';
import { cases as volumeInspect } from './commands/volume-inspect.ts';
import { cases as volumeLs } from './commands/volume-ls.ts';
import { cases as volumePrune } from './commands/volume-prune.ts';
import { cases as volumeRm } from './commands/volume-rm.ts';
import { cases as volumes } from './topics/volumes.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  'volume create': volumeCreate,
  'volume ls': volumeLs,
  'volume inspect': volumeInspect,
  'volume rm': volumeRm,
  'volume prune': volumePrune,
  volumes,
});
