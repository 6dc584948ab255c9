// Changes in an overlay's writable layer: files made there, copied up from below, and whiteouts that hide one below.
import type { EventHead, FileEvent } from '../../protocol/events.ts';
import { put } from '../collections.ts';
import { containerOfPid, type Overlay, type UpperFile, type World } from '../world.ts';

/** How many changed files an overlay remembers; beyond it the oldest go, and a scene says that there are more. */
export const FILE_LIMIT = 400;

/** Fold one change. The overlay is found by its device number, else by the container of the process that wrote. */
export function reduceFile(world: World, event: EventHead & FileEvent): World {
  if ((event.result ?? 0) < 0) return world;
  const overlay = overlayOf(world, event);
  if (!overlay) return world;
  const files = new Map(overlay.files);
  if (event.change === 'rename' && event.to !== undefined) {
    leave(files, event.path, event.seq);
    files.set(event.to, { path: event.to, change: 'added', copiedUp: false, seq: event.seq });
  } else if (event.change === 'remove') leave(files, event.path, event.seq);
  else files.set(event.path, changed(files.get(event.path), event));
  for (const path of files.keys()) {
    if (files.size <= FILE_LIMIT) break;
    files.delete(path);
  }
  return { ...world, overlays: put(world.overlays, overlay.key, { ...overlay, files }) };
}

/** A file is no longer at its path: a whiteout stays where a lower layer has one too, else nothing does. */
function leave(files: Map<string, UpperFile>, path: string, seq: number): void {
  const before = files.get(path);
  if (before?.copiedUp) files.set(path, { ...before, change: 'deleted', seq });
  else files.delete(path);
}

function overlayOf(world: World, event: EventHead & FileEvent): Overlay | undefined {
  for (const overlay of world.overlays.values())
    if (overlay.dev !== undefined && overlay.dev === event.overlayDev) return overlay;
  const container = containerOfPid(world, event.pid);
  const mntNs = world.processes.get(event.pid)?.ns.mnt;
  for (const overlay of world.overlays.values()) {
    if (container ? overlay.container === container : overlay.mntNs === mntNs && mntNs !== undefined) return overlay;
  }
  return undefined;
}

function changed(before: UpperFile | undefined, event: EventHead & FileEvent): UpperFile {
  const copiedUp = (before?.copiedUp ?? false) || event.change === 'copy-up';
  const change = event.change === 'whiteout' ? 'deleted' : copiedUp || event.change === 'modify' ? 'changed' : 'added';
  return {
    path: event.path,
    change: before?.change === 'added' && change === 'changed' ? 'added' : change,
    copiedUp,
    seq: event.seq,
  };
}
