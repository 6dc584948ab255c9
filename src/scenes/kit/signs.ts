// The signs: how each kind of thing is drawn, once for all scenes. build() makes the parts, update() gives them the
// figure's size and words. Colours and strokes are the style sheet's (scenes.css).
import { fit, fitEnd, type Figure, type SignName } from './figure.ts';
import { add, part, set, write } from './parts.ts';

/** Width of a character of the monospace at 12 pixels. */
const ADVANCE = 7.2;
/** Mean width of the sans serif's characters, in its size. */
const SANS = 0.5;

interface Sign {
  build(group: SVGGElement): void;
  update(group: SVGGElement, figure: Figure): void;
}

const rect = (group: SVGGElement, name: string, radius: number): unknown => add(group, 'rect', name, { rx: radius });
const words = (group: SVGGElement, ...names: string[]): void => names.forEach((name) => add(group, 'text', name));
const ends = (group: SVGGElement, name: string): unknown => add(group, 'text', name, { 'text-anchor': 'end' });

/** A text of a part, at a place; an empty text leaves nothing behind. */
function put(group: SVGGElement, name: string, text: string, x: number, y: number): void {
  const element = part(group, name);
  set(element, { x, y });
  write(element, text);
}

/** The same, cut to a width. */
function say(
  group: SVGGElement,
  name: string,
  text: string | undefined,
  x: number,
  y: number,
  width: number,
  size = 12,
  advance = size > 12 ? 0.56 : 0.6,
): void {
  put(group, name, text === undefined ? '' : fit(text, width, size, advance), x, y);
}

function size(group: SVGGElement, name: string, figure: Figure): void {
  set(part(group, name), { width: Math.max(0, figure.w), height: Math.max(0, figure.h) });
}

/** A region: a container's room, a namespace, a group. Its name stands on the lintel. */
const room: Sign = {
  build(group) {
    rect(group, 'wall', 8);
    rect(group, 'shade', 8);
    words(group, 'title');
    ends(group, 'detail');
  },
  update(group, figure) {
    size(group, 'wall', figure);
    size(group, 'shade', figure);
    const titleWidth = figure.detail ? figure.w * 0.55 : figure.w - 24;
    say(group, 'title', figure.title, 12, 19, titleWidth, 14);
    const detail = fit(figure.detail ?? '', figure.w - 36 - (figure.title?.length ?? 0) * 7.8);
    put(group, 'detail', detail, figure.w - 12, 19);
  },
};

/** A process. */
const pill: Sign = {
  build(group) {
    rect(group, 'body', 14);
    words(group, 'title');
    ends(group, 'detail');
  },
  update(group, figure) {
    size(group, 'body', figure);
    const detail = figure.detail ?? '';
    const left = figure.look?.includes('chip') ? 6 : 10;
    const room = figure.w - 2 * left - (detail ? detail.length * ADVANCE + 12 : 0);
    say(group, 'title', figure.title, left, figure.h / 2 + 4, room);
    put(group, 'detail', detail, figure.w - 12, figure.h / 2 + 4);
  },
};

/** An image layer, or a piece of work; with a note where there is height for a second line. */
const slab: Sign = {
  build(group) {
    rect(group, 'body', 3);
    rect(group, 'done', 3);
    words(group, 'title');
    ends(group, 'detail');
    words(group, 'note');
  },
  update(group, figure) {
    size(group, 'body', figure);
    set(part(group, 'done'), { height: figure.h, width: figure.w * Math.min(1, figure.share ?? 0) });
    const hasNote = figure.note !== undefined && figure.note !== '' && figure.h >= 40;
    const y = hasNote ? figure.h / 2 - 4 : figure.h / 2 + 4;
    const detail = fit(figure.detail ?? '', figure.w - 24 - Math.min(6, figure.title?.length ?? 0) * 7.2);
    say(group, 'title', figure.title, 8, y, figure.w - 20 - detail.length * 7.2);
    put(group, 'detail', detail, figure.w - 8, y);
    say(group, 'note', hasNote ? figure.note : '', 8, y + 16, figure.w - 16);
  },
};

