// Control groups: the kernel's own tracepoints for groups made, removed, entered and frozen, and one kprobe where every write
// to a file of cgroupfs passes. Documentation/admin-guide/cgroup-v2.rst
import type { TraceRecord } from './format.ts';
import type { Context, Kernel, Probe } from './probe.ts';

/** Directories above a written file whose names are recorded, for groups older than the trace. */
const ANCESTORS = 4;

/** The path in a cgroup tracepoint; remembered, because a write names its group only by id. */
function pathOf(record: TraceRecord, context: Context, id: string, path: string): { path: string; id: number } {
  const group = { path: record.text(path), id: record.int(id) };
  context.cgroups.set(group.id, group.path);
  return group;
}

const mkdir: Probe = {
  event: 'cgroup/cgroup_mkdir',
  decode: (record, context) => [{ kind: 'cgroup.mkdir', ...pathOf(record, context, 'id', 'path') }],
};

const rmdir: Probe = {
  event: 'cgroup/cgroup_rmdir',
  decode: (record, context) => {
    const group = pathOf(record, context, 'id', 'path');
    context.cgroups.delete(group.id);
    return [{ kind: 'cgroup.rmdir', ...group }];
  },
};

const attach: Probe = {
  event: 'cgroup/cgroup_attach_task',
  decode: (record, context) => [
    { kind: 'cgroup.attach', ...pathOf(record, context, 'dst_id', 'dst_path'), target: record.int('pid') },
  ],
};

/** The group's `frozen` in cgroup.events changed: every process in it stands still, or does no more. */
const frozen: Probe = {
  event: 'cgroup/cgroup_notify_frozen',
  decode: (record, context) => [
    { kind: 'cgroup.freeze', path: pathOf(record, context, 'id', 'path').path, frozen: record.int('val') !== 0 },
  ],
};

function writeDefinition(kernel: Kernel): string {
  const node = kernel.at('$arg1', 'kernfs_open_file.kn');
  const names: string[] = [];
  let directory = kernel.at(node, 'kernfs_node.parent');
  for (let n = 0; n < ANCESTORS; n++) {
    names.push(
      `name${n}=+0(${kernel.at(directory, 'kernfs_node.name')}):string parent${n}=${kernel.at(directory, 'kernfs_node.parent')}:x32`,
    );
    directory = kernel.at(directory, 'kernfs_node.parent');
  }
  const group = kernel.at(node, 'kernfs_node.parent', 'kernfs_node.id');
  return `p:dd/cgroup_write cgroup_file_write id=${group}:u64 file=+0(${kernel.at(node, 'kernfs_node.name')}):string value=+0($arg2):string ${names.join(' ')}`;
}

const write: Probe = {
  event: 'dd/cgroup_write',
  define: writeDefinition,
  decode: (record, context) => [
    {
      kind: 'cgroup.write',
      path: context.cgroups.get(record.int('id')) ?? pathFromNames(record),
      file: record.text('file'),
      value: record.text('value').trimEnd(),
    },
  ],
};

/** The root group has no parent and no name; above it nothing more is read. */
function pathFromNames(record: TraceRecord): string {
  const names: string[] = [];
  for (let n = 0; n < ANCESTORS && record.int(`parent${n}`) !== 0; n++) names.unshift(record.text(`name${n}`));
  return `/${names.join('/')}`;
}

const oom: Probe = {
  event: 'oom/mark_victim',
  decode: (record) => [{ kind: 'oom.kill', target: record.int('pid'), targetComm: record.text('comm') }],
};

export const cgroupProbes: readonly Probe[] = [mkdir, rmdir, attach, frozen, write, oom];
