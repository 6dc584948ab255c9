// The commands about images and registries, in one VM.
import { cases as commit } from './commands/commit.ts';
import { cases as pull } from './commands/pull.ts';
import { cases as push } from './commands/push.ts';
import { cases as save } from './commands/save.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine(
  {
    pull,
    commit,
    save,
    push,
  },
  { hostLoopback: true },
);
