// What the build scene says: of a build, of a step, and why a step was not in the cache.
import type { Build, BuildStep } from '../../sim/world.ts';

export function titleOf(build: Build): string {
  const name = build.tags.length > 0 ? build.tags.join(', ') : 'image without a name';
  return `${build.dockerfile} → ${name}`;
}

/** `5 of 7 steps; 3 from the cache, 2 done` */
export function summaryOf(build: Build): string {
  const of = (state: BuildStep['state']): number =>
    build.steps.filter((step) => step.state === state && !isReady(step)).length;
  const parts = [
    ...(of('cached') > 0 ? [`${of('cached')} from the cache`] : []),
    ...(of('built') > 0 || of('cached') === 0 ? [`${of('built')} done`] : []),
    ...(of('running') > 0 ? [`${of('running')} under way`] : []),
  ];
  const end =
    build.state === 'failed'
      ? '; the build failed'
      : build.state === 'done'
        ? `; built in ${seconds((build.endedNs ?? build.beganNs) - build.beganNs)}`
        : '';
  return `${build.steps.length} of ${build.stepCount} steps; ${parts.join(', ')}${end}`;
}

/** FROM, and ARG before it: nothing is made, so the cache has no part in it. */
export function isReady(step: BuildStep): boolean {
  return step.state === 'cached' && (step.stage < 0 || /^FROM\b/i.test(step.instruction));
}

/** State in words: never by colour alone. */
export function outcomeOf(step: BuildStep): string {
  const took = step.endedNs === undefined ? '' : ` ${seconds(step.endedNs - step.beganNs)}`;
  switch (step.state) {
    case 'running':
      return 'running';
    case 'cached':
      return isReady(step) ? 'ready' : 'from the cache';
    case 'failed':
      return `failed${took}`;
    case 'built':
      return `done${took}`;
  }
}

/** Why the cache did not have it, or what went wrong; '' for a step that came from the cache. */
export function why(step: BuildStep): string {
  return step.state === 'built' || step.state === 'failed' ? step.reason : '';
}

function seconds(ns: number): string {
  return ns < 1e9 ? `${Math.max(1, Math.round(ns / 1e6))} ms` : `${(ns / 1e9).toFixed(1)} s`;
}
