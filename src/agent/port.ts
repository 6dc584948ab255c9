// One virtio-serial port as a channel's byte link: /dev/vport<n>p<port>. A read(2) gives one buffer of the page's, a write(2) is
// taken whole at once by the emulator, so neither side of the port ever waits on the other. drivers/char/virtio_console.c
import type { Channel } from '../protocol/channel.ts';
import { TO_GUEST_MAX_BYTES } from '../protocol/frame.ts';
import { onReadable } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';

const CLASS = '/sys/class/virtio-ports';
const O_RDWR_NONBLOCK = 0o4002;

/** Device node of a port, whatever number the bus gave the device. */
function devicePath(port: number): string {
  const name = sys.readdir(CLASS).find((entry) => entry.name.endsWith(`p${port}`))?.name;
  if (name === undefined) throw new Error(`no virtio port ${port} in ${CLASS}`);
  return `/dev/${name}`;
}

/** How many buffers one turn takes from a port before the others have theirs. */
const READS_A_TURN = 8;

export function openPort(port: number, connect: (write: (frame: Uint8Array) => void) => Channel): Channel {
  const fd = sys.open(devicePath(port), O_RDWR_NONBLOCK);
  const channel = connect((frame) => {
    while (sys.tryWrite(fd, frame) === null);
  });
  onReadable(fd, () => {
    for (let i = 0; i < READS_A_TURN; i++) {
      // Payloads are handed on without a copy, so every read has a buffer of its own.
      const buffer = new Uint8Array(TO_GUEST_MAX_BYTES);
      const n = sys.tryRead(fd, buffer);
      if (n === null || n === 0) return;
      channel.receive(buffer.subarray(0, n));
    }
  });
  return channel;
}
