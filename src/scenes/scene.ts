// What a scene is: a view that draws the World and animates the difference to the World before. The ui mounts it, feeds
// it and decides what a click leads to; a scene sends nothing anywhere itself.
import type { World } from '../sim/world.ts';

/** Time as scenes see it, so that a test or a recording can stand in for it. */
export interface Clock {
  /** Milliseconds on a steady clock. */
  now(): number;
}

export interface SceneContext {
  readonly clock: Clock;
  /** The viewer wants cuts instead of motion. */
  readonly reducedMotion: boolean;
  /** Open a kernel operation (or a packet's hop, or a span) by its event's `seq`. */
  onOpen(seq: number): void;
  /** Put a command into the terminal and run it. */
  onCommand(text: string): void;
  /** Open a published port in the browser pane. */
  onPort?(port: number): void;
}

export interface Scene {
  readonly id: string;
  /** One word for the switcher. */
  readonly title: string;
  /** The question that this view answers, shown below the title. */
  readonly question: string;
  mount(root: HTMLElement, context: SceneContext): SceneView;
}

export interface SceneView {
  /** Draw this World; `previous` is the one drawn last, undefined for the first and after a jump (then nothing moves). */
  update(world: World, previous: World | undefined): void;
  /** The same in words, one sentence each: what stands there, then what just changed. */
  describe(world: World): string[];
  resize(width: number, height: number): void;
  destroy(): void;
}
