// docker run and its flags.
import { cases as run } from './commands/run.ts';
import { cases as runFlags } from './topics/run-flags.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  run,
  'run FLAGS': runFlags,
});
