// The event loop: `import { run, readable, sleep, … } from '../loop/index.ts'`.

import './globals.ts';

export { AbortController, AbortError, AbortSignal, TimeoutError } from './abort.ts';
export { console } from './globals.ts';
export { onFork, run, turn } from './loop.ts';
export { offload, type OffloadOptions } from './offload.ts';
export { produce, type Produced } from './produce.ts';
export { removeTreeInSlices, treesRemoved } from './remove-tree.ts';
export { FdReader, FdWriter, pump, readerOf, readToEnd, type ByteReader, type ByteWriter } from './stream.ts';
export { clearInterval, clearTimeout, setInterval, setTimeout, type Timer } from './timers.ts';
export {
  childExit,
  hangup,
  onReadable,
  onSignal,
  onSignals,
  processGone,
  readable,
  reapAll,
  sleep,
  writable,
} from './wait.ts';