/** How much of a limit is used; the limit is a hard edge. */
const gauge: Sign = {
  build(group) {
    rect(group, 'trough', 2);
    rect(group, 'fill', 2);
    add(group, 'line', 'limit');
    words(group, 'title');
    ends(group, 'detail');
    words(group, 'note');
  },
  update(group, figure) {
    const top = 18;
    const height = figure.h - top;
    set(part(group, 'trough'), { y: top, width: figure.w, height });
    const width = Math.max(figure.share ? 2 : 0, figure.w * Math.min(1, figure.share ?? 0));
    set(part(group, 'fill'), { y: top, height, width });
    set(part(group, 'limit'), {
      x1: figure.w,
      x2: figure.w,
      y1: top - 4,
      y2: figure.h + 4,
      display: figure.limited ? 'inline' : 'none',
    });
    // The number is what it is about: where both do not fit, the name is cut short.
    const detail = fit(figure.detail ?? '', figure.w);
    const room = Math.max(0, Math.floor((figure.w - detail.length * ADVANCE - 6) / ADVANCE));
    put(group, 'title', (figure.title ?? '').slice(0, room), 0, 12);
    put(group, 'detail', detail, figure.w, 12);
    say(group, 'note', figure.note, 0, figure.h + 16, figure.w + 12);
  },
};

/** A bridge: a bar with sockets. */
const bar: Sign = slab;

/** A network device: the plug of a cable. */
const plug: Sign = {
  build(group) {
    rect(group, 'body', 3);
    words(group, 'title', 'detail');
  },
  update(group, figure) {
    size(group, 'body', figure);
    say(group, 'title', figure.title, 8, figure.detail ? 16 : figure.h / 2 + 4, figure.w - 16);
    say(group, 'detail', figure.detail, 8, 31, figure.w - 12, 12, figure.look?.includes('head') ? SANS : undefined);
  },
};

const door: Sign = plug;

