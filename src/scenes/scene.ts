// What a scene is: World in, drawing out. It sends nothing and asks nothing; a click hands the page a command or an
// operation to show. Each scene is a folder beside this file with its own test.
import type { World } from '../sim/world.ts';

/** What the page lends to a scene. */
export interface SceneContext {
  /** Where to draw; the scene owns everything below it. */
  readonly root: HTMLElement;
  /** Milliseconds, for animation; the page's clock, a test's own in tests. */
  readonly now: () => number;
  /** Cuts in place of motion, with the same information. */
  readonly reducedMotion: () => boolean;
  /** Open an operation, by the `seq` of its event. */
  readonly onOpen: (seq: number) => void;
  /** Offer a command; the page types it into the terminal. */
  readonly onCommand: (command: string) => void;
  /** Open a published port in the browser pane. */
  readonly onPort?: (port: number) => void;
}

export interface SceneView {
  /** Draw this World; `previous` is what the last call drew, so that the difference can be animated. */
  update(world: World, previous: World | undefined): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

export interface Scene {
  readonly id: string;
  readonly title: string;
  /** The question that the scene answers, shown under its title. */
  readonly question: string;
  mount(context: SceneContext): SceneView;
  /** The text twin: what stands there, a line each; for screen readers and for tests. */
  describe(world: World): string[];
  /** What just changed, in words; empty when nothing that matters here did. */
  changes(world: World, previous: World): string[];
  /** Shown while `isEmpty`: what to type to fill the scene. */
  readonly empty: { readonly text: string; readonly command: string };
  isEmpty(world: World): boolean;
}
