// Puts a picture on the page with D3: a keyed join of figures, each a <g> that its sign fills. What enters grows from
// where it comes from, what stays moves, what is gone fades; with reduced motion all three are cuts.
import { easeCubicOut, select, type Selection } from 'd3';
// Gives selections their transition() and interrupt(); nothing is named from it, so a bundler would leave it out.
import 'd3-transition';
import type { SceneContext } from '../scene.ts';
import type { Figure, Picture } from './figure.ts';
import { signs } from './signs.ts';

const MOVE_MS = 260;
/** More figures than this at once are not animated: a burst must not cost frames. */
const ANIMATED_LIMIT = 160;

export type FigureSelection = Selection<SVGGElement, Figure, SVGGElement, unknown>;

export class Canvas {
  readonly #svg: Selection<SVGSVGElement, unknown, null, undefined>;
  readonly #layer: Selection<SVGGElement, unknown, null, undefined>;
  readonly #box: HTMLElement;
  readonly #context: SceneContext;
  #drawn: readonly Figure[] = [];

  constructor(root: HTMLElement, id: string, context: SceneContext) {
    this.#context = context;
    this.#box = root.ownerDocument.createElement('div');
    this.#box.className = `scene scene-${id}`;
    root.append(this.#box);
    this.#svg = select(this.#box).append('svg').attr('role', 'group');
    const hatch = this.#svg
      .append('defs')
      .append('pattern')
      .attr('id', `hatch-${id}`)
      .attr('width', 6)
      .attr('height', 6);
    hatch
      .attr('patternUnits', 'userSpaceOnUse')
      .attr('patternTransform', 'rotate(45)')
      .append('rect')
      .attr('width', 2)
      .attr('height', 6)
      .attr('class', 'hatch');
    this.#svg.style('--hatch', `url(#hatch-${id})`);
    this.#layer = this.#svg.append('g');
  }

  get svg(): SVGSVGElement {
    return this.#svg.node() as SVGSVGElement;
  }

  /** Draw the picture; without `animate` it is simply there. */
  draw(picture: Picture, width: number, height: number, animate: boolean): void {
    const full = Math.max(height, picture.height);
    this.#svg.attr('width', width).attr('height', full).attr('viewBox', `0 0 ${width} ${full}`);
    const motion = animate && !this.#context.reducedMotion && picture.figures.length < ANIMATED_LIMIT;
    const joined = this.#layer
      .selectAll<SVGGElement, Figure>('g.figure')
      .data(uniqueByKey(picture.figures), (figure) => figure.key);
    const gone = joined.exit<Figure>();
    if (motion) gone.attr('class', 'figure leaving').transition('leave').duration(MOVE_MS).style('opacity', 0).remove();
    else gone.remove();
    const born = joined.enter().append('g');
    born.each(function (figure) {
      signs[figure.sign].build(select(this));
    });
    born
      .attr('transform', (f) => `translate(${f.from?.x ?? f.x},${f.from?.y ?? f.y})`)
      .style('opacity', motion ? 0 : 1);
    this.#listen(born);
    const all = born.merge(joined);
    all.attr('class', (f) => `figure sign-${f.sign} ${f.look ?? ''} ${isActive(f) ? 'active' : ''}`);
    all.style('--hue', (f) => (f.hue === undefined ? null : `var(--hue-${f.hue})`));
    all.attr('tabindex', (f) => (isActive(f) ? 0 : null)).attr('role', (f) => (isActive(f) ? 'button' : null));
    all.attr('aria-label', (f) => f.says ?? null);
    all.each(function (figure) {
      const group = select<SVGGElement, Figure>(this);
      group.select('title').text(figure.says ?? '');
      signs[figure.sign].update(group, figure);
    });
    if (motion)
      all
        .transition('move')
        .duration(MOVE_MS)
        .ease(easeCubicOut)
        .attr('transform', (f) => `translate(${f.x},${f.y})`)
        .style('opacity', 1);
    else
      all
        .interrupt('move')
        .attr('transform', (f) => `translate(${f.x},${f.y})`)
        .style('opacity', 1);
    all.order();
    this.#drawn = picture.figures;
  }

  /** What was drawn last. */
  get figures(): readonly Figure[] {
    return this.#drawn;
  }

  destroy(): void {
    this.#layer.selectAll('*').interrupt('move');
    this.#box.remove();
  }

  #listen(born: Selection<SVGGElement, Figure, SVGGElement, unknown>): void {
    const act = (figure: Figure): void => {
      if (figure.port !== undefined && this.#context.onPort) this.#context.onPort(figure.port);
      else if (figure.command !== undefined) this.#context.onCommand(figure.command);
      else if (figure.opens !== undefined) this.#context.onOpen(figure.opens);
    };
    born.append('title');
    born.on('click', (event: Event, figure) => {
      if (!isActive(figure)) return;
      event.stopPropagation();
      act(figure);
    });
    born.on('keydown', (event: KeyboardEvent, figure) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      act(figure);
    });
  }
}

function isActive(figure: Figure): boolean {
  return figure.opens !== undefined || figure.command !== undefined || figure.port !== undefined;
}

/** A layout that names two things alike shows the first; the join would otherwise lose one at random. */
function uniqueByKey(figures: readonly Figure[]): Figure[] {
  const seen = new Set<string>();
  return figures.filter((figure) => !seen.has(figure.key) && seen.add(figure.key));
}
