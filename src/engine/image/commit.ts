// `docker commit`: the upper directory is packed by a child and unpacked into a new layer at once, which copies and
// hashes it in one go; then config and history are written. The builder ends each of its steps here too.
import { eventAttributes, type Container } from '../dockerd/container/container.ts';
import { now } from '../dockerd/container/create.ts';
import { tarStream } from '../dockerd/container/tar-stream.ts';
import type { ContainerConfig } from '../dockerd/container/types.ts';
import { mergeImageConfig } from '../dockerd/container/merge.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import { ARCHITECTURE, OS } from '../dockerd/platform.ts';
import * as sys from '../sys/index.ts';
import { announceImage } from './announce.ts';
import { applyChanges } from '../build/changes.ts';
import type { Image } from './images.ts';
import type { Layer } from './layers.ts';
import { familiar, type Reference } from './reference.ts';
import type { HistoryEntry, ImageConfig } from './types.ts';

export interface CommitOptions {
  readonly ref: Reference | undefined;
  readonly comment: string;
  readonly author: string;
  /** Freeze the container meanwhile. */
  readonly pause: boolean;
  readonly changes: readonly string[];
  /** Laid over the container's own. */
  readonly config: ContainerConfig | undefined;
  readonly span: string | undefined;
}

export async function commitContainer(daemon: Daemon, container: Container, options: CommitOptions): Promise<Image> {
  const own = container.config as unknown as Record<string, unknown>;
  const config = applyChanges(
    options.config ? mergeImageConfig(options.config, own) : { ...container.config },
    options.changes,
  );
  const freeze = options.pause && container.state.status === 'running';
  if (freeze) await daemon.containerd.call('pause', { id: container.id });
  let layer: Layer;
  try {
    layer = await commitLayer(daemon, container.layer.upperDir, container.layer.parent);
  } finally {
    if (freeze) await daemon.containerd.call('resume', { id: container.id });
  }
  const base = daemon.images.get(container.imageId);
  const image = addImage(daemon, base, [layer], config, {
    created: now(),
    created_by: [container.path, ...container.args].join(' '),
    ...(options.author !== '' && { author: options.author }),
    ...(options.comment !== '' && { comment: options.comment }),
  });
  if (options.ref) daemon.images.tag(options.ref, image.id);
  announceImage(daemon, image, options.span);
  const attributes = {
    comment: options.comment,
    imageID: image.id,
    imageRef: options.ref ? familiar(options.ref) : '',
  };
  daemon.events.emit('container', 'commit', container.id, eventAttributes(container, attributes));
  return image;
}

/** A copy of an upper directory as a read-only layer on top of `parent`. */
export async function commitLayer(daemon: Daemon, upperDir: string, parent: string | undefined): Promise<Layer> {
  const made = daemon.layers.begin();
  try {
    const extract = new sys.TarExtract(made.diffDir, { whiteouts: 'overlay' });
    const sink = {
      write: (bytes: Uint8Array): Promise<void> => Promise.resolve(extract.push(bytes)),
      end: (): Promise<void> => Promise.resolve(),
    };
    await tarStream(sink, upperDir, { overlayUpper: true });
    const { diffId, fileBytes, uncompressedBytes } = extract.finish();
    return daemon.layers.commit(made, parent, `sha256:${diffId}`, fileBytes, { tarBytes: uncompressedBytes });
  } catch (error) {
    daemon.layers.discard(made);
    throw error;
  }
}

/** Writes an image that continues `base` with more layers (none for a step that only changes the config). */
export function addImage(
  daemon: Daemon,
  base: Image | undefined,
  layers: readonly Layer[],
  config: ContainerConfig,
  history: HistoryEntry,
): Image {
  const before = base?.config;
  const file: ImageConfig = {
    architecture: before?.architecture ?? ARCHITECTURE,
    os: before?.os ?? OS,
    created: history.created ?? now(),
    ...(history.author !== undefined && { author: history.author }),
    ...(history.comment !== undefined && { comment: history.comment }),
    config: config as unknown as Record<string, unknown>,
    rootfs: { type: 'layers', diff_ids: [...(before?.rootfs.diff_ids ?? []), ...layers.map((layer) => layer.diffId)] },
    history: [...(before?.history ?? []), layers.length > 0 ? history : { ...history, empty_layer: true }],
  };
  return daemon.images.add(JSON.stringify(file), base?.id);
}
