// From a layout to a scene: the parts that all scenes share. A scene folder gives a pure layout and its words.
import type { World } from '../../sim/world.ts';
import type { Scene, SceneContext, SceneView } from '../scene.ts';
import { Canvas } from './draw.ts';
import type { Picture } from './figure.ts';
import '../scenes.css';

export interface SceneParts {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  /** Pure: the picture of a World on a stage of this size. `nowMs` is the page's clock, for what is in flight. */
  readonly layout: (world: World, width: number, height: number, nowMs: number) => Picture;
  readonly describe: (world: World) => string[];
  /** What just happened, in words, for the text twin. */
  readonly changes?: (world: World, previous: World) => string[];
}

/** A scene made of its parts. */
export function sceneOf(parts: SceneParts): Scene {
  return {
    id: parts.id,
    title: parts.title,
    question: parts.question,
    mount: (root, context) => new View(root, context, parts),
  };
}

/** Last operations in words: what a twin says of changes unless the scene says better. */
export function lastOperations(world: World, previous: World): string[] {
  return world.operations
    .filter((operation) => operation.seq > previous.seq)
    .slice(-3)
    .map((operation) => `${operation.comm || 'kernel'}: ${operation.label}`);
}

class View implements SceneView {
  readonly #canvas: Canvas;
  readonly #context: SceneContext;
  readonly #parts: SceneParts;
  #world: World | undefined;
  #said: World | undefined;
  #size = { width: 0, height: 0 };

  constructor(root: HTMLElement, context: SceneContext, parts: SceneParts) {
    this.#context = context;
    this.#parts = parts;
    this.#canvas = new Canvas(root, parts.id, parts.title, context);
  }

  update(world: World, previous: World | undefined): void {
    this.#world = world;
    this.#draw(previous !== undefined);
  }

  describe(world: World): string[] {
    const before = this.#said;
    this.#said = world;
    const changes = before && before.seq < world.seq ? (this.#parts.changes ?? lastOperations)(world, before) : [];
    return [...this.#parts.describe(world), ...changes];
  }

  resize(width: number, height: number): void {
    this.#size = { width, height };
    this.#draw(false);
  }

  destroy(): void {
    this.#canvas.destroy();
  }

  #draw(animate: boolean): void {
    const { width, height } = this.#size;
    if (!this.#world || width < 40 || height < 40) return;
    this.#canvas.draw(
      this.#parts.layout(this.#world, width, height, this.#context.clock.now()),
      width,
      height,
      animate,
    );
  }
}
