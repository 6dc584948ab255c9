// The scenes in the switcher's order: one line each.
import type { Scene } from './scene.ts';

export const scenes: readonly Scene[] = [];
