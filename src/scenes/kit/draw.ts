// Puts a picture on the page with D3: a keyed join of figures, each a <g> that its sign fills. What enters grows from
// where it comes from, what stays moves, what is gone fades; with reduced motion all three are cuts.
import { easeCubicOut, select, type Selection } from 'd3';
// Gives selections their transition() and interrupt(); nothing is named from it, so a bundler would leave it out.
import 'd3-transition';
import type { SceneContext } from '../scene.ts';
import type { Figure, Picture } from './figure.ts';
import { set, write } from './parts.ts';
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
  #drawn: ReadonlyMap<string, Figure> = new Map();

  /** The figure that Tab comes to; the arrow keys move it. */
  #current: string | undefined;

  constructor(root: HTMLElement, id: string, title: string, context: SceneContext) {
    this.#context = context;
    this.#box = root.ownerDocument.createElement('div');
    this.#box.className = `scene scene-${id}`;
    root.append(this.#box);
    // On the box: a listener for focus on an SVG element would make that element a stop for Tab.
    this.#box.addEventListener('focusin', ({ target }) => {
      const figure = target instanceof SVGGElement ? select<SVGGElement, Figure>(target).datum() : undefined;
      if (figure) this.#current = figure.key;
    });
    this.#svg = select(this.#box)
      .append('svg')
      .attr('role', 'group')
      .attr('aria-label', `${title}, drawn: arrow keys go from thing to thing, Enter opens one`)
      .on('keydown', (event: KeyboardEvent) => this.#walk(event));
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
    const wide = Math.max(width, picture.width ?? 0);
    set(this.svg, { width: wide, height: full, viewBox: `0 0 ${wide} ${full}` });
    const hadFocus = this.#hasFocus;
    const figures = uniqueByKey(picture.figures);
    const joined = this.#layer
      .selectChildren<SVGGElement, Figure>('g.figure:not(.leaving)')
      .data(figures, (figure) => figure.key);
    const born = joined.enter().append('g');
    born.each(function (figure) {
      signs[figure.sign].build(this);
    });
    this.#listen(born);
    const all = born.merge(joined);
    // A burst draws sixty times a second, and each time most of the picture stands as it stood, or only moves.
    const before = this.#drawn;
    const changed = all.filter((figure) => !isSameLook(before.get(figure.key), figure));
    const moved = all.filter((figure) => !isSamePlace(before.get(figure.key), figure));
    const motion = animate && !this.#context.reducedMotion && moved.size() < ANIMATED_LIMIT;
    leave(joined.exit<Figure>(), motion);
    born
      .attr('transform', (f) => `translate(${f.from?.x ?? f.x},${f.from?.y ?? f.y})`)
      .style('opacity', motion ? 0 : 1);
    dress(changed);
    const place = (f: Figure): string => `translate(${f.x},${f.y})`;
    if (motion)
      moved.transition('move').duration(MOVE_MS).ease(easeCubicOut).attr('transform', place).style('opacity', 1);
    else moved.interrupt('move').attr('transform', place).style('opacity', 1);
    this.#drawn = new Map(figures.map((figure) => [figure.key, figure]));
    if (!isSameOrder(before.keys(), this.#drawn.keys())) all.order();
    this.#keepStop(all, hadFocus);
  }

  /** What was drawn last. */
  get figures(): readonly Figure[] {
    return [...this.#drawn.values()];
  }

  destroy(): void {
    this.#layer.selectAll('*').interrupt('move');
    this.#box.remove();
  }

  /**
   * One figure of the picture is a stop for Tab: the one that was, or the first. `hadFocus`: if what had it is gone or was
   * moved, it must not fall back to the top of the page.
   */
  #keepStop(all: Selection<SVGGElement, Figure, SVGGElement, unknown>, hadFocus: boolean): void {
    const current = this.#drawn.get(this.#current ?? '');
    if (!current || !isActive(current)) this.#current = inReadingOrder(this.figures)[0]?.key;
    const isLost = hadFocus && !this.#hasFocus;
    all.each((figure, i, nodes) => {
      const node = nodes[i];
      if (!node || !isActive(figure)) return;
      const isCurrent = figure.key === this.#current;
      set(node, { tabindex: isCurrent ? 0 : -1 });
      if (isLost && isCurrent) node.focus({ preventScroll: true });
    });
  }

  get #hasFocus(): boolean {
    const focused = this.svg.ownerDocument.activeElement;
    return focused !== null && this.svg.contains(focused) && !focused.classList.contains('leaving');
  }

  /** Arrow keys, Home and End go from figure to figure as one reads: line by line. */
  #walk(event: KeyboardEvent): void {
    const order = inReadingOrder(this.figures);
    const at = order.findIndex((figure) => figure.key === this.#current);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: order.length - 1,
    };
    const next = order[steps[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    this.#current = next.key;
    this.#layer.selectChildren<SVGGElement, Figure>('g.figure.active').each(function (figure) {
      set(this, { tabindex: figure.key === next.key ? 0 : -1 });
      if (figure.key === next.key) this.focus();
    });
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

/** Give figures their looks, words and sizes. */
function dress(figures: Selection<SVGGElement, Figure, SVGGElement, unknown>): void {
  figures.each(function (figure) {
    const active = isActive(figure);
    set(this, {
      class: `figure sign-${figure.sign} ${figure.look ?? ''} ${active ? 'active' : ''}`,
      tabindex: active ? -1 : undefined,
      role: active ? 'button' : undefined,
      'aria-label': figure.says,
    });
    this.style.setProperty('--hue', figure.hue === undefined ? null : `var(--hue-${figure.hue})`);
    const title = this.querySelector(':scope > title');
    if (title) write(title, figure.says ?? '');
    signs[figure.sign].update(this, figure);
  });
}

/** What is gone fades; a line of text goes at once, because the next one takes its place. */
function leave(gone: Selection<SVGGElement, Figure, SVGGElement, unknown>, motion: boolean): void {
  gone.interrupt('move').classed('leaving', true).attr('tabindex', null).attr('aria-hidden', 'true');
  const isFading = (figure: Figure): boolean => motion && figure.sign !== 'text' && figure.sign !== 'tick';
  gone.filter((figure) => !isFading(figure)).remove();
  gone.filter(isFading).transition('leave').duration(MOVE_MS).style('opacity', 0).remove();
}

function isSamePlace(before: Figure | undefined, after: Figure): boolean {
  return before !== undefined && before.x === after.x && before.y === after.y;
}

/** Are these keys, of which some may be gone, in the same order, with nothing between them that is new? */
function isSameOrder(before: Iterable<string>, after: Iterable<string>): boolean {
  const old = [...before];
  let at = 0;
  for (const key of after) {
    while (at < old.length && old[at] !== key) at++;
    if (at++ >= old.length) return false;
  }
  return true;
}

/** Equal in all that is drawn but the place; `from` counts only when a figure enters. */
function isSameLook(before: Figure | undefined, after: Figure): boolean {
  if (!before) return false;
  for (const key of FIELDS) if (before[key] !== after[key]) return false;
  return samePoints(before.points, after.points);
}

const FIELDS = [
  'sign',
  'w',
  'h',
  'hue',
  'title',
  'detail',
  'note',
  'look',
  'share',
  'limited',
  'opens',
  'command',
  'port',
  'says',
] as const satisfies readonly (keyof Figure)[];

function samePoints(a: Figure['points'], b: Figure['points']): boolean {
  if (a === b || !a || !b) return a === b;
  return a.length === b.length && a.every(([x, y], i) => x === b[i]?.[0] && y === b[i]?.[1]);
}

/** Figures that can be opened, from the top left, line by line. */
function inReadingOrder(figures: readonly Figure[]): Figure[] {
  const LINE = 12;
  const top = ({ y, points }: Figure): number => Math.round((points?.[0]?.[1] ?? y) / LINE);
  const left = ({ x, points }: Figure): number => points?.[0]?.[0] ?? x;
  return figures.filter(isActive).sort((a, b) => top(a) - top(b) || left(a) - left(b));
}

function isActive(figure: Figure): boolean {
  return figure.opens !== undefined || figure.command !== undefined || figure.port !== undefined;
}

/** A layout that names two things alike shows the first; the join would otherwise lose one at random. */
function uniqueByKey(figures: readonly Figure[]): Figure[] {
  const seen = new Set<string>();
  return figures.filter((figure) => !seen.has(figure.key) && seen.add(figure.key));
}
