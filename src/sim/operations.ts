// Which events a student sees as an operation of the kernel, its short label, and what its call means in one sentence.
import type { WorldEvent } from '../protocol/events.ts';
import { containerOfCgroup, containerOfPid, type Operation, type World } from './world.ts';

interface Shape {
  readonly name: string;
  readonly label: string;
  readonly args: Readonly<Record<string, string | number>>;
  readonly result?: number | undefined;
  readonly container?: string | undefined;
}

/** The operation that an event is, seen from the World just after it; undefined for samples, packets and spans. */
export function operationOf(world: World, event: WorldEvent): Operation | undefined {
  const shape = shapeOf(event);
  if (!shape) return undefined;
  // The process that runs while the kernel handles packets is any process: it has no part in it.
  if (event.kind === 'packet.drop') {
    const { name, label, args } = shape;
    return { seq: event.seq, timeNs: event.timeNs, pid: 0, comm: '', name, label, args };
  }
  const container = shape.container ?? containerOfPid(world, event.pid);
  const open = world.openSpans.get(event.pid) ?? [];
  const innermost = open.at(-1);
  const step = world.steps.get(event.pid);
  return {
    seq: event.seq,
    timeNs: event.timeNs,
    pid: event.pid,
    comm: event.comm,
    name: shape.name,
    label: shape.label,
    args: shape.args,
    ...(shape.result === undefined ? {} : { result: shape.result }),
    ...(container === undefined ? {} : { container }),
    ...(innermost === undefined ? {} : { span: innermost }),
    ...(step ? { step } : {}),
  };
}

function shapeOf(event: WorldEvent): Shape | undefined {
  switch (event.kind) {
    case 'process.fork': {
      if (event.child !== event.childTgid) return undefined;
      const kinds = Object.keys(event.ns).length;
      return {
        name: 'clone',
        label: `clone → ${event.child}`,
        args: { child: event.child, ...(kinds ? event.ns : {}) },
        result: event.child,
      };
    }
    case 'process.exec':
      return {
        name: 'execve',
        label: `execve ${(event.argv ?? [event.path]).join(' ')}`,
        args: { path: event.path, ...(event.argv ? { argv: event.argv.join(' ') } : {}) },
        result: 0,
      };
    case 'process.exit':
      if (event.pid !== event.tgid) return undefined;
      return {
        name: 'exit_group',
        label: event.signal ? `killed by signal ${event.signal}` : `exit ${event.exitCode ?? ''}`.trim(),
        args: event.signal ? { signal: event.signal } : { status: event.exitCode ?? 0 },
      };
    case 'namespace.enter':
      return {
        name: 'setns',
        label: `in ${Object.entries(event.ns)
          .map(([kind, inode]) => `${kind}:[${inode}]`)
          .join(' ')}`,
        args: { target: event.target, ...event.ns },
      };
    case 'uts.hostname':
      return { name: 'sethostname', label: `sethostname ${event.name}`, args: { name: event.name }, result: 0 };
    case 'syscall':
      return {
        name: event.name,
        label: `${event.name} ${Object.values(event.args).slice(0, 2).join(' ')}`.trim(),
        args: event.args,
        result: event.result,
      };
    case 'mount':
      return {
        name: 'mount',
        label: `mount ${event.fsType || event.source} on ${event.target}`,
        args: {
          source: event.source,
          target: event.target,
          type: event.fsType,
          flags: `0x${event.flags.toString(16)}`,
          ...(event.data ? { data: event.data } : {}),
        },
        result: event.result,
      };
    case 'umount':
      return {
        name: 'umount2',
        label: `umount ${event.target}`,
        args: { target: event.target, flags: event.flags },
        result: event.result,
      };
    case 'pivot_root':
      return {
        name: 'pivot_root',
        label: `pivot_root ${event.newRoot}`,
        args: { new_root: event.newRoot, put_old: event.putOld },
        result: event.result,
      };
    case 'cgroup.mkdir':
      return {
        name: 'mkdir',
        label: `mkdir /sys/fs/cgroup${event.path}`,
        args: { path: event.path, id: event.id },
        container: containerOfCgroup(event.path),
      };
    case 'cgroup.rmdir':
      return {
        name: 'rmdir',
        label: `rmdir /sys/fs/cgroup${event.path}`,
        args: { path: event.path },
        container: containerOfCgroup(event.path),
      };
    case 'cgroup.attach':
      return {
        name: 'cgroup.procs',
        label: `${event.target} > ${event.path}/cgroup.procs`,
        args: { path: event.path, pid: event.target },
        container: containerOfCgroup(event.path),
      };
    case 'cgroup.freeze':
      return {
        name: 'cgroup.freeze',
        label: event.frozen ? 'frozen' : 'thawed',
        args: { path: event.path, frozen: event.frozen ? 1 : 0 },
        container: containerOfCgroup(event.path),
      };
    case 'cgroup.write':
      return {
        name: event.file,
        label: `${event.value.trim()} > ${event.file}`,
        args: { path: event.path, file: event.file, value: event.value.trim() },
        container: containerOfCgroup(event.path),
      };
    case 'oom.kill':
      return {
        name: 'oom_kill',
        label: `out of memory: kill ${event.target}`,
        args: { pid: event.target, comm: event.targetComm },
      };
    case 'link.move':
      return {
        name: 'RTM_SETLINK',
        label: `${event.name} → netns ${event.toNetns}`,
        args: { device: event.name, from: event.netns, to: event.toNetns },
      };
    case 'link.delete':
      return { name: 'RTM_DELLINK', label: `del ${event.name}`, args: { device: event.name, netns: event.netns } };
    case 'link':
      return {
        name: 'RTM_NEWLINK',
        label: `${event.linkType ?? 'link'} ${event.name}`,
        args: {
          device: event.name,
          ifindex: event.ifindex,
          netns: event.netns,
          flags: `0x${event.flags.toString(16)}`,
        },
      };
    case 'address':
      return {
        name: event.removed ? 'RTM_DELADDR' : 'RTM_NEWADDR',
        label: `${event.removed ? 'del' : 'add'} ${event.address}`,
        args: { address: event.address, ifindex: event.ifindex, netns: event.netns },
      };
    case 'xtables.replace':
      return {
        name: 'IPT_SO_SET_REPLACE',
        label: `iptables -t ${event.table}`,
        args: { table: event.table, netns: event.netns },
      };
    case 'packet.drop':
      return {
        name: event.reason,
        label: `drop ${event.packet.protocol} ${event.packet.source} → ${event.packet.destination}`,
        args: {
          hook: event.hook,
          source: event.packet.source,
          destination: event.packet.destination,
          ...(event.device ? { in: event.device } : {}),
          ...(event.outDevice ? { out: event.outDevice } : {}),
        },
      };
    case 'file':
      return {
        name: event.change,
        label: `${event.change} ${event.path}`,
        args: { path: event.path, change: event.change },
        result: event.result,
      };
    default:
      return undefined;
  }
}

