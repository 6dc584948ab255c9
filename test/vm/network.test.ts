// docker network.
import { cases as network } from './commands/network.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  network,
});
