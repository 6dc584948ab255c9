// The emulator's clock, made of the guest's instructions: a busy computer changes nothing then. v86 keeps `performance.now` as it finds it when
// it is loaded: import this before anything that imports v86.

/** The guest's clock is made of its instructions, so many a millisecond. */
const INSTRUCTIONS_A_MS = 100_000;
const LEAST_IDLE_MS = 0.02;
const LONGEST_IDLE_MS = 20;

/** What v86's CPU shows of its work. */
export interface ClockedCpu {
  readonly instruction_counter: Int32Array;
  /** Runs the guest for a slice of time; returns how long it has nothing to do, in milliseconds. */
  main_loop(): number;
}

/** In `performance.now`'s place. */
class InstructionClock {
  readonly #real = performance.now.bind(performance);
  readonly #start = this.#real();
  #now = (): number => this.#real();
  #idleMs = 0;

  constructor() {
    performance.now = () => this.#now();
  }

  /** From now on the time is this machine's; tells each time that it is asked for, with the instructions since it was asked before. */
  follow(cpu: ClockedCpu, onAsked: (instructions: number) => void): void {
    let total = 0;
    let before = cpu.instruction_counter[0] ?? 0;
    this.#now = () => {
      const count = cpu.instruction_counter[0] ?? 0;
      const since = (count - before) >>> 0;
      before = count;
      total += since;
      onAsked(since);
      return this.#start + total / INSTRUCTIONS_A_MS + this.#idleMs;
    };
    const loop = cpu.main_loop.bind(cpu);
    cpu.main_loop = () => {
      const count = cpu.instruction_counter[0];
      const idle = loop();
      this.#idleMs += Math.min(
        Math.max(idle, count === cpu.instruction_counter[0] ? LEAST_IDLE_MS : 0),
        LONGEST_IDLE_MS,
      );
      return 0;
    };
  }
}

/** Runs as the computer's own until it follows a machine. */
export const clock = new InstructionClock();