const meanings: Readonly<Record<string, string>> = {
  clone: 'A process made a copy of itself; flags decide which namespaces the child shares and which it gets new.',
  execve: 'The process threw its program away and now runs this one, with the same PID.',
  exit_group: 'The process ended; its parent is told how.',
  setns: 'The process now sees other namespaces than before.',
  unshare: 'The process left a namespace that it shared and got one of its own.',
  sethostname: 'The host name was changed, for this UTS namespace only.',
  mount: 'A file system now shows at this place, in this mount namespace only.',
  umount2: 'What was mounted here no longer shows.',
  pivot_root: 'This directory became the root of everything that the process can see; the old root is put aside.',
  mkdir: 'A control group was made: a directory in cgroupfs whose files are its settings.',
  rmdir: 'The control group is gone; no process was left in it.',
  'cgroup.procs': 'The process was moved into this control group; what it uses is counted and limited there.',
  'cgroup.freeze': 'Every process in the group stands still, or runs again.',
  'memory.max': 'The group may hold no more memory than this; beyond it the kernel kills.',
  'cpu.max': 'So many microseconds of CPU in each period; then the group waits for the next.',
  'pids.max': 'The group may hold so many processes; fork fails beyond it.',
  oom_kill: 'The group was at its memory limit and nothing could be freed, so the kernel killed a process in it.',
  RTM_NEWLINK: 'A network device was made or changed.',
  RTM_DELLINK: 'A network device is gone; the other end of a veth pair goes with it.',
  RTM_SETLINK: 'The network device went to another network namespace: only processes there see it now.',
  RTM_NEWADDR: 'The device got an IP address.',
  RTM_DELADDR: 'The device lost an IP address.',
  IPT_SO_SET_REPLACE: 'The firewall table was replaced as a whole; published ports are DNAT rules in it.',
  NETFILTER_DROP: 'A firewall rule threw this packet away: nobody gets it, and its sender is not told.',
  create: 'A new file appeared in the writable layer.',
  'copy-up': 'A file of a read-only layer was copied into the writable one, because somebody is about to change it.',
  whiteout: 'A marker in the writable layer hides a file that a lower layer still has.',
  capset: 'The process gave up capabilities; root here can do less than root outside.',
  seccomp: 'From now on the kernel refuses the system calls that this filter names.',
  prctl: 'The process changed one of its own settings.',
};

/** What an operation means, in one sentence; empty where there is none for it. */
export function meaningOf(name: string): string {
  return meanings[name] ?? '';
}
