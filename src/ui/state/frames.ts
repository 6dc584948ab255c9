// A loop of display frames at a rate that the computer has: after a frame that cost c milliseconds of the main thread, style,
// layout and paint included, the next one waits as long, so that what is typed and what a terminal prints comes through.

/** A frame that costs less than this is followed by the display's next one. */
const CHEAP_MS = 8;
/** Whatever a frame cost, the next one does not wait longer. */
const LONGEST_WAIT_MS = 500;
/** Frames that cost more than a display has for one show no motion: what moves would cost as much between them. */
const HURRIED_MS = 16;
/** Part of the newest frame in the mean by which motion is decided: one slow frame is no reason to stop it. */
const WEIGHT = 0.3;

/** The browser's part, so that a test can stand in for it. */
export interface Display {
  now(): number;
  requestFrame(frame: () => void): void;
  /** Calls back when the frame under way has been painted. */
  painted(done: () => void): void;
  later(act: () => void, afterMs: number): void;
}

export class Frames {
  #run = 0;
  #isRunning = false;
  #isWanted = false;
  #lastMs = 0;
  #notBeforeMs = 0;
  #meanMs = 0;

  /** `frame` draws what `elapsedMs` have brought, and answers whether there is more. */
  constructor(
    private readonly frame: (elapsedMs: number) => boolean,
    private readonly display: Display = browserDisplay,
  ) {}

  get isHurried(): boolean {
    return this.#meanMs > HURRIED_MS;
  }

  /** Begins; while frames come, there is one more at least. */
  start(): void {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#lastMs = this.display.now();
    this.#next(++this.#run);
  }

  stop(): void {
    this.#run++;
    this.#isRunning = this.#isWanted = false;
  }

  #next(run: number): void {
    const draw = (): void => {
      if (run === this.#run) this.#draw(run);
    };
    const waitMs = this.#notBeforeMs - this.display.now();
    if (waitMs > 0) this.display.later(() => this.display.requestFrame(draw), waitMs);
    else this.display.requestFrame(draw);
  }

  #draw(run: number): void {
    const beganMs = this.display.now();
    const elapsedMs = Math.max(0, beganMs - this.#lastMs);
    this.#lastMs = beganMs;
    this.#isWanted = this.frame(elapsedMs);
    this.display.painted(() => {
      const nowMs = this.display.now();
      const costMs = nowMs - beganMs;
      this.#meanMs += WEIGHT * (costMs - this.#meanMs);
      if (costMs >= CHEAP_MS) this.#notBeforeMs = nowMs + Math.min(LONGEST_WAIT_MS, costMs);
      if (run !== this.#run) return;
      if (this.#isWanted) this.#next(run);
      else this.#isRunning = false;
    });
  }
}

/** Who waits for a frame to be painted, in order. One channel for all frames: a new one each would leave two ports a frame to be collected. */
const waiting: (() => void)[] = [];
let toMyself: MessagePort | undefined;

function portToMyself(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return port2;
}

const browserDisplay: Display = {
  now: () => performance.now(),
  requestFrame: (frame) => void requestAnimationFrame(frame),
  painted(done) {
    // A frame's callbacks, layout and paint are one task; a message sent in it is heard right after.
    waiting.push(done);
    (toMyself ??= portToMyself()).postMessage(undefined);
  },
  later: (act, afterMs) => void setTimeout(act, afterMs),
};
