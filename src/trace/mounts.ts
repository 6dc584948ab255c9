// Mounts, with what was asked and what the kernel answered, and the mount namespace they happened in. The records are
// written when the call returns: its texts are then surely in memory. mount(2), umount2(2), pivot_root(2), mount_namespaces(7)
import { syscallArgument, syscallText, type Kernel, type Probe } from './probe.ts';
import type { TraceRecord } from './format.ts';

const namespace = (kernel: Kernel): string =>
  `ns=${kernel.at(kernel.current, 'task_struct.nsproxy', 'nsproxy.mnt_ns', 'mnt_namespace.ns.inum')}:u32 ret=$retval:s32`;

/** A text that the caller may leave out: its pointer says whether the recorded text means anything. */
const optional = (record: TraceRecord, name: string): string =>
  record.int(`${name}_at`) === 0 ? '' : record.text(name);

/** mount(2)'s options lie in user memory as one text. 4th and 5th argument: flags and data. */
const mount: Probe = {
  event: 'dd/mount',
  define: (kernel) =>
    [
      `r:dd/mount __ia32_sys_mount ${namespace(kernel)} flags=${syscallArgument(4)}:x32`,
      `source_at=${syscallArgument(1)}:x32 type_at=${syscallArgument(3)}:x32 data_at=${syscallArgument(5)}:x32`,
      `target=${syscallText(2)} source=${syscallText(1)} type=${syscallText(3)} data=${syscallText(5)}`,
    ].join(' '),
  decode: (record, context) => {
    const data = optional(record, 'data');
    const dev = context.overlayDevs.get(context.pid);
    context.overlayDevs.delete(context.pid);
    return [
      {
        kind: 'mount',
        mntNs: record.int('ns'),
        source: optional(record, 'source'),
        target: record.text('target'),
        fsType: optional(record, 'type'),
        flags: record.int('flags'),
        ...(data === '' ? {} : { data }),
        ...(dev === undefined ? {} : { dev }),
        result: record.int('ret'),
      },
    ];
  },
};

/** Inside mount(2), overlayfs fills in its super block: changes in this overlay will name it by this device number. */
const overlay: Probe = {
  event: 'dd/ovl_super',
  define: (kernel) => `p:dd/ovl_super ovl_fill_super dev=${kernel.at('$arg1', 'super_block.s_dev')}:u32`,
  decode: (record, context) => {
    context.overlayDevs.set(context.pid, record.int('dev'));
    return [];
  },
};

/** The handler of umount2(2) is called sys_umount in the kernel. */
const umount: Probe = {
  event: 'dd/umount',
  define: (kernel) =>
    `r:dd/umount __ia32_sys_umount ${namespace(kernel)} flags=${syscallArgument(2)}:x32 target=${syscallText(1)}`,
  decode: (record) => [
    {
      kind: 'umount',
      mntNs: record.int('ns'),
      target: record.text('target'),
      flags: record.int('flags'),
      result: record.int('ret'),
    },
  ],
};

/** umount(2) without flags, an older call of its own on this architecture. */
const oldUmount: Probe = {
  event: 'dd/oldumount',
  define: (kernel) => `r:dd/oldumount __ia32_sys_oldumount ${namespace(kernel)} target=${syscallText(1)}`,
  decode: (record) => [
    { kind: 'umount', mntNs: record.int('ns'), target: record.text('target'), flags: 0, result: record.int('ret') },
  ],
};

const pivotRoot: Probe = {
  event: 'dd/pivot_root',
  define: (kernel) =>
    `r:dd/pivot_root __ia32_sys_pivot_root ${namespace(kernel)} new_root=${syscallText(1)} put_old=${syscallText(2)}`,
  decode: (record) => [
    {
      kind: 'pivot_root',
      mntNs: record.int('ns'),
      newRoot: record.text('new_root'),
      putOld: record.text('put_old'),
      result: record.int('ret'),
    },
  ],
};

export const mountProbes: readonly Probe[] = [overlay, mount, umount, oldUmount, pivotRoot];
