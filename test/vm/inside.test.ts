// The commands that look at a container or reach into it, in one VM.
import { cases as attach } from './commands/attach.ts';
import { cases as containerInspect } from './commands/container-inspect.ts';
import { cases as cp } from './commands/cp.ts';
import { cases as diff } from './commands/diff.ts';
import { cases as exec } from './commands/exec.ts';
import { cases as inspect } from './commands/inspect.ts';
import { cases as logs } from './commands/logs.ts';
import { cases as port } from './commands/port.ts';
import { cases as ps } from './commands/ps.ts';
import { cases as stats } from './commands/stats.ts';
import { cases as top } from './commands/top.ts';
import { cases as client } from './topics/client.ts';
import { cases as terminal } from './topics/terminal.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  ps,
  inspect,
  'container inspect': containerInspect,
  exec,
  attach,
  cp,
  logs,
  top,
  stats,
  port,
  diff,
  'on a terminal': terminal,
  'of the VM': client,
});
