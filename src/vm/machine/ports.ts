// The byte ports between page and guest: virtio-serial ports 1 to 3, /dev/vport0p1 … in the guest. virtio_console.c queues sixteen
// pages for each; v86 throws away what finds none, so a frame is handed over only when the guest has a page waiting.
import type { V86Machine } from './v86.ts';

/** What each port carries; a flood on one never stands in front of another's bytes. */
export const PORT = { terminals: 1, trace: 2, bulk: 3 } as const;

export interface BytePort {
  /** One frame of at most 4096 bytes; kept in order until the guest has room. */
  write(frame: Uint8Array): void;
  onBytes: (bytes: Uint8Array) => void;
  readonly waiting: number;
  /** Forgets what waits: the machine was restored or is gone. */
  reset(): void;
}

const RETRY_MS = 1;

export function openPort(emulator: V86Machine, port: number): BytePort {
  const queue = emulator.v86.cpu.devices.virtio_console.virtio.queues[port * 2 + 2];
  if (!queue) throw new Error(`the machine has no virtio port ${port}`);
  const waiting: Uint8Array[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    while (waiting.length > 0 && queue.is_configured() && queue.has_request()) {
      emulator.bus.send(`virtio-console${port}-input-bytes`, waiting.shift());
    }
    if (waiting.length > 0) timer = setTimeout(flush, RETRY_MS);
  };
  const self: BytePort = {
    write(frame) {
      waiting.push(frame);
      if (timer === undefined) flush();
    },
    onBytes: () => undefined,
    get waiting() {
      return waiting.length;
    },
    reset() {
      waiting.length = 0;
      clearTimeout(timer);
      timer = undefined;
    },
  };
  emulator.bus.register(`virtio-console${port}-output-bytes`, (bytes) => {
    self.onBytes(bytes);
    if (waiting.length > 0 && timer === undefined) flush();
  });
  return self;
}
