// Mounts as mount_namespaces(7) and mount(2) define them: bind, remount, move, propagation changes, pivot_root, umount.
import type { EventHead, MountEvent } from '../../protocol/events.ts';
import { drop, put } from '../collections.ts';
import { containerOfPid, type Mount, type Overlay, type World } from '../world.ts';

const MS_REMOUNT = 0x20;
const MS_BIND = 0x1000;
const MS_MOVE = 0x2000;
/** MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED: these change how a mount propagates and mount nothing. */
const MS_PROPAGATION = 0x1e0000;

type Event = EventHead & MountEvent;

/** Fold one event about mounts; a call that failed changes nothing. */
export function reduceMount(world: World, event: Event): World {
  if (event.kind === 'mountinfo') return fromMountinfo(world, event);
  if ((event.result ?? 0) !== 0) return world;
  const before = world.mounts.get(event.mntNs) ?? [];
  switch (event.kind) {
    case 'mount': {
      if (event.flags & MS_PROPAGATION) return world;
      const mount = {
        source: event.source,
        target: event.target,
        fsType: event.fsType,
        flags: event.flags,
        data: event.data ?? '',
        seq: event.seq,
      };
      if (event.flags & MS_REMOUNT)
        return withMounts(
          world,
          event.mntNs,
          before.map((m) => (m.target === event.target ? { ...m, flags: event.flags & ~MS_REMOUNT } : m)),
        );
      if (event.flags & MS_MOVE)
        return withMounts(
          world,
          event.mntNs,
          before.map((m) => (m.target === event.source ? { ...m, target: event.target } : m)),
        );
      const next = withMounts(world, event.mntNs, [...before, mount]);
      return event.fsType === 'overlay' && !(event.flags & MS_BIND) ? withOverlay(next, event, mount) : next;
    }
    case 'umount': {
      const gone = before.filter(
        (m) => m.target === event.target || (event.flags & 2 && m.target.startsWith(`${event.target}/`)),
      );
      let next = withMounts(
        world,
        event.mntNs,
        before.filter((m) => !gone.includes(m)),
      );
      for (const overlay of next.overlays.values())
        if (overlay.mntNs === event.mntNs && overlay.target === event.target)
          next = { ...next, overlays: drop(next.overlays, overlay.key) };
      return next;
    }
    case 'pivot_root': {
      const newRoot = event.newRoot === '.' ? workingDirectory(before) : event.newRoot;
      return withMounts(
        world,
        event.mntNs,
        before.flatMap((m) => pivoted(m, newRoot)),
      );
    }
  }
}

/**
 * What `.` is in `pivot_root(".", ".")`: the new root must be a mount point, so its maker has bound it onto itself just
 * before (pivot_root(2), Notes), or mounted it.
 */
function workingDirectory(mounts: readonly Mount[]): string {
  return mounts.findLast((m) => m.source === m.target && m.flags & MS_BIND)?.target ?? '.';
}

/** After pivot_root the new root's mounts lose its path; the old root is about to be unmounted and is not shown. */
function pivoted(mount: Mount, newRoot: string): Mount[] {
  if (newRoot === '.') return [mount];
  if (mount.target === newRoot) return [{ ...mount, target: '/' }];
  return mount.target.startsWith(`${newRoot}/`) ? [{ ...mount, target: mount.target.slice(newRoot.length) }] : [];
}

function withMounts(world: World, mntNs: number, mounts: readonly Mount[]): World {
  return { ...world, mounts: put(world.mounts, mntNs, mounts) };
}

/** Options of an overlay mount, as in its data string: `lowerdir=a:b,upperdir=u,workdir=w`. */
export function overlayOptions(data: string): { lowerdirs: string[]; upperdir?: string; workdir?: string } {
  const option = (name: string) => new RegExp(`(?:^|,)${name}=([^,]*)`).exec(data)?.[1];
  const upperdir = option('upperdir');
  const workdir = option('workdir');
  return {
    lowerdirs: (option('lowerdir') ?? '').split(/(?<!\\):/).filter((dir) => dir !== ''),
    ...(upperdir ? { upperdir } : {}),
    ...(workdir ? { workdir } : {}),
  };
}

function withOverlay(world: World, event: Event & { kind: 'mount' }, mount: Mount): World {
  const options = overlayOptions(mount.data);
  const key = options.upperdir ?? mount.target;
  const container = containerOfPid(world, event.pid) ?? containerOfDirectory(world, options.upperdir);
  const known = world.overlays.get(key);
  const overlay: Overlay = {
    ...options,
    key,
    target: mount.target,
    mntNs: event.mntNs,
    ...(event.dev === undefined ? {} : { dev: event.dev }),
    ...(container ? { container } : {}),
    files: known?.files ?? new Map(),
    seq: event.seq,
  };
  return { ...world, overlays: put(world.overlays, key, overlay) };
}

/** The container whose engine said that this is its upper directory. */
export function containerOfDirectory(world: World, upperdir: string | undefined): string | undefined {
  if (!upperdir) return undefined;
  for (const container of world.containers.values())
    if (sameLayer(container.config['upperDir'], upperdir)) return container.id;
  return undefined;
}

/** Two names for one directory: the engine may mount by a path relative to its root. */
function sameLayer(said: unknown, upperdir: string): boolean {
  return (
    typeof said === 'string' &&
    said !== '' &&
    (said === upperdir || said.endsWith(`/${upperdir}`) || upperdir.endsWith(`/${said}`))
  );
}

/** The kernel's own list, /proc/PID/mountinfo (proc_pid_mountinfo(5)), stands above anything folded from calls. */
function fromMountinfo(world: World, event: Event & { kind: 'mountinfo' }): World {
  const mounts: Mount[] = [];
  let { overlays } = world;
  for (const line of event.text.split('\n')) {
    const [left, right] = line.split(' - ');
    const fields = left?.split(' ') ?? [];
    const [fsType, source, data] = right?.split(' ') ?? [];
    const [major, minor] = (fields[2] ?? '').split(':').map(Number);
    const target = fields[4]?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    if (!fsType || target === undefined) continue;
    const known = world.mounts.get(event.mntNs)?.find((m) => m.target === target && m.fsType === fsType);
    mounts.push({
      source: source ?? '',
      target,
      fsType,
      flags: known?.flags ?? 0,
      data: data ?? '',
      seq: known?.seq ?? event.seq,
    });
    if (fsType !== 'overlay') continue;
    const options = overlayOptions(data ?? '');
    const key = options.upperdir ?? target;
    const before = overlays.get(key);
    const container = before?.container ?? containerOfDirectory(world, options.upperdir);
    const dev = (major ?? 0) * 2 ** 20 + (minor ?? 0);
    overlays = put(overlays, key, {
      ...options,
      files: new Map(),
      mntNs: event.mntNs,
      seq: event.seq,
      target,
      key,
      ...before,
      dev,
      ...(container ? { container } : {}),
    });
  }
  return { ...withMounts(world, event.mntNs, mounts), overlays };
}
