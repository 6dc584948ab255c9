// `docker build` as the engine tells it: a span a build, a span a step inside it. What a step ran and mounted is the
// kernel's to tell; these spans say which step it was for, whether it came from the cache, and why not.
import type { EngineEvent, EventHead } from '../../protocol/events.ts';
import type { SpanMarker } from '../../protocol/spans.ts';
import { bound, put } from '../collections.ts';
import type { Build, BuildStep, World } from '../world.ts';

const BUILD_LIMIT = 8;

type Event = EventHead & EngineEvent;

/** Folds the begin or end of a `build` or `build.step` span; other spans change nothing here. */
export function reduceBuild(world: World, event: Event): World {
  const { span } = event;
  if (span.n === 'build') return span.k === 'b' ? beginBuild(world, event) : endBuild(world, event);
  if (span.n === 'build.step') return span.k === 'b' ? beginStep(world, event) : endStep(world, event);
  return world;
}

/** A container that was made for a step: its config's marker has the step's span for a parent. */
export function stepContainer(world: World, parent: string | undefined, container: string): World {
  if (parent === undefined) return world;
  return changeStep(world, parent, (step) => ({ ...step, container }));
}

function beginBuild(world: World, event: Event): World {
  const a = event.span.a ?? {};
  const build: Build = {
    id: event.span.id,
    dockerfile: text(a['dockerfile']) || 'Dockerfile',
    tags: list(a['tags']),
    stepCount: count(a['steps']),
    state: 'running',
    steps: [],
    beganNs: event.timeNs,
    seq: event.seq,
  };
  return {
    ...world,
    builds: bound(put(world.builds, build.id, build), BUILD_LIMIT, (kept) => kept.state === 'running'),
  };
}

function endBuild(world: World, event: Event): World {
  const build = world.builds.get(event.span.id);
  if (!build) return world;
  const { image, error } = event.span.a ?? {};
  const ended: Build = {
    ...build,
    state: typeof error === 'string' ? 'failed' : 'done',
    endedNs: event.timeNs,
    ...(typeof image === 'string' && { image }),
    ...(typeof error === 'string' && { error }),
  };
  return { ...world, builds: put(world.builds, build.id, ended) };
}

function beginStep(world: World, event: Event): World {
  const { span } = event;
  const build = span.p === undefined ? undefined : world.builds.get(span.p);
  if (!build) return world;
  const a = span.a ?? {};
  const step: BuildStep = {
    id: span.id,
    step: count(a['step']),
    stage: typeof a['stage'] === 'number' ? a['stage'] : -1,
    instruction: text(a['instruction']),
    state: 'running',
    reason: '',
    beganNs: event.timeNs,
    seq: event.seq,
  };
  return { ...world, builds: put(world.builds, build.id, { ...build, steps: [...build.steps, step] }) };
}

function endStep(world: World, event: Event): World {
  const { span } = event;
  return changeStep(world, span.id, (step) => outcome(step, span, event.timeNs));
}

function outcome(step: BuildStep, span: SpanMarker, timeNs: number): BuildStep {
  const a = span.a ?? {};
  const error = text(a['error']);
  const layer = text(a['layer']);
  const image = text(a['image']);
  return {
    ...step,
    state: error !== '' ? 'failed' : a['cached'] === true ? 'cached' : 'built',
    reason: error !== '' ? error : text(a['reason']),
    endedNs: timeNs,
    ...(image !== '' && { image }),
    ...(layer !== '' && { layer: { diffId: layer, dir: text(a['dir']), bytes: count(a['bytes']) } }),
  };
}

function changeStep(world: World, id: string, change: (step: BuildStep) => BuildStep): World {
  for (const build of world.builds.values()) {
    if (!build.steps.some((step) => step.id === id)) continue;
    const steps = build.steps.map((step) => (step.id === id ? change(step) : step));
    return { ...world, builds: put(world.builds, build.id, { ...build, steps }) };
  }
  return world;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
