// Processes and namespaces: fork, exec, exit, unshare and setns, as the kernel's scheduler and nsproxy report them.
import type { EventHead, NamespaceSet, ProcessEvent } from '../../protocol/events.ts';
import { drop, put } from '../collections.ts';
import { containerOfCgroup, type Container, type Namespace, type Process, type World } from '../world.ts';

type Event = EventHead & ProcessEvent;

/** Fold one event about processes. An event about a process never seen leaves the World as it is. */
export function reduceProcess(world: World, event: Event): World {
  switch (event.kind) {
    case 'process.fork': {
      if (event.child !== event.childTgid) return world; // a thread
      const parent = world.processes.get(event.parent);
      const born: Process = {
        pid: event.child,
        parent: event.parent,
        title: event.childComm,
        ...(parent?.path === undefined ? {} : { path: parent.path }),
        ...(parent?.argv === undefined ? {} : { argv: parent.argv }),
        innerPids: event.innerPids,
        ns: { ...parent?.ns, ...event.ns },
        cgroup: cgroupById(world, event.cgroupId) ?? parent?.cgroup ?? '/',
        startedNs: event.timeNs,
        seq: event.seq,
      };
      const next = withProcess(world, born, event.seq);
      return copyMounts(next, parent?.ns.mnt, born.ns.mnt);
    }
    case 'process.seen': {
      const seen: Process = {
        pid: event.target,
        parent: event.parent,
        title: ownName(event),
        innerPids: event.innerPids,
        ns: event.ns,
        cgroup: event.cgroup ?? '/',
        startedNs: event.timeNs,
        seq: event.seq,
      };
      const next = withProcess(world, seen, event.seq);
      return event.target === 1 ? { ...next, hostNs: event.ns } : next;
    }
    case 'process.exec':
      // The program that said what it was doing is gone.
      return change({ ...world, steps: drop(world.steps, event.pid) }, event.pid, (process) => ({
        ...process,
        path: event.path,
        title: event.comm && event.comm !== process.title ? event.comm : (event.path.split('/').at(-1) ?? event.path),
        ...(event.argv ? { argv: event.argv } : {}),
      }));
    case 'process.title':
      // The program calls itself something else than its command line does (prctl(2) PR_SET_NAME).
      return change(world, event.pid, ({ argv: _before, ...process }) => ({ ...process, title: event.title }));
    case 'process.exit':
      return event.pid === event.tgid ? exit(world, event) : world;
    case 'namespace.enter': {
      const process = world.processes.get(event.target);
      if (!process) return world;
      const next = withProcess(world, { ...process, ns: { ...process.ns, ...event.ns } }, event.seq);
      const entered = copyMounts(next, process.ns.mnt, event.ns.mnt);
      // A mount namespace that its last process leaves is gone, or kept by a descriptor for a moment, and its number soon another's.
      const { mnt: left } = process.ns;
      return left === undefined || left === event.ns.mnt ? entered : forgetNamespaces(entered, { mnt: left });
    }
    case 'uts.hostname': {
      const inode = event.uts ?? world.processes.get(event.pid)?.ns.uts;
      if (inode === undefined) return world;
      const key = `uts:${inode}`;
      const namespace = world.namespaces.get(key) ?? { kind: 'uts' as const, inode, seq: event.seq };
      return { ...world, namespaces: put(world.namespaces, key, { ...namespace, hostname: event.name }) };
    }
  }
}

/** The command line, unless the program gave itself a name that is not its file's. */
function ownName({ title, comm }: Event & { kind: 'process.seen' }): string {
  const file = /^\S*?([^/\s]*)(?:\s|$)/.exec(title)?.[1] ?? '';
  return comm === '' || title.startsWith('[') || file.replace(/^-/, '').startsWith(comm) ? title : comm;
}

/** The World with the process as given; its container, if it has one, shown as the kernel now has it. */
export function withProcess(world: World, process: Process, seq: number): World {
  const next = {
    ...world,
    processes: put(world.processes, process.pid, process),
    namespaces: withNamespaces(world.namespaces, process.ns, seq),
  };
  return refreshContainer(next, containerOfCgroup(process.cgroup));
}

function change(world: World, pid: number, edit: (process: Process) => Process): World {
  const process = world.processes.get(pid);
  return process ? { ...world, processes: put(world.processes, pid, edit(process)) } : world;
}

