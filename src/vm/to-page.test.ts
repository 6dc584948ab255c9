// What the page is told, when it is slow to listen: events in one message at a time, terminals beside them, nothing without bound.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DecodedEvent, WorldEvent } from '../protocol/events.ts';
import { EventLog, MESSAGE_MAX, WAITING_MAX } from './event-log.ts';
import { TerminalOutput } from './terminal-output.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CALL_MS = 400;
const text = new TextEncoder();

/** A page's one thread: calls are heard in the order in which they were sent, each takes its time. */
class SlowPage {
  readonly heard: string[] = [];
  readonly events: WorldEvent[] = [];
  #last: Promise<void> = Promise.resolve();
  waiting = 0;

  call(what: string): Promise<void> {
    this.waiting++;
    this.#last = this.#last
      .then(() => new Promise<void>((done) => void setTimeout(done, CALL_MS)))
      .then(() => {
        this.waiting--;
        this.heard.push(what);
      });
    return this.#last;
  }
}

const packet = (n: number): DecodedEvent =>
  ({ kind: 'packet', skb: n, timeNs: n, pid: 0, comm: '' }) as unknown as DecodedEvent;
const exit = (n: number): DecodedEvent => ({ kind: 'process.exit', tgid: n, timeNs: n, pid: n, comm: '' });

function logTo(page: SlowPage): EventLog {
  return new EventLog((events) => {
    page.events.push(...events);
    return page.call(`${events.length} events`);
  });
}

it('has one message of events under way, and what comes meanwhile in the next', async () => {
  const page = new SlowPage();
  const log = logTo(page);
  for (let n = 0; n < 100; n++) {
    log.add([packet(n)]);
    await vi.advanceTimersByTimeAsync(16);
    expect(page.waiting).toBeLessThanOrEqual(1);
  }
  await vi.advanceTimersByTimeAsync(10 * CALL_MS);
  expect(page.heard.length).toBeLessThan(10);
  expect(page.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
});

it('lets what a terminal prints overtake the events that wait', async () => {
  const page = new SlowPage();
  const log = logTo(page);
  for (let n = 0; n < 10; n++) log.add(Array.from({ length: MESSAGE_MAX }, () => packet(n)));
  const output = new TerminalOutput(
    (bytes) => page.call(new TextDecoder().decode(bytes)),
    () => undefined,
  );
  output.add(text.encode('root@drydock:~# '));
  await vi.advanceTimersByTimeAsync(20 * CALL_MS);
  expect(page.heard.slice(0, 2)).toEqual([`${MESSAGE_MAX} events`, 'root@drydock:~# ']);
  expect(page.events).toHaveLength(10 * MESSAGE_MAX);
});

it('gathers a terminal’s output and gives credit for what was taken', async () => {
  const page = new SlowPage();
  const taken: number[] = [];
  const memory = text.encode('a');
  const output = new TerminalOutput(
    (bytes) => page.call(new TextDecoder().decode(bytes)),
    (bytes) => taken.push(bytes),
  );
  for (const letter of 'abcd') {
    memory.set(text.encode(letter));
    output.add(memory);
  }
  await vi.advanceTimersByTimeAsync(2 * CALL_MS);
  expect(page.heard).toEqual(['a', 'bcd']);
  expect(taken).toEqual([1, 3]);
});

it('sends what is gathered before a terminal’s end is told', () => {
  const page = new SlowPage();
  const sent: string[] = [];
  const output = new TerminalOutput(
    (bytes) => {
      sent.push(new TextDecoder().decode(bytes));
      return page.call('');
    },
    () => undefined,
  );
  output.add(text.encode('last'));
  output.add(text.encode(' words'));
  output.flush();
  expect(sent).toEqual(['last', ' words']);
});

it('throws packets away before anything else when a page takes nothing, and says how many', async () => {
  const page = new SlowPage();
  const log = logTo(page);
  log.add([exit(1)]);
  await vi.advanceTimersByTimeAsync(16);
  const flood = Array.from({ length: WAITING_MAX }, (_, n) => (n % 4 === 0 ? exit(n) : packet(n)));
  log.add([...flood, exit(0)]);
  await vi.advanceTimersByTimeAsync(100 * CALL_MS);
  const lost = page.events.filter((event) => event.kind === 'stream.lost');
  expect(lost.map(({ events }) => events)).toEqual([WAITING_MAX / 2 + 1]);
  expect(page.events.filter(({ kind }) => kind === 'process.exit')).toHaveLength(WAITING_MAX / 4 + 2);
  expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, n) => n + 1));
});

it('keeps bounds also when there is nothing but what makes the picture, and goes on after a page that failed', async () => {
  const taken: WorldEvent[] = [];
  let isFirst = true;
  const log = new EventLog((events) => {
    taken.push(...events);
    if (!isFirst) return undefined;
    isFirst = false;
    return Promise.reject(new Error('a test'));
  });
  for (let n = 0; n < 3; n++) log.add(Array.from({ length: WAITING_MAX }, (_, i) => exit(i)));
  await vi.advanceTimersByTimeAsync(100 * 16);
  const lost = taken.reduce((sum, event) => sum + (event.kind === 'stream.lost' ? event.events : 0), 0);
  expect(lost + taken.filter(({ kind }) => kind === 'process.exit').length).toBe(3 * WAITING_MAX);
  expect(taken.length).toBeLessThan(2 * WAITING_MAX);
});
