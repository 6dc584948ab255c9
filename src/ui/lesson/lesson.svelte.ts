// The lesson being played: progress kept in the browser, and its step's check asked again whenever something changed.
import { loadLessons } from '../../lessons/load.ts';
import {
  checkStep,
  goTo,
  isProgress,
  noProgress,
  stepAt,
  withDone,
  withHint,
  type Progress,
} from '../../lessons/player.ts';
import type { CheckContext, CheckResult } from '../../lessons/check.ts';
import type { Lesson, Step } from '../../lessons/schema.ts';
import type { Machine } from '../state/machine.svelte.ts';
import { readStored, writeStored } from '../state/stored.ts';

export class LessonPlay {
  readonly lessons: readonly Lesson[] = loadLessons();
  lesson = $state.raw<Lesson | undefined>(this.lessons[0]);
  progress = $state.raw<Progress>(this.#stored());
  result = $state.raw<CheckResult | undefined>();
  #checking = false;
  /** The machine in which a step was done last. */
  #doneIn = $state<number | undefined>();
  #askAgain = false;

  constructor(readonly machine: Machine) {}

  get step(): Step | undefined {
    return this.lesson && stepAt(this.lesson, this.progress);
  }
  get isDone(): boolean {
    return this.step !== undefined && this.progress.done.includes(this.step.id);
  }
  get hintsShown(): number {
    return this.step ? (this.progress.hints[this.step.id] ?? 0) : 0;
  }

  /** Was no step done yet in this machine? */
  freshFrom(generation: number): boolean {
    return this.#doneIn !== generation;
  }

  goTo(at: number): void {
    if (this.lesson) this.#set(goTo(this.lesson, this.progress, at));
    this.result = undefined;
    void this.check();
  }
  hint(): void {
    if (this.step) this.#set(withHint(this.progress, this.step));
  }
  restart(): void {
    this.#set(noProgress);
    this.result = undefined;
  }

  /** Ask now; if a check is under way, once more after it. */
  async check(): Promise<void> {
    const { step } = this;
    if (!step || this.isDone || !this.machine.isRunning) return;
    if (this.#checking) {
      this.#askAgain = true;
      return;
    }
    this.#checking = true;
    const result = await checkStep(step, this.#context());
    this.#checking = false;
    if (this.step === step) {
      this.result = result;
      if (result.met) {
        this.#doneIn = this.machine.generation;
        this.#set(withDone(this.progress, step));
      }
    }
    if (this.#askAgain) {
      this.#askAgain = false;
      void this.check();
    }
  }

  #context(): CheckContext {
    const { machine } = this;
    return {
      world: machine.playhead.world,
      ports: machine.ports,
      async get(path) {
        const { status, body } = await machine.calls.engine('GET', path);
        return status >= 200 && status < 300 ? (JSON.parse(body) as unknown) : undefined;
      },
    };
  }
  #stored(): Progress {
    return (this.lesson && readStored(`progress.${this.lesson.id}`, isProgress)) ?? noProgress;
  }
  #set(progress: Progress): void {
    this.progress = progress;
    if (this.lesson) writeStored(`progress.${this.lesson.id}`, progress);
  }
}
