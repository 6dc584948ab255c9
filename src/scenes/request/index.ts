// Scene 1: one request from the key press to PID 1.
import { sceneOf } from '../kit/view.ts';
import { describe, layout } from './layout.ts';

export const request = sceneOf({
  id: 'request',
  title: 'Request',
  question: 'Who asks whom, from the key press to PID 1?',
  layout,
  describe,
});
