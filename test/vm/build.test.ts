// docker build, in one VM: the guest’s own client first, for what it is told of the cache.
import { cases as build } from './commands/build.ts';
import { cases as buildInGuest } from './topics/build-in-guest.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  'build in the VM': buildInGuest,
  build,
});
