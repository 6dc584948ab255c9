// The moment after a restore, before anybody asks for anything. A state keeps none of v86's translations, so what runs first runs slowly, by
// its interpreter. The agent is asked for what it can tell anyway: that translates the programs' common runner (the agent's is the engine's)
// and much of the kernel's way of opening and reading files. Nothing is made or changed, so no event tells of it. docs/decisions/speed.md
import { formatPaths } from '../trace/probes.ts';
import type { Machine } from './machine/machine.ts';

/** Somebody who types at once is not kept waiting. */
const AFTER_MS = 400;
/** About two seconds by the interpreter; more of the same no longer helped. */
const INSTRUCTIONS = 60e6;
const FILES = formatPaths.slice(0, 12).map((path) => `/sys/kernel/tracing/${path}`);

export class WarmUp {
  /** Resolves when it is over. */
  readonly done: Promise<void>;
  #isStopped = false;
  #begin: () => void = () => undefined;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(private readonly machine: Machine) {
    const begun = new Promise<void>((resolve) => (this.#begin = resolve));
    this.#timer = setTimeout(this.#begin, AFTER_MS);
    // An agent that goes away in the middle ends it too.
    this.done = begun.then(() => this.#run()).catch(() => undefined);
  }

  /** Somebody wants something: the machine is his. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#begin();
  }

  async #run(): Promise<void> {
    const { machine } = this;
    const { agent } = machine;
    const before = machine.instructions;
    while (!this.#isStopped && (machine.instructions - before) >>> 0 < INSTRUCTIONS) {
      await agent.processes();
      if (!this.#isStopped) await agent.cat(FILES);
      if (!this.#isStopped) await agent.readDirectory('/usr/bin');
      if (!this.#isStopped) await agent.vitals();
    }
  }
}
