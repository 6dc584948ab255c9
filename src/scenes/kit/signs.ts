// The signs: how each kind of thing is drawn, once for all scenes. build() makes the parts, update() gives them the
// figure's size and words. Colours and strokes are the style sheet's (scenes.css).
import { line, type Selection } from 'd3';
import { fit, type Figure, type SignName } from './figure.ts';

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
    const detailWidth = (figure.detail?.length ?? 0) * 7.2;
    say(group, 'title', figure.title, 10, figure.h / 2 + 4, figure.w - 20 - detailWidth);
    group
      .select('text.detail')
      .attr('text-anchor', 'end')
      .attr('x', figure.w - 12)
      .attr('y', figure.h / 2 + 4)
      .text(figure.detail ?? '');
  },
};

/** An image layer, or a bar of a span. */
const slab: Sign = {
  build(group) {
    rect(group, 'body', 3);
    words(group, 'title');
    words(group, 'detail');
  },
  update(group, figure) {
    size(group, 'body', figure);
    const detail = fit(figure.detail ?? '', figure.w * 0.5);
    say(group, 'title', figure.title, 8, figure.h / 2 + 4, figure.w - 24 - detail.length * 7.2);
    group
      .select('text.detail')
      .attr('text-anchor', 'end')
      .attr('x', figure.w - 8)
      .attr('y', figure.h / 2 + 4)
      .text(figure.w < 150 ? '' : detail);
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
    say(group, 'title', figure.title, 0, 12, figure.w * 0.4);
    group
      .select('text.detail')
      .attr('text-anchor', 'end')
      .attr('x', figure.w)
      .attr('y', 12)
      .text(fit(figure.detail ?? '', figure.w * 0.72));
  },
};

/** A bridge: a bar with sockets. */
const bar: Sign = {
  build(group) {
    rect(group, 'body', 4);
    words(group, 'title');
    words(group, 'detail');
  },
  update: slab.update,
};

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

const arrow: Sign = {
  build(group) {
    cable.build(group);
    group.append('path').attr('class', 'head');
    words(group, 'detail');
  },
  update(group, figure) {
    cable.update(group, figure);
    const [first, last] = [figure.points?.[0], figure.points?.at(-1)];
    if (!first || !last) return;
    const back = last[0] > first[0] ? -7 : 7;
    group.select('path.head').attr('d', `M${last[0]},${last[1]}l${back},-4v8z`);
    const detail = group
      .select('text.detail')
      .attr('text-anchor', 'start')
      .text(figure.detail ?? '');
    detail.attr('x', Math.min(first[0], last[0]) + 22 + (figure.title?.length ?? 0) * 7.2).attr('y', first[1] - 5);
  },
};

const text: Sign = {
  build(group) {
    words(group, 'title');
  },
  update(group, figure) {
    say(group, 'title', figure.title, 0, 12, figure.w, figure.look?.includes('large') ? 14 : 12);
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
    say(group, 'title', figure.title, 0, 18, figure.w);
  },
};

/** A packet: a mark with its protocol; NAT changes its label. */
const packet: Sign = {
  build(group) {
    group.append('circle').attr('class', 'mark').attr('r', 6);
    words(group, 'title');
  },
  update(group, figure) {
    group
      .select('text.title')
      .attr('x', 10)
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
    say(group, 'title', figure.title, 16, 12, figure.w - 16);
  },
};

/** A volume. */
const drum: Sign = {
  build(group) {
    group.append('path').attr('class', 'body');
    group.append('ellipse').attr('class', 'lid');
    words(group, 'title');
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
    say(group, 'title', figure.title, 8, h / 2 + 8, w - 16);
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
