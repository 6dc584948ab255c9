// The last build: a room a stage, in it a row a step with what became of it and why, and beside the row the layer that the
// step made. Steps from the cache stand there at once; a layer that is born slides out of its step.
import type { Build, BuildStep, World } from '../../sim/world.ts';
import { bytesText } from '../kit/bytes.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';
import { isReady, outcomeOf, summaryOf, titleOf, why } from './words.ts';

const MARGIN = 20;
const LINTEL = 32;
const ROW = 30;
/** With a second line, which says why. */
const TALL_ROW = 46;
const GAP = 8;
const STAGE_GAP = 14;

export const EXAMPLE = "printf 'FROM busybox\\nRUN echo hello > /hello\\n' | docker build -t mine -";

/** The picture of the build that began last. */
export function layout(world: World, width: number, height: number): Picture {
  const build = lastBuild(world);
  if (!build) return emptyPicture('Nothing was built yet. Build an image:', EXAMPLE, width, height);
  const inner = width - 2 * MARGIN;
  const figures: Figure[] = [
    {
      key: `build:${build.id}`,
      sign: 'text',
      x: MARGIN,
      y: 14,
      w: inner,
      h: 18,
      title: titleOf(build),
      look: 'large',
      opens: build.seq,
    },
    { key: `sum:${build.id}`, sign: 'text', x: MARGIN, y: 36, w: inner, h: 16, title: summaryOf(build), look: 'quiet' },
  ];
  let y = 64;
  for (const stage of stagesOf(build)) {
    const h = LINTEL + stage.steps.reduce((sum, step) => sum + rowHeight(step), 0) + 4;
    figures.push({
      key: `stage:${build.id}:${stage.number}`,
      sign: 'room',
      x: MARGIN,
      y,
      w: inner,
      h,
      title: stage.title,
      detail: stage.detail,
    });
    let at = y + LINTEL;
    for (const step of stage.steps) {
      figures.push(...rowOf(world, build, step, MARGIN + 12, at, inner - 24));
      at += rowHeight(step);
    }
    y += h + STAGE_GAP;
  }
  if (build.error !== undefined)
    figures.push({
      key: `error:${build.id}`,
      sign: 'text',
      x: MARGIN,
      y,
      w: inner,
      h: 16,
      title: build.error,
      look: 'large',
    });
  return { figures, height: Math.max(height, y + 28) };
}

export function lastBuild(world: World): Build | undefined {
  return [...world.builds.values()].at(-1);
}

interface StageRows {
  readonly number: number;
  readonly title: string;
  readonly detail: string;
  readonly steps: readonly BuildStep[];
}

function stagesOf(build: Build): StageRows[] {
  const numbers = [...new Set(build.steps.map((step) => step.stage))];
  return numbers.map((number) => {
    const steps = build.steps.filter((step) => step.stage === number);
    if (number < 0) return { number, title: 'before the first FROM', detail: '', steps };
    const name = /\sAS\s+(\S+)\s*$/i.exec(steps[0]?.instruction ?? '')?.[1];
    const size = steps.reduce((sum, step) => sum + (step.layer && step.state === 'built' ? step.layer.bytes : 0), 0);
    return { number, title: name ?? `stage ${number}`, detail: size > 0 ? `${bytesText(size)} new` : '', steps };
  });
}

const slabHeight = (step: BuildStep): number => (why(step) === '' ? ROW : TALL_ROW);
const rowHeight = (step: BuildStep): number => slabHeight(step) + GAP;

/** A step, and at its right the layer or the container that works on it. */
function rowOf(world: World, build: Build, step: BuildStep, x: number, y: number, w: number): Figure[] {
  const key = `${build.id}:${step.step}`;
  const side = Math.min(190, Math.max(96, w * 0.26));
  const figures: Figure[] = [
    {
      key: `step:${key}`,
      sign: 'slab',
      x,
      y,
      w: w - side - 12,
      h: slabHeight(step),
      title: `${step.step}  ${step.instruction}`,
      detail: outcomeOf(step),
      note: why(step),
      look: `step ${step.state}`,
      opens: step.seq,
      says: `Step ${step.step}: ${step.instruction}: ${outcomeOf(step)}${why(step) === '' ? '' : `, ${why(step)}`}`,
    },
  ];
  const beside = { x: x + w - side, y, w: side, h: slabHeight(step) };
  const container = step.container === undefined ? undefined : world.containers.get(step.container);
  if (step.state === 'running' && container)
    figures.push({
      ...beside,
      key: `runs:${key}`,
      sign: 'pill',
      title: container.name,
      detail: container.state,
      hue: container.hue,
      opens: container.seq,
      says: `Container ${container.name} runs step ${step.step}`,
    });
  else if (step.layer) figures.push(layerOf(step, key, beside, x));
  else {
    const title = withoutLayer(world, step);
    const middle = { y: y + slabHeight(step) / 2 - 8, h: 16 };
    if (title !== '') figures.push({ ...beside, ...middle, key: `none:${key}`, sign: 'text', title, look: 'quiet' });
  }
  return figures;
}

/** FROM begins with the layers of its image; what only changes the config makes none. */
function withoutLayer(world: World, step: BuildStep): string {
  if (step.state === 'running' || step.state === 'failed') return '';
  if (!isReady(step)) return 'no layer';
  const count = world.images.get(step.image ?? '')?.layers.length;
  return count === undefined ? '' : `${count} ${count === 1 ? 'layer' : 'layers'} to build on`;
}

function layerOf(step: BuildStep, key: string, beside: Pick<Figure, 'x' | 'y' | 'w' | 'h'>, fromX: number): Figure {
  const { diffId, bytes: size } = step.layer ?? { diffId: '', bytes: 0 };
  return {
    ...beside,
    key: `layer:${key}`,
    sign: 'slab',
    title: diffId.replace('sha256:', '').slice(0, 6),
    detail: bytesText(size),
    look: step.state === 'built' ? 'born' : 'shared',
    opens: step.seq,
    says: `Layer ${diffId}, ${bytesText(size)}, ${step.state === 'built' ? 'made by this step' : 'made by an earlier build'}`,
    from: { x: fromX, y: beside.y },
  };
}

/** The build in one sentence, then a sentence a step. */
export function describe(world: World): string[] {
  const build = lastBuild(world);
  if (!build) return ['Nothing was built yet.'];
  return [
    `${titleOf(build)}: ${summaryOf(build)}.`,
    ...build.steps.map((step) => {
      const layer = step.layer ? `; layer ${step.layer.diffId.slice(7, 13)}, ${bytesText(step.layer.bytes)}` : '';
      const reason = why(step) === '' ? '' : ` (${why(step)})`;
      return `Step ${step.step}, ${step.instruction}: ${outcomeOf(step)}${reason}${layer}.`;
    }),
  ];
}