const path = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x},${y}`).join('');

/** A veth pair's cable, or an arrow from lane to lane: absolute corners, so the group itself stays at the origin. */
const cable: Sign = {
  build(group) {
    add(group, 'path', 'wire');
    words(group, 'title');
  },
  update(group, figure) {
    const points = figure.points ?? [];
    set(part(group, 'wire'), { d: path(points) });
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return;
    const left = Math.min(first[0], last[0]);
    const width = Math.max(60, figure.w || Math.abs(last[0] - first[0]) - 16);
    say(group, 'title', figure.title, left + 8, first[1] - 5, width);
  },
};

/** An arrow with its label above; `w` is the right end of the stage, beyond which the label does not go. */
const arrow: Sign = {
  build(group) {
    add(group, 'path', 'wire');
    add(group, 'path', 'head');
    words(group, 'title', 'detail');
  },
  update(group, figure) {
    const points = figure.points ?? [];
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return;
    set(part(group, 'wire'), { d: path(points) });
    const back = last[0] > first[0] ? -7 : 7;
    set(part(group, 'head'), { d: `M${last[0]},${last[1]}l${back},-4v8z` });
    const left = Math.min(first[0], last[0]) + 8;
    const detail = figure.detail ?? '';
    // Leftwards the label ends where the times stand.
    const room = figure.w - 88;
    const title = fit(figure.title ?? '', room - detail.length * ADVANCE - 12);
    const whole = title.length * ADVANCE + (detail ? detail.length * ADVANCE + 12 : 0);
    const x = Math.min(left, figure.w - whole);
    const y = first[1] - 6;
    put(group, 'title', title, x, y);
    put(group, 'detail', detail, x + title.length * ADVANCE + 12, y);
  },
};

/** A line of words; what NAT made of a packet stands after `⇒`. */
const text: Sign = {
  build(group) {
    // The whole line can be pressed, also between its words.
    rect(group, 'line', 2);
    words(group, 'title');
    ends(group, 'detail');
  },
  update(group, figure) {
    set(part(group, 'line'), { y: -3, width: figure.w, height: figure.h + 4 });
    const isSans = figure.look?.includes('quiet') ?? false;
    const isLarge = figure.look?.includes('large') || (isSans && !figure.look?.includes('small'));
    const size = isLarge ? 14 : 12;
    const detail = figure.detail ?? '';
    const advance = isLarge && !figure.look?.includes('mono') ? 12 * SANS : ADVANCE;
    const room = figure.w - (detail ? detail.length * advance + 16 : 0);
    const title = fit(figure.title ?? '', room, size, isSans ? SANS : 0.6);
    const shown = part(group, 'title');
    set(shown, { y: 12 });
    const [before = '', after] = title.split('⇒');
    if (after === undefined) write(shown, title);
    else if (shown.textContent !== title) {
      const made = group.ownerDocument.createElementNS(shown.namespaceURI, 'tspan');
      made.setAttribute('class', 'nat');
      made.textContent = `⇒${after}`;
      shown.replaceChildren(before, made);
    }
    put(group, 'detail', detail, figure.w, 12);
  },
};

/** The VM's kernel: the one line on which everything stands. */
const ground: Sign = {
  build(group) {
    add(group, 'line', 'line');
    words(group, 'title');
  },
  update(group, figure) {
    set(part(group, 'line'), { x2: figure.w });
    put(group, 'title', fit(figure.title ?? '', figure.w, 12, SANS), 0, 18);
  },
};

/** A packet: a mark with its protocol; NAT changes its label; one that was dropped is a cross. */
const packet: Sign = {
  build(group) {
    add(group, 'circle', 'mark', { r: 6 });
    add(group, 'path', 'cross', { d: 'M-6,-6L6,6M6,-6L-6,6' });
    words(group, 'title');
  },
  update(group, figure) {
    const isLeft = figure.look?.includes('leftwards') ?? false;
    // Where its plug has no room for words they stand above that, or below the room that the plug is in.
    const away = figure.look?.includes('over') ? -18 : figure.look?.includes('under') ? 56 : undefined;
    set(part(group, 'title'), { 'text-anchor': isLeft ? 'end' : 'start' });
    const aside = away === undefined ? 10 : -6;
    put(group, 'title', figure.title ?? '', isLeft ? -aside : aside, away ?? 4);
  },
};

/** A file in the writable layer: added, changed or hidden. */
const tick: Sign = {
  build(group) {
    words(group, 'mark', 'title');
  },
  update(group, figure) {
    put(group, 'mark', figure.detail ?? '', 0, 12);
    put(group, 'title', fitEnd(figure.title ?? '', figure.w - 16), 16, 12);
  },
};

/** A volume. */
const drum: Sign = {
  build(group) {
    add(group, 'path', 'body');
    add(group, 'ellipse', 'lid');
    words(group, 'title', 'detail');
  },
  update(group, figure) {
    const { w, h } = figure;
    const r = 5;
    set(part(group, 'body'), { d: `M0,${r}v${h - 2 * r}a${w / 2},${r} 0 0 0 ${w},0v${-(h - 2 * r)}` });
    set(part(group, 'lid'), { cx: w / 2, cy: r, rx: w / 2, ry: r });
    put(group, 'title', fitEnd(figure.title ?? '', w - 20), 10, 26);
    say(group, 'detail', figure.detail, 10, 42, w - 16);
  },
};

export const signs: Readonly<Record<SignName, Sign>> = {
  room,
  pill,
  slab,
  gauge,
  bar,
  plug,
  door,
  cable,
  text,
  ground,
  packet,
  arrow,
  tick,
  drum,
};
