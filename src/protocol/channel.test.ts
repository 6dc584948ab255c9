import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { Channel, WINDOW_BYTES, type Stream } from './channel.ts';
import { encodeFrame, FRAME, FrameReader, TO_PAGE_MAX_BYTES, type Platform } from './frame.ts';

const platform: Platform = {
  utf8Encode: (text) => new TextEncoder().encode(text),
  utf8Decode: (bytes) => new TextDecoder().decode(bytes),
  crc32: (bytes, seed) => crc32(bytes, seed),
};

/** Two ends over a link that can be held up. */
function pair(accept: (stream: Stream, request: unknown) => void) {
  const toGuest: Uint8Array[] = [];
  const toPage: Uint8Array[] = [];
  const page = new Channel({ platform, side: 'page', write: (frame) => toGuest.push(frame) });
  const guest = new Channel({ platform, side: 'guest', write: (frame) => toPage.push(frame.slice()), accept });
  const carry = (): void => {
    while (toGuest.length + toPage.length > 0) {
      for (const frame of toGuest.splice(0)) guest.receive(frame);
      for (const frame of toPage.splice(0)) page.receive(frame);
    }
  };
  return { page, guest, carry, toGuest, toPage };
}

describe('frames', () => {
  const payload = platform.utf8Encode('a key press');
  const frame = encodeFrame(platform, FRAME.data, 7, payload);

  it('are read whatever the cuts', () => {
    for (let cut = 1; cut < frame.length; cut++) {
      const reader = new FrameReader(platform, TO_PAGE_MAX_BYTES);
      const frames = [...reader.push(frame.subarray(0, cut)), ...reader.push(frame.subarray(cut))];
      expect(frames).toEqual([{ type: FRAME.data, stream: 7, payload }]);
    }
  });

  it('that are damaged are counted and skipped up to the next good one', () => {
    for (let at = 0; at < frame.length; at++) {
      const bad = frame.slice();
      bad[at] = (bad[at] as number) ^ 0x41;
      const reader = new FrameReader(platform, TO_PAGE_MAX_BYTES);
      const good = Array.from({ length: 3000 }, () => frame);
      const read = reader.push(new Uint8Array([...bad, ...good.flatMap((one) => [...one])]));
      expect(read.length, `byte ${at}`).toBeGreaterThan(0);
      expect(reader.lostBytes + reader.badFrames, `byte ${at}`).toBeGreaterThan(0);
      expect(read.every((one) => platform.utf8Decode(one.payload) === 'a key press')).toBe(true);
    }
  });

  it('never throw on noise', () => {
    const reader = new FrameReader(platform, TO_PAGE_MAX_BYTES);
    let seed = 1;
    const noise = Uint8Array.from({ length: 100_000 }, () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 16);
    for (let at = 0; at < noise.length; at += 777) reader.push(noise.subarray(at, at + 777));
    expect(reader.lostBytes).toBeGreaterThan(50_000);
  });
});

describe('streams', () => {
  it('carry bytes, messages, an end and a result in both directions', () => {
    const { page, carry } = pair((stream, request) => {
      const heard: number[] = [];
      stream.listener = {
        data: (bytes) => heard.push(bytes.byteLength),
        message: (message) => stream.message({ echo: message }),
        end: () => {
          stream.send(platform.utf8Encode(JSON.stringify(request)));
          stream.close({ result: { heard } });
        },
      };
    });
    const log: unknown[] = [];
    const stream = page.open(
      { kind: 'list', path: '/' },
      {
        data: (bytes) => log.push(platform.utf8Decode(bytes)),
        message: (message) => log.push(message),
        close: (outcome) => log.push(outcome),
      },
    );
    stream.message('hello');
    stream.send(new Uint8Array(5000));
    stream.end();
    carry();
    expect(log).toEqual([{ echo: 'hello' }, '{"kind":"list","path":"/"}', { result: { heard: [4084, 916] } }]);
    expect(page.openStreams).toBe(0);
  });

  it('never send more than was granted, and go on when more is', () => {
    let received = 0;
    let end: Stream | undefined;
    const { page, carry } = pair((stream) => {
      end = stream;
      stream.autoGrant = false;
      stream.listener = { data: (bytes) => void (received += bytes.byteLength) };
    });
    const stream = page.open({ kind: 'write', path: '/x' }, {});
    stream.send(new Uint8Array(300_000));
    carry();
    expect(received).toBe(WINDOW_BYTES);
    expect(stream.queuedBytes).toBe(300_000 - WINDOW_BYTES);
    while (received < 300_000) {
      const before = received;
      end?.grant(WINDOW_BYTES / 2);
      carry();
      expect(received - before).toBeLessThanOrEqual(WINDOW_BYTES / 2);
    }
  });

  it('end once only, after what is queued', () => {
    const log: string[] = [];
    const { page, carry } = pair((stream) => {
      stream.listener = { data: (bytes) => void log.push(`${bytes.byteLength}`), end: () => void log.push('end') };
    });
    const stream = page.open({ kind: 'exec', argv: [] }, {});
    stream.send(new Uint8Array(3));
    stream.end();
    stream.end();
    stream.send(new Uint8Array(9));
    carry();
    expect(log).toEqual(['3', 'end']);
  });

  it('of an agent that was started again are lost with a reason', () => {
    const { page, guest, carry } = pair(() => undefined);
    const outcomes: unknown[] = [];
    page.open({ kind: 'stderr' }, { close: (outcome) => outcomes.push(outcome.error?.code) });
    guest.greet({ pid: 70 });
    carry();
    expect(outcomes).toEqual(['ECONNRESET']);
  });
});
