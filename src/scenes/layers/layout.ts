// Layers: each overlay mount is a stack of read-only layers with a writable one on top (overlayfs). Stacks that share
// their lowest layers stand on the very same slab: it is drawn once, as wide as all that stands on it.
import type { Container, Overlay, UpperFile, World } from '../../sim/world.ts';
import { FILE_LIMIT } from '../../sim/reduce/file.ts';
import { bytesText } from '../kit/bytes.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';
import { shortDigest, stateInWords, transfersNow } from '../kit/transfers.ts';
import { MOUNTED, mountInWords, mountPoints, mountsOf, type MountPoint, type Mounts } from '../kit/mounts.ts';
import { drums, drumsHeight, titleOf, travel, travelHeight, type Room } from './outside.ts';
import { layerFacts, stacks, usersOf, type Layer, type LayerFacts, type Top } from './stacks.ts';

const MARGIN = 20;
const GAP = 12;
const SEAM = 4;
const FILE_ROW = 18;
const HEAD = 32;
const FOOT = 64;
const SCROLLBAR = 14;
/** Columns are made narrower than they like to be before the picture has to scroll sideways, down to this share. */
const NARROWEST = 0.36;
/** In a column narrower than this changes are counted, not listed: of their names nothing would be left. */
const TIGHT = 96;
/** Mean width of a character of the legend. */
const LEGEND_ADVANCE = 5.8;
interface Stage {
  readonly world: World;
  readonly facts: ReadonlyMap<string, LayerFacts>;
  /** How much wider than they need to be the columns are. */
  readonly stretch: number;
  /** Grows the slabs where there is height for it. */
  readonly scale: number;
  readonly maxFiles: number;
  readonly figures: Figure[];
  readonly mounts: Mounts;
  /** Layers drawn: one that stands on several others, as the containers' init layer does, is drawn on each of them. */
  readonly drawn: Set<string>;
  /** Where the containers' writable layers stand. */
  readonly rooms: Map<string, Room>;
}

/** Width that a top needs: a container that is written to lists its files, an image only says its name. */
function needOf({ overlay, image }: Top, mounts: Mounts): number {
  if (overlay) return overlay.files.size > 0 || mounts.has(overlay.container ?? '') ? 196 : 136;
  return Math.max(116, (image?.tags[0]?.length ?? 12) * 8 + GAP);
}

const widthOf = (at: Layer, mounts: Mounts): number =>
  at.tops.reduce((sum, top) => sum + needOf(top, mounts), 0) +
  [...at.children.values()].reduce((sum, child) => sum + widthOf(child, mounts), 0);

/** The picture of all stacks. */
export function layout(world: World, width: number, whole: number): Picture {
  const root = stacks(world);
  const mounts = mountPoints(world);
  const transfers = transfersNow(world);
  const wanted = widthOf(root, mounts);
  if (wanted === 0 && transfers.length === 0)
    return emptyPicture(
      'No layers are stacked yet. Start a container from an image:',
      'docker run -it --rm busybox sh',
      width,
      whole,
    );
  // What is wider than the stage scrolls, and its bar takes from the height.
  const height = wanted * NARROWEST + 2 * MARGIN > width + GAP ? whole - SCROLLBAR : whole;
  const stretch = Math.max(NARROWEST, Math.min(1.7, (width - 2 * MARGIN + GAP) / Math.max(1, wanted)));
  const facts = layerFacts(world);
  const above = travelHeight(transfers, width) + drumsHeight(mounts);
  const free = height - FOOT - MARGIN - above;
  const slabs = tallest(root, facts);
  const scale = Math.max(1, Math.min(1.8, (free * 0.5) / Math.max(1, slabs)));
  const maxFiles = Math.max(5, Math.floor((free - slabs * scale - HEAD - 40) / FILE_ROW));
  const figures: Figure[] = [];
  const rooms = new Map<string, Room>();
  const stage: Stage = { world, facts, stretch, scale, maxFiles, figures, mounts, drawn: new Set(), rooms };
  const needed = neededHeight(stage, root);
  const bottom = Math.max(height, needed + above + FOOT + MARGIN) - FOOT;
  const fullWidth = Math.max(width, wanted * stretch - GAP + 2 * MARGIN);
  figures.push({
    key: 'ground',
    sign: 'ground',
    x: MARGIN,
    y: bottom + 6,
    w: fullWidth - 2 * MARGIN,
    h: 20,
    title: 'read-only layers stand here once, however many containers use them',
  });
  legend(bottom + 34, mounts.size > 0, figures);
  let x = MARGIN;
  for (const child of root.children.values()) x += place(stage, child, x, bottom, '');
  for (const top of root.tops) x += placeTop(stage, top, x, bottom);
  travel(transfers, 14, width, figures);
  drums(world, mounts, rooms, 14 + travelHeight(transfers, width), fullWidth, figures);
  return { figures, height: bottom + FOOT, width: fullWidth };
}

