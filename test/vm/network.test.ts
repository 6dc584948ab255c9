// docker network, in one VM.
import { cases as networkConnect } from './commands/network-connect.ts';
import { cases as networkCreate } from './commands/network-create.ts';
import { cases as networkDisconnect } from './commands/network-disconnect.ts';
import { cases as networkInspect } from './commands/network-inspect.ts';
import { cases as networkLs } from './commands/network-ls.ts';
import { cases as networkPrune } from './commands/network-prune.ts';
import { cases as networkRm } from './commands/network-rm.ts';
import { cases as networks } from './topics/networks.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  'network create': networkCreate,
  'network ls': networkLs,
  'network inspect': networkInspect,
  'network connect': networkConnect,
  'network disconnect': networkDisconnect,
  'network rm': networkRm,
  'network prune': networkPrune,
  networks,
});