function exit(world: World, event: Event & { kind: 'process.exit' }): World {
  const process = world.processes.get(event.pid);
  if (!process) return world;
  const processes = new Map(world.processes);
  processes.delete(event.pid);
  // Orphans go to the nearest ancestor that is left; the exact subreaper shows itself when they exit.
  for (const child of world.processes.values())
    if (child.parent === event.pid) processes.set(child.pid, { ...child, parent: reaper(world, process) });
  let next: World = {
    ...world,
    processes,
    openSpans: drop(world.openSpans, event.pid),
    steps: drop(world.steps, event.pid),
  };
  next = forgetNamespaces(next, process.ns);
  const id = containerOfCgroup(process.cgroup);
  const container = id && next.containers.get(id);
  if (container && container.initPid === event.pid) {
    const code = event.signal ? 128 + event.signal : event.exitCode;
    const { initPid: _gone, ...rest } = container;
    const ended: Container = code === undefined ? rest : { ...rest, exitCode: code };
    next = { ...next, containers: put(next.containers, container.id, ended) };
  }
  return refreshContainer(next, id);
}

function reaper(world: World, process: Process): number {
  let at = world.processes.get(process.parent);
  while (at && !world.processes.has(at.pid)) at = world.processes.get(at.parent);
  return at?.pid ?? 1;
}

function cgroupById(world: World, id: number | undefined): string | undefined {
  if (id === undefined) return undefined;
  for (const cgroup of world.cgroups.values()) if (cgroup.id === id) return cgroup.path;
  return undefined;
}

function withNamespaces(
  namespaces: ReadonlyMap<string, Namespace>,
  set: NamespaceSet,
  seq: number,
): ReadonlyMap<string, Namespace> {
  let next: Map<string, Namespace> | undefined;
  for (const [kind, inode] of Object.entries(set)) {
    const key = `${kind}:${inode}`;
    if (namespaces.has(key)) continue;
    next ??= new Map(namespaces);
    next.set(key, { kind: kind as Namespace['kind'], inode, seq });
  }
  return next ?? namespaces;
}

/** Namespaces live as long as a process is in them (those that a file keeps alive are shown with their mount). */
function forgetNamespaces(world: World, set: NamespaceSet): World {
  const gone = Object.entries(set).filter(([kind, inode]) => {
    for (const other of world.processes.values()) if (other.ns[kind as Namespace['kind']] === inode) return false;
    return true;
  });
  if (gone.length === 0) return world;
  const namespaces = new Map(world.namespaces);
  let { mounts, links, overlays } = world;
  for (const [kind, inode] of gone) {
    namespaces.delete(`${kind}:${inode}`);
    if (kind === 'mnt') {
      mounts = drop(mounts, inode);
      for (const overlay of world.overlays.values())
        if (overlay.mntNs === inode) overlays = drop(overlays, overlay.key);
    }
    if (kind === 'net')
      for (const link of world.links.values()) if (link.netns === inode) links = drop(links, link.key);
  }
  return { ...world, namespaces, mounts, links, overlays };
}

/** A new mount namespace begins as a copy of its maker's (mount_namespaces(7)). */
function copyMounts(world: World, from: number | undefined, to: number | undefined): World {
  if (to === undefined || from === undefined || from === to || world.mounts.has(to)) return world;
  return { ...world, mounts: put(world.mounts, to, world.mounts.get(from) ?? []) };
}

/** Set a container's state by what the kernel shows: processes in its cgroup, and whether that is frozen. */
export function refreshContainer(world: World, id: string | undefined): World {
  const container = id === undefined ? undefined : world.containers.get(id);
  if (!container) return world;
  let init: Process | undefined;
  let members = 0;
  for (const process of world.processes.values()) {
    if (containerOfCgroup(process.cgroup) !== container.id) continue;
    members++;
    if (process.innerPids.at(-1) === 1 && process.innerPids.length > 1) init = process;
    else if (!init && process.pid === container.initPid) init = process;
  }
  const ran = container.state !== 'created' || members > 0;
  const frozen = world.cgroups.get(container.cgroup)?.frozen ?? false;
  const state = members > 0 ? (frozen ? 'paused' : 'running') : ran ? 'exited' : 'created';
  const { initPid: _before, exitCode, ...rest } = container;
  const next: Container = {
    ...rest,
    ...(init ? { initPid: init.pid } : {}),
    ...(exitCode !== undefined && members === 0 ? { exitCode } : {}),
    state,
  };
  const same =
    next.state === container.state && next.initPid === container.initPid && next.exitCode === container.exitCode;
  return same ? world : { ...world, containers: put(world.containers, container.id, next) };
}
