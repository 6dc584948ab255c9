// Scene 2: processes and namespaces.
import { sceneOf } from '../kit/view.ts';
import { describe, layout } from './layout.ts';

export const processes = sceneOf({
  id: 'processes',
  title: 'Processes',
  question: 'Which processes run, and what can each of them see?',
  layout,
  describe,
});
