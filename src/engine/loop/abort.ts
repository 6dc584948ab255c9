// Cancellation: AbortController and AbortSignal as in the DOM standard, as much of them as the engine needs (QuickJS has neither).

type Listener = () => void;

/** Reason of an abort without one of its own; also what an aborted wait throws. */
export class AbortError extends Error {
  override readonly name: string = 'AbortError';
  constructor(message = 'This operation was aborted') {
    super(message);
  }
}

/** Reason of AbortSignal.timeout(). */
export class TimeoutError extends AbortError {
  override readonly name = 'TimeoutError';
}

let startTimer: (callback: () => void, ms: number) => unknown = () => undefined;

/** The event loop gives its timers; without it AbortSignal.timeout never fires. */
export function setAbortTimer(start: (callback: () => void, ms: number) => unknown): void {
  startTimer = start;
}

export class AbortSignal {
  #reason: unknown = undefined;
  #aborted = false;
  #listeners = new Set<Listener>();

  get aborted(): boolean {
    return this.#aborted;
  }
  get reason(): unknown {
    return this.#reason;
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }
  /** Calls listener once when (or, unlike the DOM, at once if already) aborted. Returns a function that takes it off again. */
  onAbort(listener: Listener): () => void {
    if (this.#aborted) {
      listener();
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
  addEventListener(_type: 'abort', listener: Listener): void {
    if (!this.#aborted) this.#listeners.add(listener);
  }
  removeEventListener(_type: 'abort', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** For AbortController and the factories below. */
  static fire(signal: AbortSignal, reason: unknown): void {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    const listeners = [...signal.#listeners];
    signal.#listeners.clear();
    for (const listener of listeners) listener();
  }
  static abort(reason: unknown = new AbortError()): AbortSignal {
    const signal = new AbortSignal();
    AbortSignal.fire(signal, reason);
    return signal;
  }
  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal();
    startTimer(() => AbortSignal.fire(signal, new TimeoutError('The operation timed out')), ms);
    return signal;
  }
  static any(signals: readonly AbortSignal[]): AbortSignal {
    const either = new AbortSignal();
    for (const signal of signals) signal.onAbort(() => AbortSignal.fire(either, signal.reason));
    return either;
  }
}

export class AbortController {
  readonly signal = new AbortSignal();
  abort(reason: unknown = new AbortError()): void {
    AbortSignal.fire(this.signal, reason);
  }
}
