// The commands about containers, in one VM.
import { cases as attach } from './commands/attach.ts';
import { cases as client } from './commands/client.ts';
import { cases as prune } from './commands/container-prune.ts';
import { cases as cp } from './commands/cp.ts';
import { cases as exec } from './commands/exec.ts';
import { cases as health } from './commands/health.ts';
import { cases as links } from './commands/links.ts';
import { cases as logs } from './commands/logs.ts';
import { cases as pause } from './commands/pause.ts';
import { cases as restart } from './commands/restart.ts';
import { cases as rm } from './commands/rm.ts';
import { cases as stats } from './commands/stats.ts';
import { cases as stop } from './commands/stop.ts';
import { cases as terminal } from './commands/terminal.ts';
import { cases as update } from './commands/update.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  exec,
  pause,
  stop,
  restart,
  update,
  'run --health-cmd': health,
  'container prune': prune,
  logs,
  attach,
  rm,
  stats,
  cp,
  'run --link': links,
  'on a terminal': terminal,
  'of the VM': client,
});
