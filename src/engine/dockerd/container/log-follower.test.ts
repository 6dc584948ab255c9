import { beforeEach, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { utf8Decode, utf8Encode } from '../../sys/index.ts';
import { JsonLog } from './json-log.ts';
import { followLog } from './log-follower.ts';
import { ClientQueue } from './streams.ts';

/** A client that takes a write only when it is told to. */
function slowClient(): { got: () => string; take: () => void; queue: ClientQueue; waiting: () => number } {
  const parts: string[] = [];
  const held: (() => void)[] = [];
  const queue = new ClientQueue({
    write: (bytes) =>
      new Promise((resolve) =>
        held.push(() => {
          parts.push(utf8Decode(bytes));
          resolve();
        }),
      ),
    end: () => Promise.resolve(),
  });
  return { got: () => parts.join(''), take: () => held.shift()?.(), queue, waiting: () => held.length };
}

beforeEach(() => void installDouble());

it.each([
  ['one file', undefined],
  ['a log that turns over', { maxSizeBytes: 700 * 1024, maxFiles: 5 }],
])(
  'a client that is far behind gets all of %s once and in order, and the rest is not kept for it',
  async (_, rotation) => {
    const log = new JsonLog('/c/x-json.log', rotation);
    log.write('stdout', utf8Encode('before\n'));
    const client = slowClient();
    const follower = followLog(log, client.queue, (entries) => utf8Encode(entries.map((entry) => entry.log).join('')));
    const lines: string[] = [];
    let mostQueued = 0;
    client.queue.push = ((push) => (bytes: Uint8Array) => {
      mostQueued = Math.max(mostQueued, bytes.length);
      return push.call(client.queue, bytes);
    })(client.queue.push);
    for (let n = 0; n < 600; n += 1) {
      const line = `${n} ${'x'.repeat(4000)}\n`;
      lines.push(line);
      log.write('stdout', utf8Encode(line));
    }
    expect(client.queue.isBehind).toBe(true);
    let stopped = false;
    void follower.stop().then(() => (stopped = true));
    while (!stopped || client.waiting() > 0) {
      client.take();
      await Promise.resolve();
    }
    expect(client.got()).toBe(lines.join(''));
    expect(mostQueued).toBeLessThan(300 * 1024);
  },
);

it('a client that is gone is not read for', async () => {
  const log = new JsonLog('/c/x-json.log');
  const queue = new ClientQueue({ write: () => Promise.reject(new Error('gone')), end: () => Promise.resolve() });
  const follower = followLog(log, queue, () => new Uint8Array(2 * 1024 * 1024));
  log.write('stdout', utf8Encode('a\n'));
  log.write('stdout', utf8Encode('b\n'));
  await follower.stop();
  expect(queue.isBroken).toBe(true);
});
