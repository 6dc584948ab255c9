// The signs: how each kind of thing is drawn, once for all scenes. build() makes the parts, update() gives them the
// figure's size and words. Colours and strokes are the style sheet's (scenes.css).
import { line, type Selection } from 'd3';
import { fit, fitEnd, type Figure, type SignName } from './figure.ts';

/** Width of a character of the monospace at 12 pixels. */
const ADVANCE = 7.2;
/** Mean width of the sans serif's characters, in its size. */
const SANS = 0.5;

type Group = Selection<SVGGElement, Figure, null, undefined>;

interface Sign {
  build(group: Group): void;
  update(group: Group, figure: Figure): void;
}

const rect = (group: Group, name: string, radius: number): unknown =>
  group.append('rect').attr('class', name).attr('rx', radius);
const words = (group: Group, name: string): unknown => group.append('text').attr('class', name);

/** The text of a part, cut to a width; an empty text leaves nothing behind. */
function say(
  group: Group,
  name: string,
  text: string | undefined,
  x: number,
  y: number,
  width: number,
  size = 12,
): void {
  group
    .select(`text.${name}`)
    .attr('x', x)
    .attr('y', y)
    .text(text === undefined ? '' : fit(text, width, size, size > 12 ? 0.56 : 0.6));
}

function size(group: Group, name: string, figure: Figure): void {
  group.select(`rect.${name}`).attr('width', Math.max(0, figure.w)).attr('height', Math.max(0, figure.h));
}

/** A region: a container's room, a namespace, a group. Its name stands on the lintel. */
const room: Sign = {
  build(group) {
    rect(group, 'wall', 8);
    rect(group, 'shade', 8);
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    size(group, 'wall', figure);
    size(group, 'shade', figure);
    const titleWidth = figure.detail ? figure.w * 0.55 : figure.w - 24;
    say(group, 'title', figure.title, 12, 19, titleWidth, 14);
    const detail = group.select('text.detail').attr('text-anchor', 'end');
    detail
      .attr('x', figure.w - 12)
      .attr('y', 19)
      .text(fit(figure.detail ?? '', figure.w - 36 - (figure.title?.length ?? 0) * 7.8));
  },
};

/** A process. */
const pill: Sign = {
  build(group) {
    rect(group, 'body', 14);
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    size(group, 'body', figure);
    const detail = figure.detail ?? '';
    const left = figure.look?.includes('chip') ? 6 : 10;
    const room = figure.w - 2 * left - (detail ? detail.length * ADVANCE + 12 : 0);
    say(group, 'title', figure.title, left, figure.h / 2 + 4, room);
    group
      .select('text.detail')
      .attr('text-anchor', 'end')
      .attr('x', figure.w - 12)
      .attr('y', figure.h / 2 + 4)
      .text(detail);
  },
};

/** An image layer, or a piece of work; with a note where there is height for a second line. */
const slab: Sign = {
  build(group) {
    rect(group, 'body', 3);
    rect(group, 'done', 3);
    words(group, 'title');
    words(group, 'detail');
    words(group, 'note');
  },
  update(group, figure) {
    size(group, 'body', figure);
    group
      .select('rect.done')
      .attr('height', figure.h)
      .attr('width', figure.w * Math.min(1, figure.share ?? 0));
    const hasNote = figure.note !== undefined && figure.note !== '' && figure.h >= 40;
    const y = hasNote ? figure.h / 2 - 4 : figure.h / 2 + 4;
    const detail = fit(figure.detail ?? '', figure.w - 24 - Math.min(6, figure.title?.length ?? 0) * 7.2);
    say(group, 'title', figure.title, 8, y, figure.w - 20 - detail.length * 7.2);
    group
      .select('text.detail')
      .attr('text-anchor', 'end')
      .attr('x', figure.w - 8)
      .attr('y', y)
      .text(detail);
    say(group, 'note', hasNote ? figure.note : '', 8, y + 16, figure.w - 16);
  },
};

/** How much of a limit is used; the limit is a hard edge. */
const gauge: Sign = {
  build(group) {
    rect(group, 'trough', 2);
    rect(group, 'fill', 2);
    group.append('line').attr('class', 'limit');
    words(group, 'title');
    words(group, 'detail');
    words(group, 'note');
  },
  update(group, figure) {
    const top = 18;
    group
      .select('rect.trough')
      .attr('y', top)
      .attr('width', figure.w)
      .attr('height', figure.h - top);
    group
      .select('rect.fill')
      .attr('y', top)
      .attr('height', figure.h - top)
      .attr('width', Math.max(figure.share ? 2 : 0, figure.w * Math.min(1, figure.share ?? 0)));
    group
      .select('line.limit')
      .attr('x1', figure.w)
      .attr('x2', figure.w)
      .attr('y1', top - 4)
      .attr('y2', figure.h + 4)
      .style('display', figure.limited ? 'inline' : 'none');
    say(group, 'title', figure.title, 0, 12, figure.w);
    group
      .select('text.detail')
      .attr('text-anchor', 'end')
      .attr('x', figure.w)
      .attr('y', 12)
      .text(fit(figure.detail ?? '', figure.w - (figure.title?.length ?? 0) * ADVANCE - 8));
    say(group, 'note', figure.note, 0, figure.h + 16, figure.w + 12);
  },
};

/** A bridge: a bar with sockets. */
const bar: Sign = slab;