/** What the ticks mean; said once, below. */
function legend(y: number, hasMounts: boolean, figures: Figure[]): void {
  const entries: (readonly [mark: string, words: string, look: string])[] = [
    ['+', 'added', 'added'],
    ['~', 'copied up and changed', 'changed'],
    ['×', 'deleted (whiteout)', 'deleted'],
  ];
  if (hasMounts) entries.push([MOUNTED, 'mounted from outside', 'mounted']);
  let x = MARGIN;
  for (const [mark, words, look] of entries) {
    const w = words.length * 7.4 + 20;
    figures.push({
      key: `legend:${look}`,
      sign: 'tick',
      x,
      y,
      w,
      h: 16,
      title: words,
      detail: mark,
      look: `${look} key`,
    });
    x += words.length * LEGEND_ADVANCE + 40;
  }
}

/** Height of the tallest stack of slabs, without what stands on it, at scale 1. */
function tallest(at: Layer, facts: Stage['facts']): number {
  const own = at.name === '' ? 0 : thickness(facts, at.name) + SEAM;
  return own + Math.max(0, ...[...at.children.values()].map((child) => tallest(child, facts)));
}

function neededHeight(stage: Stage, at: Layer): number {
  const own = at.name === '' ? 0 : thickness(stage.facts, at.name) * stage.scale + SEAM;
  const tops = at.tops.map((top) => (top.overlay ? upperHeight(stage, top, top.overlay) : 24));
  const children = [...at.children.values()].map((child) => neededHeight(stage, child));
  return own + Math.max(0, ...tops, ...children);
}

/** Places a layer and what stands on it; answers the width taken. `below` is the layer that it stands on. */
function place(stage: Stage, at: Layer, x: number, bottom: number, below: string): number {
  const w = widthOf(at, stage.mounts) * stage.stretch;
  const h = Math.round(thickness(stage.facts, at.name) * stage.scale);
  const known = stage.facts.get(at.name);
  const users = usersOf(at);
  const isInit = at.name.endsWith('-init');
  const digest = known?.diffId.replace('sha256:', '').slice(0, 6);
  const size = known ? bytesText(known.bytes) : isInit ? '' : 'read-only';
  const only = users.length === 1 ? containerOf(stage.world, users[0]) : undefined;
  const tags = known?.tags.join(', ') ?? '';
  const key = stage.drawn.has(at.name) ? `layer:${at.name} on ${below}` : `layer:${at.name}`;
  stage.drawn.add(at.name);
  stage.figures.push({
    key,
    sign: 'slab',
    x,
    y: bottom - h,
    w: w - GAP,
    h,
    title: digest ?? (isInit ? 'init: /etc/hosts, …' : tailOf(at.dir ?? at.name)),
    detail: [size, users.length > 1 ? `shared by ${users.length}` : ''].filter(Boolean).join(' · '),
    note: tags !== '' && users.length > 0 ? tags : (at.dir ?? '').replace('/var/lib/docker/overlay2/', ''),
    look: users.length > 1 ? 'shared' : only ? 'tinted' : '',
    from: { x: -w, y: bottom - h },
    says: [
      `Read-only layer ${known?.diffId ?? at.name}`,
      ...(known ? [bytesText(known.bytes)] : []),
      ...(tags ? [`top of ${tags}`] : []),
      ...(at.dir ? [`lowerdir ${at.dir}`] : []),
      ...(users.length > 1 ? [`shared by ${users.length}`] : []),
    ].join(', '),
    ...(only ? { hue: only.hue } : {}),
    ...(known ? { opens: known.seq } : {}),
  });
  let inner = x;
  for (const child of at.children.values()) inner += place(stage, child, inner, bottom - h - SEAM, at.name);
  for (const top of at.tops) inner += placeTop(stage, top, inner, bottom - h - SEAM);
  return w;
}

