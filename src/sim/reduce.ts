// reduce(world, event): the one place where the World changes. Pure and total: any event, in any order, gives a World.
import type { WorldEvent } from '../protocol/events.ts';
import { append } from './collections.ts';
import { operationOf } from './operations.ts';
import { reduceCgroup } from './reduce/cgroup.ts';
import { reduceFile } from './reduce/file.ts';
import { reduceMount } from './reduce/mount.ts';
import { reduceDrop, reduceLink, reducePacket } from './reduce/network.ts';
import { reduceProcess } from './reduce/process.ts';
import { reduceSpan } from './reduce/span.ts';
import type { World } from './world.ts';

/** How many operations the World remembers. */
const OPERATION_LIMIT = 300;

/** The World after the event. */
export function reduce(before: World, event: WorldEvent): World {
  const after = { ...step(before, event), seq: event.seq, timeNs: event.timeNs };
  // An exit is told of with what stood before it: afterwards the process is nowhere.
  const operation = operationOf(event.kind === 'process.exit' ? before : after, event);
  return operation ? { ...after, operations: append(after.operations, operation, OPERATION_LIMIT) } : after;
}

function step(world: World, event: WorldEvent): World {
  switch (event.kind) {
    case 'process.fork':
    case 'process.exec':
    case 'process.title':
    case 'process.exit':
    case 'process.seen':
    case 'namespace.enter':
    case 'uts.hostname':
      return reduceProcess(world, event);
    case 'mount':
    case 'umount':
    case 'pivot_root':
    case 'mountinfo':
      return reduceMount(world, event);
    case 'cgroup.mkdir':
    case 'cgroup.rmdir':
    case 'cgroup.attach':
    case 'cgroup.freeze':
    case 'cgroup.write':
    case 'cgroup.sample':
    case 'oom.kill':
      return reduceCgroup(world, event);
    case 'link':
    case 'link.delete':
    case 'link.move':
    case 'address':
    case 'xtables.replace':
    case 'xtables.rules':
      return reduceLink(world, event);
    case 'packet':
      return reducePacket(world, event);
    case 'packet.drop':
      return reduceDrop(world, event);
    case 'file':
      return reduceFile(world, event);
    case 'span':
      return reduceSpan(world, event);
    case 'stream.lost':
      return {
        ...world,
        lost: {
          events: world.lost.events + event.events,
          gaps: world.lost.gaps + 1,
          reason: event.reason,
          seq: event.seq,
        },
      };
    case 'syscall':
      return world;
    default:
      return world;
  }
}
