// Scene 3: image layers and the writable one.
import { sceneOf } from '../kit/view.ts';
import { describe, layout } from './layout.ts';

export const layers = sceneOf({
  id: 'layers',
  title: 'Layers',
  question: 'Where do its files come from, and where do changes go?',
  layout,
  describe,
});
