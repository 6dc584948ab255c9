// The commands about images, in one VM.
import { cases as commit } from './commands/commit.ts';
import { cases as exportContainer } from './commands/export.ts';
import { cases as history } from './commands/history.ts';
import { cases as imageInspect } from './commands/image-inspect.ts';
import { cases as imagePrune } from './commands/image-prune.ts';
import { cases as images } from './commands/images.ts';
import { cases as importImage } from './commands/import.ts';
import { cases as load } from './commands/load.ts';
import { cases as rmi } from './commands/rmi.ts';
import { cases as save } from './commands/save.ts';
import { cases as tag } from './commands/tag.ts';
import { inOneMachine } from './docker-machine.ts';

inOneMachine({
  images,
  tag,
  rmi,
  history,
  'image inspect': imageInspect,
  'image prune': imagePrune,
  commit,
  export: exportContainer,
  import: importImage,
  save,
  load,
});