const tailOf = (dir: string): string => dir.split('/').at(-1) ?? dir;

function containerOf(world: World, overlay: Overlay | undefined): Container | undefined {
  return world.containers.get(overlay?.container ?? '');
}

function placeTop(stage: Stage, top: Top, x: number, bottom: number): number {
  const { figures } = stage;
  const column = needOf(top, stage.mounts) * stage.stretch;
  const w = column - GAP;
  if (!top.overlay) {
    const title = top.image?.tags[0] ?? 'image without a name';
    figures.push({ key: `image:${top.key}`, sign: 'text', x, y: bottom - 18, w, h: 16, title, look: 'large' });
    return column;
  }
  const { overlay } = top;
  const container = containerOf(stage.world, overlay);
  const files = tellingFiles(overlay);
  const h = upperHeight(stage, top, overlay);
  const y = bottom - h;
  const name = container?.name ?? overlay.target;
  figures.push({
    key: `upper:${overlay.key}`,
    sign: 'room',
    x,
    y,
    w,
    h,
    title: name,
    detail: isTight(stage, top) ? '' : writtenInWords(files.length, overlay, w),
    look: `lit ${container?.state ?? ''}`,
    opens: overlay.seq,
    says: `Writable layer of ${name}, upperdir ${overlay.upperdir ?? 'none'}: ${files.length} changes`,
    from: { x, y: y - 40 },
    ...(container ? { hue: container.hue } : {}),
  });
  const points = mountsOf(stage.mounts, container);
  if (container) stage.rooms.set(container.id, { x, y, w });
  points.forEach((point, i) => figures.push(mountRow(point, overlay, x + 12, y + HEAD + i * FILE_ROW, w - 24)));
  const filesTop = y + HEAD + points.length * FILE_ROW;
  if (files.length === 0) {
    const title =
      overlay.upperdir === undefined
        ? 'no writable layer'
        : w < TIGHT + 14
          ? 'empty'
          : w < 150
            ? 'nothing written'
            : 'nothing written yet';
    figures.push({
      key: `none:${overlay.key}`,
      sign: 'text',
      x: x + 12,
      y: filesTop - 4,
      w: w - 12,
      h: 16,
      title,
      look: 'quiet small',
    });
  }
  if (isTight(stage, top)) {
    figures.push(...countsOf(overlay, files, x + 12, filesTop, w - 24));
    return column;
  }
  const shown = files.slice(-stage.maxFiles);
  shown.forEach((file, i) => figures.push(tickOf(file, overlay, x + 12, filesTop + i * FILE_ROW, w - 24)));
  if (files.length > shown.length)
    figures.push({
      key: `more:${overlay.key}`,
      sign: 'text',
      x: x + 12,
      y: filesTop + shown.length * FILE_ROW,
      w: w - 24,
      h: 16,
      title: `and ${files.length - shown.length} earlier`,
      look: 'quiet small',
    });
  return column;
}

/** Files that say something: a directory is copied up only because something below it changes. */
export function tellingFiles(overlay: Overlay): UpperFile[] {
  const all = [...overlay.files.values()];
  const parents = new Set<string>();
  for (const { path } of all)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) parents.add(path.slice(0, at));
  return all.filter((file) => file.change === 'deleted' || !parents.has(file.path));
}

function writtenInWords(count: number, overlay: Overlay, w: number): string {
  if (count === 0) return w < 170 ? '' : 'writable';
  return `${count}${overlay.files.size >= FILE_LIMIT ? '+' : ''}${w < 130 ? '' : ' changed'}`;
}

const isTight = (stage: Stage, top: Top): boolean => needOf(top, stage.mounts) * stage.stretch - GAP < TIGHT;