/** A network device: the plug of a cable. */
const plug: Sign = {
  build(group) {
    rect(group, 'body', 3);
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    size(group, 'body', figure);
    say(group, 'title', figure.title, 8, figure.detail ? 16 : figure.h / 2 + 4, figure.w - 16);
    say(group, 'detail', figure.detail, 8, 31, figure.w - 12);
  },
};

const door: Sign = plug;

const path = (points: readonly (readonly [number, number])[]): string | null => line()(points.map(([x, y]) => [x, y]));

/** A veth pair's cable, or an arrow from lane to lane: absolute corners, so the group itself stays at the origin. */
const cable: Sign = {
  build(group) {
    group.append('path').attr('class', 'wire');
    words(group, 'title');
  },
  update(group, figure) {
    group.select('path.wire').attr('d', path(figure.points ?? []));
    const [first, last] = [figure.points?.[0], figure.points?.at(-1)];
    if (!first || !last) return;
    const left = Math.min(first[0], last[0]);
    say(
      group,
      'title',
      figure.title,
      left + 8,
      first[1] - 5,
      Math.max(60, figure.w || Math.abs(last[0] - first[0]) - 16),
    );
  },
};

/** An arrow with its label above; `w` is the right end of the stage, beyond which the label does not go. */
const arrow: Sign = {
  build(group) {
    group.append('path').attr('class', 'wire');
    group.append('path').attr('class', 'head');
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    const points = figure.points ?? [];
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return;
    group.select('path.wire').attr('d', path(points));
    const back = last[0] > first[0] ? -7 : 7;
    group.select('path.head').attr('d', `M${last[0]},${last[1]}l${back},-4v8z`);
    const left = Math.min(first[0], last[0]) + 8;
    const detail = figure.detail ?? '';
    // Leftwards the label ends where the times stand.
    const room = figure.w - 88;
    const title = fit(figure.title ?? '', room - detail.length * ADVANCE - 12);
    const whole = title.length * ADVANCE + (detail ? detail.length * ADVANCE + 12 : 0);
    const x = Math.min(left, figure.w - whole);
    const y = first[1] - 6;
    group.select('text.title').attr('x', x).attr('y', y).text(title);
    group
      .select('text.detail')
      .attr('x', x + title.length * ADVANCE + 12)
      .attr('y', y)
      .text(detail);
  },
};

/** A line of words; what NAT made of a packet stands after `⇒`. */
const text: Sign = {
  build(group) {
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    const isSans = figure.look?.includes('quiet') ?? false;
    const isLarge = figure.look?.includes('large') || (isSans && !figure.look?.includes('small'));
    const size = isLarge ? 14 : 12;
    const detail = figure.detail ?? '';
    const title = fit(
      figure.title ?? '',
      figure.w - (detail ? detail.length * ADVANCE + 16 : 0),
      size,
      isSans ? SANS : 0.6,
    );
    const [before = '', after] = title.split('⇒');
    const shown = group.select('text.title').attr('y', 12).text(before);
    if (after !== undefined) shown.append('tspan').attr('class', 'nat').text(`⇒${after}`);
    group.select('text.detail').attr('text-anchor', 'end').attr('x', figure.w).attr('y', 12).text(detail);
  },
};

/** The VM's kernel: the one line on which everything stands. */
const ground: Sign = {
  build(group) {
    group.append('line').attr('class', 'line');
    words(group, 'title');
  },
  update(group, figure) {
    group.select('line').attr('x2', figure.w);
    group
      .select('text.title')
      .attr('y', 18)
      .text(fit(figure.title ?? '', figure.w, 12, SANS));
  },
};

/** A packet: a mark with its protocol; NAT changes its label. */
const packet: Sign = {
  build(group) {
    group.append('circle').attr('class', 'mark').attr('r', 6);
    group.append('path').attr('class', 'cross').attr('d', 'M-6,-6L6,6M6,-6L-6,6');
    words(group, 'title');
  },
  update(group, figure) {
    group
      .select('text.title')
      .attr('x', figure.look?.includes('leftwards') ? -10 : 10)
      .attr('text-anchor', figure.look?.includes('leftwards') ? 'end' : 'start')
      .attr('y', 4)
      .text(figure.title ?? '');
  },
};

/** A file in the writable layer: added, changed or hidden. */
const tick: Sign = {
  build(group) {
    words(group, 'mark');
    words(group, 'title');
  },
  update(group, figure) {
    group
      .select('text.mark')
      .attr('y', 12)
      .text(figure.detail ?? '');
    group
      .select('text.title')
      .attr('x', 16)
      .attr('y', 12)
      .text(fitEnd(figure.title ?? '', figure.w - 16));
  },
};

/** A volume. */
const drum: Sign = {
  build(group) {
    group.append('path').attr('class', 'body');
    group.append('ellipse').attr('class', 'lid');
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    const { w, h } = figure;
    const r = 5;
    group.select('path.body').attr('d', `M0,${r}v${h - 2 * r}a${w / 2},${r} 0 0 0 ${w},0v${-(h - 2 * r)}`);
    group
      .select('ellipse.lid')
      .attr('cx', w / 2)
      .attr('cy', r)
      .attr('rx', w / 2)
      .attr('ry', r);
    group
      .select('text.title')
      .attr('x', 10)
      .attr('y', 26)
      .text(fitEnd(figure.title ?? '', w - 20));
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
