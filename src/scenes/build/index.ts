// Scene: a build, step by step.
import { sceneOf } from '../kit/view.ts';
import { describe, layout } from './layout.ts';

export const build = sceneOf({
  id: 'build',
  title: 'Build',
  question: 'Which steps made this image, and which had been made before?',
  layout,
  describe,
});
