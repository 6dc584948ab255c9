// What is about the whole engine, in one VM.
import { cases as builderPrune } from './commands/builder-prune.ts';
import { cases as contextInspect } from './commands/context-inspect.ts';
import { cases as contextLs } from './commands/context-ls.ts';
import { cases as contextShow } from './commands/context-show.ts';
import { cases as contextUse } from './commands/context-use.ts';
import { cases as events } from './commands/events.ts';
import { cases as info } from './commands/info.ts';
import { cases as systemDf } from './commands/system-df.ts';
import { cases as systemPrune } from './commands/system-prune.ts';
import { cases as version } from './commands/version.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  events,
  info,
  version,
  'system df': systemDf,
  'system prune': systemPrune,
  'builder prune': builderPrune,
  'context ls': contextLs,
  'context show': contextShow,
  'context use': contextUse,
  'context inspect': contextInspect,
});
