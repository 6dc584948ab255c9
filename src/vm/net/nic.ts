// The emulated network card (v86's virtio-net), the page's side of it. v86 drops a frame, with a line on the console, when the guest
// has no buffer queued for it; so frames wait here until the receive ring has one. Virtio 1.2 section 5.1.

/** What this needs of v86: its bus, and the card's receive ring. */
export interface NicEmulator {
  readonly bus: {
    register(name: string, listener: (value: Uint8Array) => void, self?: object): void;
    send(name: string, value: unknown): void;
  };
  readonly v86: {
    readonly cpu: {
      readonly devices: {
        readonly virtio_net: { readonly virtio: { readonly queues: readonly NicQueue[] } };
      };
    };
  };
}

interface NicQueue {
  readonly enabled: boolean;
  has_request(): boolean;
}

export interface Nic {
  /** Frames from the guest. Called from inside the emulator's own work: answering at once saves a turn of the event loop. */
  onFrame: (frame: Uint8Array) => void;
  /** A frame for the guest, kept in order while its ring is full; dropped when far too many wait, as a switch does. */
  send(frame: Uint8Array): void;
  /** The machine was booted or restored anew. */
  reset(): void;
}

const RETRY_MS = 1;
const WAITING_MAX_BYTES = 16 << 20;

export function openNic(emulator: NicEmulator): Nic {
  const ring = emulator.v86.cpu.devices.virtio_net.virtio.queues[0];
  if (!ring) throw new Error('the machine has no network card');
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = (): void => {
    let sent = 0;
    for (const frame of waiting) {
      // A card that no driver has set up yet takes nothing, and nobody waits for it: the frame is lost, as on a cable without a plug.
      if (ring.enabled && !ring.has_request()) break;
      sent += 1;
      waitingBytes -= frame.length;
      if (ring.enabled) emulator.bus.send('net0-receive', frame);
    }
    waiting = sent === waiting.length ? [] : waiting.slice(sent);
  };
  const retry = (): void => {
    timer = undefined;
    flush();
    if (waiting.length > 0) timer = setTimeout(retry, RETRY_MS);
  };

  const nic: Nic = {
    onFrame: () => {},
    send(frame) {
      if (waitingBytes > WAITING_MAX_BYTES) return;
      waiting.push(frame);
      waitingBytes += frame.length;
      if (waiting.length === 1) flush();
      if (waiting.length > 0) timer ??= setTimeout(retry, RETRY_MS);
    },
    reset() {
      waiting = [];
      waitingBytes = 0;
      clearTimeout(timer);
      timer = undefined;
    },
  };
  emulator.bus.register('net0-send', (frame) => {
    if (waiting.length > 0) flush();
    nic.onFrame(frame);
  });
  return nic;
}
