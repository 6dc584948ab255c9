// Scene 4: control groups.
import { sceneOf } from '../kit/view.ts';
import { describe, layout } from './layout.ts';

export const cgroups = sceneOf({
  id: 'cgroups',
  title: 'Cgroups',
  question: 'How much may it use, and what happens at the limit?',
  layout,
  describe,
});
