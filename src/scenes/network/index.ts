// Scene 5: the network.
import { sceneOf } from '../kit/view.ts';
import { layout } from './layout.ts';
import { describe } from './words.ts';

export const network = sceneOf({
  id: 'network',
  title: 'Network',
  question: 'How does a packet get in, and out again?',
  layout,
  describe,
});
