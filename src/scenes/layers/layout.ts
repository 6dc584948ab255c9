// Layers: each overlay mount is a stack of read-only layers with a writable one on top (overlayfs). Stacks that share
// their lowest layers stand on the very same slab: it is drawn once, as wide as all that stands on it.
import { FILE_LIMIT } from '../../sim/reduce/file.ts';
import type { ImageInfo, Overlay, UpperFile, World } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';

const MARGIN = 20;
const GAP = 12;
const FILE_ROW = 17;
const MAX_FILES = 8;
const TOP_SPACE = 34;

/** A layer in the tree of stacks; leaves carry a container's writable layer or an image that none uses. */
interface Node {
  readonly dir: string;
  readonly children: Map<string, Node>;
  readonly tops: Top[];
}
interface Top {
  readonly key: string;
  readonly overlay?: Overlay;
  readonly image?: ImageInfo;
}

const node = (dir: string): Node => ({ dir, children: new Map(), tops: [] });

/** Docker names a layer's directory in several ways (`l/ABC`, `/…/overlay2/<id>/diff`): its last telling part names it. */
export function layerName(dir: string): string {
  return (
    dir
      .replace(/\/(diff|fs)$/, '')
      .split('/')
      .at(-1) ?? dir
  );
}

function insert(root: Node, dirs: readonly string[], top: Top): void {
  let at = root;
  for (const dir of dirs) {
    const name = layerName(dir);
    const next = at.children.get(name) ?? node(name);
    at.children.set(name, next);
    at = next;
  }
  at.tops.push(top);
}

/** All stacks, lowest layer first; an image that some container stands on needs no top of its own. */
function stacks(world: World): Node {
  const root = node('');
  const overlays = [...world.overlays.values()]
    .filter((overlay) => overlay.lowerdirs.length > 0)
    .sort((a, b) => a.seq - b.seq);
  for (const overlay of overlays) insert(root, [...overlay.lowerdirs].reverse(), { key: overlay.key, overlay });
  for (const image of world.images.values()) {
    const dirs = image.layers.map((layer) => layer.dir);
    const used = overlays.some((overlay) =>
      dirs.every((dir) => overlay.lowerdirs.some((lower) => layerName(lower) === layerName(dir))),
    );
    if (!used && dirs.length > 0) insert(root, dirs, { key: image.id, image });
  }
  return root;
}

const leaves = (at: Node): number =>
  at.tops.length + [...at.children.values()].reduce((sum, child) => sum + leaves(child), 0);

/** The picture of all stacks. */
export function layout(world: World, width: number, height: number): Picture {
  const root = stacks(world);
  const count = leaves(root);
  if (count === 0)
    return emptyPicture(
      'No layers are stacked yet. Start a container from an image:',
      'docker run -it --rm busybox sh',
      width,
      height,
    );
  const column = Math.max(150, (width - 2 * MARGIN) / count);
  const figures: Figure[] = [];
  const bottom = Math.max(height, neededHeight(world, root)) - 44;
  figures.push({
    key: 'ground',
    sign: 'ground',
    x: MARGIN,
    y: bottom + 6,
    w: width - 2 * MARGIN,
    h: 20,
    title: 'read-only layers below, one writable layer on top of each container',
  });
  let x = MARGIN;
  for (const child of root.children.values()) x += place(world, child, x, bottom, column, figures);
  for (const top of root.tops) x += placeTop(world, top, x, bottom, column, figures);
  return { figures, height: bottom + 44 };
}

function neededHeight(world: World, at: Node, below = 0): number {
  const own = at.dir === '' ? 0 : thickness(world, at.dir) + 4;
  const tops = at.tops.map(
    (top) => below + own + (top.overlay ? upperHeight(top.overlay) + TOP_SPACE : TOP_SPACE) + 70,
  );
  return Math.max(0, ...tops, ...[...at.children.values()].map((child) => neededHeight(world, child, below + own)));
}

