// How the guest is, and what a machine that was asleep in a snapshot must be told: the time, and fresh chance. random(4)
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import * as sys from '../engine/sys/index.ts';

/** ioctl(2) on /dev/urandom: int entropy_count, int buf_size, the bytes. */
const RNDADDENTROPY = 0x40085203;
const RNDRESEEDCRNG = 0x5207;
const O_WRONLY = 1;

export function serveVitals(stream: Stream): void {
  const meminfo = sys.readText('/proc/meminfo');
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const uptimeSeconds = parseFloat(sys.readText('/proc/uptime'));
  const disk = sys.statfs('/var/lib/docker');
  const memory = { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') };
  stream.close({
    result: { uptimeSeconds, ...memory, diskBytes: disk.totalBytes, diskAvailableBytes: disk.availableBytes },
  });
}

export function serveWake(stream: Stream, request: Extract<AgentRequest, { kind: 'wake' }>): void {
  const seconds = Math.floor(request.realtimeMs / 1000);
  sys.setRealtime(seconds, Math.floor((request.realtimeMs - seconds * 1000) * 1e6));
  const seed = sys.base64Decode(request.entropy) ?? new Uint8Array(0);
  const pool = new Uint8Array(8 + seed.byteLength);
  new DataView(pool.buffer).setInt32(0, seed.byteLength * 8, true);
  new DataView(pool.buffer).setInt32(4, seed.byteLength, true);
  pool.set(seed, 8);
  const fd = sys.open('/dev/urandom', O_WRONLY);
  try {
    sys.ioctl(fd, RNDADDENTROPY, pool);
    sys.ioctl(fd, RNDRESEEDCRNG);
  } finally {
    sys.closeQuietly(fd);
  }
  stream.close({ result: {} });
}
