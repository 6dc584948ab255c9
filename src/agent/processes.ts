// The processes that live now, from /proc: for those that began before tracing did, the page has no other witness. proc(5)
import type { ProcessLine } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import * as sys from '../engine/sys/index.ts';
import { answer } from './files.ts';

const NAMESPACES = ['mnt', 'uts', 'ipc', 'pid', 'net', 'user', 'cgroup', 'time'];

export function serveProcesses(stream: Stream): void {
  const pids = sys
    .readdir('/proc')
    .map((entry) => Number(entry.name))
    .filter((pid) => pid > 0);
  const lines = pids.map(describe).filter((line) => line !== undefined);
  answer(stream, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Undefined if the process has ended meanwhile. */
function describe(pid: number): ProcessLine | undefined {
  const folder = `/proc/${pid}`;
  try {
    const status = sys.readText(`${folder}/status`);
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    const title = sys.readText(`${folder}/cmdline`).replace(/\0+$/, '').replaceAll('\0', ' ');
    const ns: Record<string, number> = {};
    for (const kind of NAMESPACES) {
      const inode = /\[(\d+)\]/.exec(linkQuietly(`${folder}/ns/${kind}`))?.[1];
      if (inode !== undefined) ns[kind] = Number(inode);
    }
    return {
      pid,
      parent: Number(field('PPid')),
      comm: field('Name'),
      title: title || `[${field('Name')}]`,
      innerPids: field('NSpid').split(/\s+/).map(Number),
      ns,
      cgroup: /^0::(.*)$/m.exec(sys.readText(`${folder}/cgroup`))?.[1] ?? '/',
    };
  } catch {
    return undefined;
  }
}

function linkQuietly(path: string): string {
  try {
    return sys.readlink(path);
  } catch {
    return '';
  }
}
