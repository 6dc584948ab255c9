// docker run and its flags.
import { cases as flags } from './commands/run-flags.ts';
import { cases as run } from './commands/run.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  run,
  'run FLAGS': flags,
});
