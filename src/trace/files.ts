// Changes in overlay mounts: what appears in upperdir, is copied up from a lower layer, or is hidden by a whiteout. Caught in
// overlayfs itself, so that a file system below it makes no noise. Documentation/filesystems/overlayfs.rst
import type { EventBody, FileEvent } from '../protocol/events.ts';
import type { TraceRecord } from './format.ts';
import type { Kernel, Probe } from './probe.ts';

/** Names recorded from the file up; a deeper path begins with `…`. */
const DEPTH = 7;

/** The overlay's device number and the names on the way from a dentry to its root. */
function dentryArguments(kernel: Kernel, dentry: string, prefix = ''): string {
  const names: string[] = [];
  let at = dentry;
  for (let n = 0; n < DEPTH; n++) {
    names.push(`${prefix}name${n}=+0(${kernel.at(at, 'dentry.d_name.name')}):string`);
    at = kernel.at(at, 'dentry.d_parent');
  }
  const device = prefix === '' ? `dev=${kernel.at(dentry, 'dentry.d_sb', 'super_block.s_dev')}:u32 ` : '';
  return device + names.join(' ');
}

/** The root's name is `/`, and it is its own parent. */
function pathOf(record: TraceRecord, prefix = ''): string {
  const names: string[] = [];
  for (let n = 0; n < DEPTH; n++) {
    const name = record.text(`${prefix}name${n}`);
    if (name === '/') return `/${names.join('/')}`;
    names.unshift(name);
  }
  return `…/${names.join('/')}`;
}

type Change = FileEvent['change'];

/** An operation of overlayfs on one dentry, recorded with its result. */
function operation(name: string, dentry: string, change: Change): Probe {
  return {
    event: `dd/${name}`,
    define: (kernel) => `r:dd/${name} ${name} ret=$retval:s32 ${dentryArguments(kernel, dentry)}`,
    decode: (record) => [fileEvent(record, change)],
  };
}

const fileEvent = (record: TraceRecord, change: Change): EventBody => ({
  kind: 'file',
  overlayDev: record.int('dev'),
  change,
  path: pathOf(record),
  result: record.int('ret'),
});

/** A file with something in a lower layer leaves a whiteout behind; one of upperdir alone just goes. */
function removal(name: 'ovl_unlink' | 'ovl_rmdir'): Probe {
  const dentry = '$arg2';
  return {
    event: `dd/${name}`,
    define: (kernel) => {
      // struct ovl_inode is around the inode that the dentry points at.
      const oe = kernel.offset('ovl_inode.oe') - kernel.offset('ovl_inode.vfs_inode');
      const lower = `+${kernel.offset('ovl_entry.__numlower')}(+${oe}(${kernel.at(dentry, 'dentry.d_inode')}))`;
      return `r:dd/${name} ${name} ret=$retval:s32 lower=${lower}:u32 ${dentryArguments(kernel, dentry)}`;
    },
    decode: (record) => [fileEvent(record, record.int('lower') > 0 ? 'whiteout' : 'remove')],
  };
}

/** Recorded when it is through, so after the copy-up that it may begin with; the dentries still bear their old names then. */
const rename: Probe = {
  event: 'dd/ovl_rename',
  define: (kernel) =>
    `r:dd/ovl_rename ovl_rename ret=$retval:s32 ${dentryArguments(kernel, '$arg3')} ${dentryArguments(kernel, '$arg5', 'to_')}`,
  decode: (record) => [
    {
      kind: 'file',
      overlayDev: record.int('dev'),
      change: 'rename',
      path: pathOf(record),
      to: pathOf(record, 'to_'),
      result: record.int('ret'),
    },
  ],
};

/** open(2) for writing: O_WRONLY or O_RDWR. */
const open: Probe = {
  event: 'dd/ovl_open',
  define: (kernel) =>
    `p:dd/ovl_open ovl_open flags=${kernel.at('$arg2', 'file.f_flags')}:x32 ${dentryArguments(kernel, kernel.at('$arg2', 'file.f_path.dentry'))}`,
  filter: 'flags & 3',
  decode: (record) => [{ kind: 'file', overlayDev: record.int('dev'), change: 'modify', path: pathOf(record) }],
};

export const fileProbes: readonly Probe[] = [
  operation('ovl_create', '$arg3', 'create'),
  operation('ovl_mknod', '$arg3', 'create'),
  operation('ovl_symlink', '$arg3', 'create'),
  operation('ovl_link', '$arg3', 'create'),
  operation('ovl_mkdir', '$arg3', 'mkdir'),
  operation('ovl_copy_up_one', '$arg2', 'copy-up'),
  removal('ovl_unlink'),
  removal('ovl_rmdir'),
  rename,
  open,
];
