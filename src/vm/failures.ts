// Failures in words for the person in front of the page: what happened, what it means, what to do.
import type { VmFailure } from '../protocol/vm-api.ts';

const WORDS: Readonly<Record<VmFailure['code'], readonly [what: string, means: string, todo: string]>> = {
  'no-webassembly': [
    'This browser does not run WebAssembly.',
    'The virtual machine is a WebAssembly program, so it cannot start here.',
    'Use a current Firefox, Chrome, Edge or Safari; if WebAssembly was switched off by a policy, ask for it to be allowed on this site.',
  ],
  'out-of-memory': [
    'There is not enough memory for the virtual machine.',
    'It needs about 400 MB, and the browser refused to give them.',
    'Close other tabs or programs and start the machine again.',
  ],
  'fetch-failed': [
    'A part of the virtual machine could not be loaded.',
    'The network or the server failed before everything had arrived.',
    'Check the connection and start the machine again.',
  ],
  'wrong-hash': [
    'A part of the virtual machine is not what it should be.',
    'The file was changed or damaged on its way, so it was not used.',
    'Reload the page without the cache (Shift and reload). If it happens again, the site was published incompletely.',
  ],
  'restore-failed': [
    'The saved machine could not be brought back.',
    'Its snapshot does not fit this version of the page.',
    'Start it from cold: it takes some seconds longer and gives the same machine.',
  ],
  'guest-panic': [
    'The Linux kernel in the virtual machine has stopped (kernel panic).',
    'Nothing runs in it any more; what was not saved in files on this page is lost.',
    'Restart the machine. The kernel log shows its last words.',
  ],
  'channel-lost': [
    'The virtual machine does not answer.',
    'It may be busy beyond measure (a fork bomb, no memory left), or its agent has died.',
    'Wait a moment, or restart the machine.',
  ],
  'worker-died': [
    'The program that runs the virtual machine has ended.',
    'The browser stopped it, usually because memory ran out.',
    'Close other tabs and start the machine again.',
  ],
  'disk-full': [
    "The virtual machine's disk is full.",
    'Docker cannot store more images, layers or volumes: operations fail with "no space left on device".',
    'Remove what is not needed: docker system prune -a --volumes',
  ],
};

/** The failure with these details added to what happened. */
export function failure(code: VmFailure['code'], detail?: string): VmFailure {
  const [what, means, todo] = WORDS[code];
  return { code, what: detail ? `${what} (${detail})` : what, means, todo };
}

/** Carries a failure through code that throws. */
export class VmError extends Error {
  override readonly name = 'VmError';
  readonly failure: VmFailure;
  constructor(code: VmFailure['code'], detail?: string) {
    const failed = failure(code, detail);
    super(failed.what);
    this.failure = failed;
  }
}
