// The commands that take a container through its life, in one VM.
import { cases as containerPrune } from './commands/container-prune.ts';
import { cases as create } from './commands/create.ts';
import { cases as kill } from './commands/kill.ts';
import { cases as pause } from './commands/pause.ts';
import { cases as rename } from './commands/rename.ts';
import { cases as restart } from './commands/restart.ts';
import { cases as rm } from './commands/rm.ts';
import { cases as start } from './commands/start.ts';
import { cases as stop } from './commands/stop.ts';
import { cases as unpause } from './commands/unpause.ts';
import { cases as update } from './commands/update.ts';
import { cases as wait } from './commands/wait.ts';
import { cases as health } from './topics/health.ts';
import { cases as links } from './topics/links.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  create,
  start,
  stop,
  restart,
  kill,
  pause,
  unpause,
  wait,
  rename,
  update,
  rm,
  'container prune': containerPrune,
  'run --health-cmd': health,
  'run --link': links,
});
