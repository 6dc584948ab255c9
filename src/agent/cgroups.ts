// Values of the cgroups that exist, read about twice a second and sent only when they changed. cgroup v2, Documentation/admin-guide/cgroup-v2.rst
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import { clearInterval, setInterval } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';

const ROOT = '/sys/fs/cgroup';
/** Files that the kernel changes by itself, and files that only somebody's write changes. */
const LIVE = ['cgroup.events', 'memory.current', 'cpu.stat', 'pids.current', 'memory.events'];
const SETTINGS = ['memory.max', 'memory.swap.max', 'cpu.max', 'cpu.weight', 'pids.max', 'io.max', 'cpuset.cpus'];
/** Settings are read, and new cgroups looked for, every so many rounds; of those that the page names, at once. */
const SETTINGS_EVERY = 8;
const BUFFER = new Uint8Array(4096);

interface Watched {
  /** Descriptors stay open: one pread(2) a value. */
  readonly files: Map<string, { readonly fd: number; last: string }>;
  /** Did it use the CPU in the round before? Then the round in which it does not is told too: a rate needs two readings. */
  moving: boolean;
}

export function serveCgroups(stream: Stream, request: Extract<AgentRequest, { kind: 'cgroups' }>): void {
  const watched = new Map<string, Watched>();
  let round = 0;
  const tell = (path: string, group: Watched, settings: boolean): void => {
    const files = changes(group, settings);
    if (files === undefined) drop(watched, path);
    else if (Object.keys(files).length > 0) stream.message({ path, files, atMs: sys.monotonicMs() });
  };
  const sample = (): void => {
    const settings = round++ % SETTINGS_EVERY === 0;
    if (settings) rescan(watched);
    for (const [path, group] of watched) tell(path, group, settings);
  };
  const timer = setInterval(sample, Math.max(100, request.everyMs));
  stream.listener = {
    message: (message) => {
      for (const path of (message as { paths: readonly string[] }).paths) {
        const group = watched.get(path) ?? takeIn(watched, path);
        if (group) tell(path, group, true);
      }
    },
    close: () => {
      clearInterval(timer);
      for (const path of [...watched.keys()]) drop(watched, path);
    },
  };
  sample();
}

/** Changed files; undefined if the cgroup is gone (ENODEV on its files). */
function changes(group: Watched, settings: boolean): Record<string, string> | undefined {
  const files: Record<string, string> = {};
  for (const [name, file] of group.files) {
    if (!settings && SETTINGS.includes(name)) continue;
    const n = sys.raw('pread64', file.fd, BUFFER, BUFFER.byteLength, 0, 0);
    if (n < 0) return undefined;
    const text = sys.latin1Decode(BUFFER.subarray(0, n));
    const isNew = text !== file.last;
    const isRest = name === 'cpu.stat' && group.moving;
    if (name === 'cpu.stat') group.moving = isNew;
    if (!isNew && !isRest) continue;
    file.last = text;
    files[name] = text;
  }
  return files;
}

function drop(watched: Map<string, Watched>, path: string): void {
  for (const file of watched.get(path)?.files.values() ?? []) sys.closeQuietly(file.fd);
  watched.delete(path);
}

function rescan(watched: Map<string, Watched>): void {
  const visit = (path: string): void => {
    for (const entry of sys.readdir(ROOT + path)) {
      const DT_DIR = 4;
      if (entry.type !== DT_DIR) continue;
      const child = `${path}/${entry.name}`;
      if (!watched.has(child)) takeIn(watched, child);
      visit(child);
    }
  };
  try {
    visit('');
  } catch {
    // A cgroup went while its directory was read: the next round sees the rest.
  }
}

/** Undefined if it is gone: every group but the root has the first file. */
function takeIn(watched: Map<string, Watched>, path: string): Watched | undefined {
  const files: Watched['files'] = new Map();
  for (const name of [...LIVE, ...SETTINGS]) {
    const fd = sys.raw('open', `${ROOT}${path}/${name}`, 0o2000000);
    if (fd >= 0) files.set(name, { fd, last: '' });
    else if (files.size === 0) return undefined;
  }
  const group = { files, moving: false };
  watched.set(path, group);
  return group;
}
