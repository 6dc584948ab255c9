// System calls that make a container what it is and that no other table tells: what was asked, what the kernel answered.
// One row a call. Probed at the call's handler, not with syscall tracepoints: these would slow every call of every process.
import type { TraceRecord } from './format.ts';
import { syscallArgument, syscallText, type Probe } from './probe.ts';

type Position = 1 | 2 | 3 | 4 | 5 | 6;

/** A parameter: its name in the manual, its place, and how to read it (`text`: a NUL-terminated text in user memory). */
type Parameter = readonly [name: string, position: Position, type: 'x32' | 's32' | 'text'];

function syscall(name: string, parameters: readonly Parameter[], filter?: string): Probe {
  const texts = parameters.filter(([, , type]) => type === 'text');
  const fetched = [
    ...parameters
      .filter(([, , type]) => type !== 'text')
      .map(([parameter, n, type]) => `${parameter}=${syscallArgument(n)}:${type}`),
    ...texts.map(([parameter, n]) => `${parameter}_at=${syscallArgument(n)}:x32`),
    ...texts.map(([parameter, n]) => `${parameter}=${syscallText(n)}`),
  ];
  const read = (record: TraceRecord, [parameter, , type]: Parameter): string | number => {
    if (type !== 'text') return record.int(parameter);
    return record.int(`${parameter}_at`) === 0 ? '' : record.text(parameter);
  };
  return {
    event: `dd/${name}`,
    define: () => `r:dd/${name} __ia32_sys_${name} ret=$retval:s32 ${fetched.join(' ')}`,
    ...(filter === undefined ? {} : { filter }),
    decode: (record) => {
      const args = Object.fromEntries(parameters.map((parameter) => [parameter[0], read(record, parameter)]));
      return [{ kind: 'syscall', name, args, result: record.int('ret') }];
    },
  };
}

/** capset(2): the low words of the three sets, and the high ones, as bit masks. struct __user_cap_data_struct [2] */
const capset: Probe = {
  event: 'dd/capset',
  define: () => {
    const words = ['effective', 'permitted', 'inheritable'].flatMap((set, n) => [
      `${set}=+u${n * 4}(${syscallArgument(2)}):x32`,
      `${set}_high=+u${12 + n * 4}(${syscallArgument(2)}):x32`,
    ]);
    return `r:dd/capset __ia32_sys_capset ret=$retval:s32 ${words.join(' ')}`;
  },
  decode: (record) => {
    const mask = (set: string): string =>
      `0x${(BigInt(record.int(`${set}_high`)) * 2n ** 32n + BigInt(record.int(set))).toString(16)}`;
    const args = { effective: mask('effective'), permitted: mask('permitted'), inheritable: mask('inheritable') };
    return [{ kind: 'syscall', name: 'capset', args, result: record.int('ret') }];
  },
};

/**
 * Signals that somebody sends on purpose, whichever call he used (kill, tgkill, pidfd_send_signal, a terminal's Ctrl-C):
 * HUP INT QUIT KILL USR1 USR2 TERM CONT STOP TSTP. Not CHLD and the like, which the kernel sends by the dozen.
 */
const SIGNALS = [1, 2, 3, 9, 10, 12, 15, 18, 19, 20];

const kill: Probe = {
  event: 'signal/signal_generate',
  filter: SIGNALS.map((signal) => `sig == ${signal}`).join(' || '),
  decode: (record) => [
    {
      kind: 'syscall',
      name: 'kill',
      args: { pid: record.int('pid'), sig: record.int('sig'), comm: record.text('comm') },
      result: 0,
    },
  ],
};

// prctl(2) options worth a record; runc sets many others. linux/prctl.h
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;

export const syscallProbes: readonly Probe[] = [
  syscall('chroot', [['path', 1, 'text']]),
  syscall('seccomp', [
    ['operation', 1, 's32'],
    ['flags', 2, 'x32'],
  ]),
  syscall(
    'prctl',
    [
      ['option', 1, 's32'],
      ['arg2', 2, 'x32'],
    ],
    `option == ${PR_CAPBSET_DROP} || option == ${PR_SET_NO_NEW_PRIVS} || option == ${PR_CAP_AMBIENT}`,
  ),
  capset,
  syscall('setuid', [['uid', 1, 's32']]),
  syscall('setgid', [['gid', 1, 's32']]),
  syscall('setresuid', [
    ['ruid', 1, 's32'],
    ['euid', 2, 's32'],
    ['suid', 3, 's32'],
  ]),
  syscall('setresgid', [
    ['rgid', 1, 's32'],
    ['egid', 2, 's32'],
    ['sgid', 3, 's32'],
  ]),
  syscall('setgroups', [['size', 1, 's32']]),
  syscall('bpf', [['cmd', 1, 's32']]),
  syscall('fsopen', [
    ['fsname', 1, 'text'],
    ['flags', 2, 'x32'],
  ]),
  syscall('fsmount', [
    ['fd', 1, 's32'],
    ['flags', 2, 'x32'],
    ['attr_flags', 3, 'x32'],
  ]),
  syscall('open_tree', [
    ['dfd', 1, 's32'],
    ['path', 2, 'text'],
    ['flags', 3, 'x32'],
  ]),
  syscall('move_mount', [
    ['from_dfd', 1, 's32'],
    ['to_dfd', 3, 's32'],
    ['flags', 5, 'x32'],
    ['from_path', 2, 'text'],
    ['to_path', 4, 'text'],
  ]),
  kill,
];
