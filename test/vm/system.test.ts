// Volumes, events, and what is about the whole engine, in one VM.
import { cases as events } from './commands/events.ts';
import { cases as info } from './commands/info.ts';
import { cases as df } from './commands/system-df.ts';
import { cases as volume } from './commands/volume.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  volume,
  events,
  'system df': df,
  info,
});
