// Time for tests: it moves only when the test says so, and everything in it happens in a fixed order.
import type { Clock } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(run: () => void, delayMs: number): unknown {
    const timer = { at: this.#now + delayMs, order: this.#order++, run };
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1]?.at ?? 0) > timer.at) place -= 1;
    this.#timers.splice(place, 0, timer);
    return timer;
  }

  clearTimer(handle: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer !== handle);
  }

  get idle(): boolean {
    return this.#timers.length === 0;
  }

  /** Runs until `done` holds, nothing is left to happen, or `limitMs` of virtual time are over. */
  async run(done: () => boolean = () => false, limitMs = 3_600_000): Promise<void> {
    const end = this.#now + limitMs;
    for (;;) {
      // Let promise reactions of what just happened run before time moves.
      for (let i = 0; i < 12; i++) await Promise.resolve();
      const next = this.#timers[0];
      if (done() || !next || next.at > end) return;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
  }
}

/** mulberry32: a small seeded generator, numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