function upperHeight(stage: Stage, top: Top, overlay: Overlay): number {
  const files = tellingFiles(overlay);
  const listed = Math.min(stage.maxFiles, files.length) + (files.length > stage.maxFiles ? 1 : 0);
  const rows = Math.max(1, isTight(stage, top) ? new Set(files.map(({ change }) => change)).size : listed);
  const points = mountsOf(stage.mounts, containerOf(stage.world, overlay)).length;
  return HEAD + (points + rows) * FILE_ROW + 8;
}

/** How many files were added, changed and deleted. */
function countsOf(overlay: Overlay, files: readonly UpperFile[], x: number, top: number, w: number): Figure[] {
  const kinds = (['added', 'changed', 'deleted'] as const).flatMap((change) => {
    const count = files.filter((file) => file.change === change).length;
    return count > 0 ? [{ change, count }] : [];
  });
  return kinds.map(({ change, count }, i) => ({
    key: `count:${overlay.key}:${change}`,
    sign: 'tick',
    x,
    y: top + i * FILE_ROW,
    w,
    h: FILE_ROW,
    title: String(count),
    detail: marks[change],
    look: `${change} key`,
    says: `${count} ${change}`,
  }));
}

function mountRow(point: MountPoint, overlay: Overlay, x: number, y: number, w: number): Figure {
  return {
    key: `mount:${overlay.key}:${point.target}`,
    sign: 'tick',
    x,
    y,
    w,
    h: FILE_ROW,
    title: `${point.target}${point.readOnly ? ' (ro)' : ''}${point.source ? '' : ' tmpfs'}`,
    detail: MOUNTED,
    look: 'mounted',
    opens: point.seq,
    says: mountInWords(point),
    from: { x, y: y - 40 },
  };
}

const marks = { added: '+', changed: '~', deleted: '×' } as const;

function tickOf(file: UpperFile, overlay: Overlay, x: number, y: number, w: number): Figure {
  const how = file.change === 'deleted' ? 'hidden by a whiteout' : file.copiedUp ? 'copied up from below' : file.change;
  return {
    key: `file:${overlay.key}:${file.path}`,
    sign: 'tick',
    x,
    y,
    w,
    h: FILE_ROW,
    title: file.path,
    detail: marks[file.change],
    look: file.change,
    opens: file.seq,
    says: `${file.path}: ${how}`,
    from: { x, y: y + (file.copiedUp ? 60 : 16) },
  };
}

/** By the logarithm of its size: 30 pixels for a kilobyte, 50 for a hundred megabytes. */
function thickness(facts: Stage['facts'], name: string): number {
  const size = facts.get(name)?.bytes ?? 0;
  return Math.round(30 + Math.max(0, Math.log10(Math.max(1, size / 1000))) * 4);
}

const layersInWords = (count: number, kind = ''): string => `${count} ${kind}${count === 1 ? 'layer' : 'layers'}`;

/** What travels, then a line a stack with what is in its writable layer and what is mounted into it. */
export function describe(world: World): string[] {
  const transfers = transfersNow(world);
  const moved = transfers.map((transfer) => `layer ${shortDigest(transfer)} ${stateInWords(transfer)}`);
  const [first] = transfers;
  const mounts = mountPoints(world);
  const lines = [...world.overlays.values()].map((overlay) => {
    const container = containerOf(world, overlay);
    const files = tellingFiles(overlay)
      .slice(-5)
      .map((file) => `${file.path} ${file.change}`);
    const seen = mountsOf(mounts, container).map((point) => `; sees ${mountInWords(point)}`);
    return `${container?.name ?? overlay.target}: writable layer on ${layersInWords(overlay.lowerdirs.length, 'read-only ')}${files.length > 0 ? `; ${files.join(', ')}` : ', nothing written yet'}${seen.join('')}.`;
  });
  const copies = [...world.volumeCopies.values()].map(
    ({ volume, from }) => `Volume ${volume} began as a copy of the image’s ${from}.`,
  );
  const images = [...world.images.values()].map(
    (image) => `Image ${image.tags[0] ?? image.id.slice(7, 19)}: ${layersInWords(image.layers.length)}.`,
  );
  const travelling = first ? [`${titleOf(first)}: ${moved.join('; ')}.`] : [];
  const all = [...travelling, ...lines, ...copies, ...images];
  return all.length > 0 ? all : ['No layers are stacked yet.'];
}