/** Places a layer and what stands on it; answers the width taken. */
function place(world: World, at: Node, x: number, bottom: number, column: number, figures: Figure[]): number {
  const w = leaves(at) * column;
  const h = thickness(world, at.dir);
  const known = layerInfo(world, at.dir);
  const shared = [...usersOf(at)].length;
  figures.push({
    key: `layer:${at.dir}`,
    sign: 'slab',
    x,
    y: bottom - h,
    w: w - GAP,
    h,
    title: known ? known.diffId.replace('sha256:', '').slice(0, 6) : at.dir.slice(0, 6),
    detail: known ? bytes(known.bytes) : 'read-only',
    look: shared > 1 ? 'shared' : '',
    from: { x: -w, y: bottom - h },
    says: `Read-only layer ${known?.diffId ?? at.dir}${known ? `, ${bytes(known.bytes)}` : ''}${shared > 1 ? `, shared by ${shared}` : ''}`,
    ...(known ? { opens: known.seq } : {}),
  });
  let inner = x;
  for (const child of at.children.values()) inner += place(world, child, inner, bottom - h - 4, column, figures);
  for (const top of at.tops) inner += placeTop(world, top, inner, bottom - h - 4, column, figures);
  return w;
}

function usersOf(at: Node): Set<string> {
  const users = new Set(at.tops.map((top) => top.key));
  for (const child of at.children.values()) for (const user of usersOf(child)) users.add(user);
  return users;
}

function placeTop(world: World, top: Top, x: number, bottom: number, column: number, figures: Figure[]): number {
  const w = column - GAP;
  if (!top.overlay) {
    figures.push({
      key: `image:${top.key}`,
      sign: 'text',
      x,
      y: bottom - 20,
      w,
      h: 16,
      title: top.image?.tags[0] ?? 'image without a name',
      look: 'large',
    });
    return column;
  }
  const { overlay } = top;
  const container = overlay.container === undefined ? undefined : world.containers.get(overlay.container);
  const files = [...overlay.files.values()];
  const h = upperHeight(overlay);
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
    detail: files.length > 0 ? `${files.length}${files.length >= FILE_LIMIT ? '+' : ''} changed` : 'writable',
    look: `lit ${container?.state ?? ''}`,
    opens: overlay.seq,
    says: `Writable layer of ${name}: ${files.length} changes`,
    from: { x, y: y - 40 },
    ...(container ? { hue: container.hue } : {}),
  });
  const shown = files.slice(-MAX_FILES);
  shown.forEach((file, i) => figures.push(tickOf(file, overlay, x + 12, y + 30 + i * FILE_ROW, w - 24)));
  if (files.length > shown.length)
    figures.push({
      key: `more:${overlay.key}`,
      sign: 'text',
      x: x + 12,
      y: y + 30 + shown.length * FILE_ROW,
      w: w - 24,
      h: 16,
      title: `and ${files.length - shown.length} more`,
      look: 'quiet',
    });
  return column;
}

function upperHeight(overlay: Overlay): number {
  const count = Math.min(MAX_FILES, overlay.files.size) + (overlay.files.size > MAX_FILES ? 1 : 0);
  return 36 + count * FILE_ROW + (count > 0 ? 6 : 0);
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

function layerInfo(world: World, name: string): (ImageInfo['layers'][number] & { seq: number }) | undefined {
  for (const image of world.images.values()) {
    const layer = image.layers.find((candidate) => layerName(candidate.dir) === name);
    if (layer) return { ...layer, seq: image.seq };
  }
  return undefined;
}

/** By the logarithm of its size: 20 pixels for a kilobyte, 60 for a hundred megabytes. */
function thickness(world: World, name: string): number {
  const size = layerInfo(world, name)?.bytes ?? 0;
  return Math.round(24 + Math.max(0, Math.log10(Math.max(1, size / 1000))) * 7);
}

function bytes(size: number): string {
  return size < 1000 ? `${size} B` : size < 1e6 ? `${(size / 1e3).toFixed(0)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** A line a stack, then what is in its writable layer. */
export function describe(world: World): string[] {
  const lines = [...world.overlays.values()].map((overlay) => {
    const container = world.containers.get(overlay.container ?? '');
    const files = [...overlay.files.values()].slice(-5).map((file) => `${file.path} ${file.change}`);
    return `${container?.name ?? overlay.target}: writable layer on ${overlay.lowerdirs.length} read-only layers${files.length > 0 ? `; ${files.join(', ')}` : ', nothing written yet'}.`;
  });
  const images = [...world.images.values()].map(
    (image) => `Image ${image.tags[0] ?? image.id.slice(7, 19)}: ${image.layers.length} layers.`,
  );
  return lines.length + images.length > 0 ? [...lines, ...images] : ['No layers are stacked yet.'];
}
