// Failures that the page itself finds, in words: what happened, what it means, what to do.
import type { VmFailure } from '../../protocol/vm-api.ts';

export const noWebAssembly: VmFailure = {
  code: 'no-webassembly',
  what: 'This browser does not run WebAssembly.',
  means:
    'Drydock is a whole computer inside the page, and its processor is WebAssembly. Some managed browsers and high-security modes switch it off.',
  todo: 'Open the page in a current Firefox, Chrome, Edge or Safari, or ask whoever manages this browser to allow WebAssembly for this address.',
};

export function workerDied(reason: string): VmFailure {
  return {
    code: 'worker-died',
    what: 'The virtual machine’s worker stopped.',
    means: `What ran inside is gone; your lesson progress and layout are kept. What is known: ${reason}`,
    todo: 'Start the machine again. If it stops again, close other tabs to free memory.',
  };
}

export function startFailed(error: unknown): VmFailure {
  const words = wordsOf(error);
  const isMemory = /memory|allocation|Array buffer/i.test(words);
  return isMemory
    ? {
        code: 'out-of-memory',
        what: 'There is not enough memory for the virtual machine.',
        means: 'It needs about 400 MB, and the browser refused to give them.',
        todo: 'Close other tabs or programs, then try again.',
      }
    : {
        code: 'fetch-failed',
        what: 'The virtual machine could not be started.',
        means: words,
        todo: 'Check the connection and try again. If only the snapshot is at fault, a cold boot takes a few seconds longer and needs none.',
      };
}

/** Whatever was thrown, as a sentence. */
export function wordsOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  if (typeof error === 'object' && error !== null && 'message' in error)
    return String((error as { message: unknown }).message);
  return String(error);
}
