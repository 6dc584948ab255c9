// Time as the network stack sees it: injected, so that tests run in virtual time and a paused VM stops every timer with it.

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  setTimer(run: () => void, delayMs: number): unknown;
  clearTimer(handle: unknown): void;
}

export const hostClock: Clock = {
  now: () => performance.now(),
  setTimer: (run, delayMs) => setTimeout(run, delayMs),
  clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/**
 * One deadline that moves often. Arming later than the timer already set costs nothing: the timer goes off early, sees that, and
 * sets itself again. A busy connection moves its retransmission deadline with every acknowledgement.
 */
export class Alarm {
  #deadline = Infinity;
  #setFor = Infinity;
  #timer: unknown;

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  get armed(): boolean {
    return this.#deadline !== Infinity;
  }

  arm(delayMs: number): void {
    this.#deadline = this.clock.now() + delayMs;
    if (this.#setFor <= this.#deadline) return;
    this.#clear();
    this.#set();
  }

  cancel(): void {
    this.#deadline = Infinity;
  }

  /** For good: leaves no timer behind. */
  stop(): void {
    this.#deadline = Infinity;
    this.#clear();
  }

  #set(): void {
    this.#setFor = this.#deadline;
    this.#timer = this.clock.setTimer(() => this.#expired(), Math.max(0, this.#deadline - this.clock.now()));
  }

  #clear(): void {
    if (this.#setFor !== Infinity) this.clock.clearTimer(this.#timer);
    this.#setFor = Infinity;
  }

  #expired(): void {
    this.#setFor = Infinity;
    if (this.#deadline === Infinity) return;
    if (this.#deadline > this.clock.now() + 0.5) return this.#set();
    this.#deadline = Infinity;
    this.ring();
  }
}

/** A clock that can be stopped: while frozen, timers that come due wait until it runs again. */
export class FreezableClock implements Clock {
  #frozenAt: number | undefined;
  #lostMs = 0;
  readonly #held: (() => void)[] = [];

  constructor(private readonly base: Clock) {}

  now(): number {
    return (this.#frozenAt ?? this.base.now()) - this.#lostMs;
  }

  setTimer(run: () => void, delayMs: number): unknown {
    const state = { cancelled: false, inner: undefined as unknown };
    const fire = (): void => {
      if (state.cancelled) return;
      if (this.#frozenAt === undefined) run();
      else this.#held.push(fire);
    };
    state.inner = this.base.setTimer(fire, delayMs);
    return state;
  }

  clearTimer(handle: unknown): void {
    const state = handle as { cancelled: boolean; inner: unknown };
    state.cancelled = true;
    this.base.clearTimer(state.inner);
  }

  freeze(): void {
    this.#frozenAt ??= this.base.now();
  }

  thaw(): void {
    if (this.#frozenAt === undefined) return;
    this.#lostMs += this.base.now() - this.#frozenAt;
    this.#frozenAt = undefined;
    for (const run of this.#held.splice(0)) run();
  }
}
