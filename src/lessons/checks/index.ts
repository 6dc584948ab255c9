// The checks that a lesson may name: one file and one line each.
import type { Check } from '../check.ts';
import { containerGone } from './container-gone.ts';
import { containerRan } from './container-ran.ts';
import { containerRunning } from './container-running.ts';
import { fileInContainer } from './file-in-container.ts';
import { portPublished } from './port-published.ts';
import { processInContainer } from './process-in-container.ts';

export const checks: Readonly<Record<string, Check>> = {
  'container-gone': containerGone,
  'container-ran': containerRan,
  'container-running': containerRunning,
  'file-in-container': fileInContainer,
  'port-published': portPublished,
  'process-in-container': processInContainer,
};
