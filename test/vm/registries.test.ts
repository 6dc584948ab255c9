// The commands that speak with a registry, in one VM.
import { cases as login } from './commands/login.ts';
import { cases as logout } from './commands/logout.ts';
import { cases as manifestInspect } from './commands/manifest-inspect.ts';
import { cases as pull } from './commands/pull.ts';
import { cases as push } from './commands/push.ts';
import { cases as search } from './commands/search.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine(
  {
    pull,
    push,
    login,
    logout,
    search,
    'manifest inspect': manifestInspect,
  },
  { hostLoopback: true },
);
