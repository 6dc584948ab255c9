// Processes as the kernel makes, changes and ends them, and the namespaces they are in. One record at each of a few places
// that every process passes: wake_up_new_task (fork(2), clone(2)), finalize_exec (execve(2)), proc_exit_connector (_exit(2)),
// unshare(2) and setns(2). See namespaces(7), pid_namespaces(7).
import type { EventBody, NamespaceKind, NamespaceSet } from '../protocol/events.ts';
import type { TraceRecord } from './format.ts';
import type { Kernel, Probe } from './probe.ts';
import { syscallArgument } from './probe.ts';
import { utf8 } from './text.ts';

/** PID namespaces nest 32 deep at most; the first four levels are recorded. */
const PID_LEVELS = 4;
/** The kernel reads no arrays from user memory, so the arguments come as so many words of eight bytes. */
const ARGV_WORDS = 24;
const COMM_BYTES = 15;

/** Where nsproxy keeps each namespace, and the struct that holds its inode number. */
const proxied: readonly (readonly [NamespaceKind, string, string])[] = [
  ['mnt', 'nsproxy.mnt_ns', 'mnt_namespace.ns.inum'],
  ['uts', 'nsproxy.uts_ns', 'uts_namespace.ns.inum'],
  ['ipc', 'nsproxy.ipc_ns', 'ipc_namespace.ns.inum'],
  ['net', 'nsproxy.net_ns', 'net.ns.inum'],
  ['cgroup', 'nsproxy.cgroup_ns', 'cgroup_namespace.ns.inum'],
  ['time', 'nsproxy.time_ns', 'time_namespace.ns.inum'],
];

/** Fetch arguments for the inode numbers of a task's namespaces. */
function namespaceArguments(kernel: Kernel, task: string): string {
  const words = proxied.map(
    ([kind, member, inum]) => `ns_${kind}=${kernel.at(task, 'task_struct.nsproxy', member, inum)}:u32`,
  );
  return [
    ...words,
    `ns_user=${kernel.at(task, 'task_struct.cred', 'cred.user_ns', 'user_namespace.ns.inum')}:u32`,
  ].join(' ');
}

function namespacesOf(record: TraceRecord): NamespaceSet {
  const set: NamespaceSet = { user: record.int('ns_user') };
  for (const [kind] of proxied) set[kind] = record.int(`ns_${kind}`);
  return set;
}

const comm = (path: string): string => path.slice(path.lastIndexOf('/') + 1).slice(0, COMM_BYTES);

const fork: Probe = {
  event: 'dd/fork',
  define: (kernel) => {
    const task = '$arg1';
    const pids = Array.from(
      { length: PID_LEVELS },
      (_, level) =>
        `pid${level}=${kernel.at(task, 'task_struct.thread_pid', level === 0 ? 'pid.numbers' : `pid.numbers[${level}]`)}:s32`,
    );
    return [
      `p:dd/fork wake_up_new_task child=${kernel.at(task, 'task_struct.pid')}:s32 tgid=${kernel.at(task, 'task_struct.tgid')}:s32`,
      `parent=${kernel.at(task, 'task_struct.real_parent', 'task_struct.tgid')}:s32 level=${kernel.at(task, 'task_struct.thread_pid', 'pid.level')}:u32`,
      ...pids,
      `ns_pid=${kernel.at(task, 'task_struct.nsproxy', 'nsproxy.pid_ns_for_children', 'pid_namespace.ns.inum')}:u32`,
      namespaceArguments(kernel, task),
      `cgroup=${kernel.at(task, 'task_struct.cgroups', 'css_set.dfl_cgrp', 'cgroup.kn', 'kernfs_node.id')}:u64`,
      `comm=${kernel.at(task, 'task_struct.comm')}:string`,
    ].join(' ');
  },
  decode: (record, context) => {
    const child = record.int('child');
    const childComm = record.text('comm');
    context.comms.set(child, childComm);
    const innerPids = Array.from({ length: Math.min(record.int('level') + 1, PID_LEVELS) }, (_, level) =>
      record.int(`pid${level}`),
    );
    const born: EventBody = {
      kind: 'process.fork',
      child,
      childTgid: record.int('tgid'),
      parent: record.int('parent'),
      childComm,
      innerPids,
      // A task is born into the PID namespace that its own children will get too.
      ns: { ...namespacesOf(record), pid: record.int('ns_pid') },
      cgroupId: record.int('cgroup'),
    };
    const flags = context.cloneFlags.get(context.pid);
    context.cloneFlags.delete(context.pid);
    return flags === undefined ? [born] : [{ kind: 'syscall', name: 'clone', args: { flags }, result: child }, born];
  },
};

/** clone(2) with CLONE_NEW* flags; unshare(2) and setns(2) come here too, but for the running task itself. */
const newNamespaces: Probe = {
  event: 'dd/new_namespaces',
  define: (kernel) =>
    `p:dd/new_namespaces create_new_namespaces flags=$arg1:x32 child=$arg2:x32 self=${kernel.current}:x32`,
  filter: 'flags != 0',
  decode: (record, context) => {
    if (record.int('child') !== record.int('self')) context.cloneFlags.set(context.pid, record.int('flags'));
    return [];
  },
};

/** Just after execve(2) the arguments lie one after the other in the new stack, each with its NUL. */
const exec: Probe = {
  event: 'dd/exec',
  define: (kernel) => {
    const mm = kernel.at(kernel.current, 'task_struct.mm');
    const start = kernel.at(mm, 'mm_struct.arg_start');
    const words = Array.from({ length: ARGV_WORDS }, (_, n) => `argv${n}=+u${n * 8}(${start}):x64`);
    return [
      `p:dd/exec finalize_exec start=${start}:x32 end=${kernel.at(mm, 'mm_struct.arg_end')}:x32`,
      `path=+0(${kernel.at('$arg1', 'linux_binprm.filename')}):string ${words.join(' ')}`,
    ].join(' ');
  },
  decode: (record, context) => {
    const path = record.text('path');
    context.comms.set(context.pid, comm(path));
    return [{ kind: 'process.exec', path, argv: argumentsOf(record) }];
  },
};

function argumentsOf(record: TraceRecord): readonly string[] {
  const bytes = new Uint8Array(ARGV_WORDS * 8);
  for (let n = 0; n < ARGV_WORDS; n++) bytes.set(record.array(`argv${n}`), n * 8);
  const length = Math.max(0, record.int('end') - record.int('start'));
  const texts = utf8(bytes.subarray(0, length)).split('\0');
  if (length > bytes.length) texts.push(`${texts.pop() ?? ''}…`);
  else texts.pop(); // after the last NUL
  return texts;
}

const title: Probe = {
  event: 'dd/title',
  define: (kernel) =>
    `p:dd/title __set_task_comm target=${kernel.at('$arg1', 'task_struct.pid')}:s32 exec=$arg3:u8 title=+0($arg2):string`,
  filter: 'exec == 0', // an execve renames too, and says so itself
  decode: (record, context) => {
    const text = record.text('title').slice(0, COMM_BYTES);
    context.comms.set(record.int('target'), text);
    return record.int('target') === context.pid ? [{ kind: 'process.title', title: text }] : [];
  },
};

/** signal_struct.flags: the whole group exits, with group_exit_code. include/linux/sched/signal.h */
const SIGNAL_GROUP_EXIT = 4;

const exit: Probe = {
  event: 'dd/exit',
  define: (kernel) =>
    [
      `p:dd/exit proc_exit_connector tgid=${kernel.at('$arg1', 'task_struct.tgid')}:s32 code=${kernel.at('$arg1', 'task_struct.exit_code')}:u32`,
      `flags=${kernel.at('$arg1', 'task_struct.signal', 'signal_struct.flags')}:u32`,
      `group=${kernel.at('$arg1', 'task_struct.signal', 'signal_struct.group_exit_code')}:u32`,
    ].join(' '),
  decode: (record) => {
    const status = record.int('flags') & SIGNAL_GROUP_EXIT ? record.int('group') : record.int('code');
    const signal = status & 0x7f; // as wait(2) puts them together
    return [
      { kind: 'process.exit', tgid: record.int('tgid'), ...(signal ? { signal } : { exitCode: (status >> 8) & 0xff }) },
    ];
  },
};

/** unshare(2) and setns(2) once they are through: the running task's namespaces are then the new ones. */
function entering(name: 'unshare' | 'setns', parameters: readonly (readonly [string, 1 | 2, string])[]): Probe {
  const fetched = parameters.map(([parameter, n, type]) => `${parameter}=${syscallArgument(n)}:${type}`);
  return {
    event: `dd/${name}`,
    define: (kernel) =>
      `r:dd/${name} __ia32_sys_${name} ret=$retval:s32 ${fetched.join(' ')} ${namespaceArguments(kernel, kernel.current)}`,
    decode: (record, context) => {
      const args = Object.fromEntries(parameters.map(([parameter]) => [parameter, record.int(parameter)]));
      const result = record.int('ret');
      const call: EventBody = { kind: 'syscall', name, args, result };
      return result === 0 ? [call, { kind: 'namespace.enter', target: context.pid, ns: namespacesOf(record) }] : [call];
    },
  };
}

/** The kernel tells whoever polls /proc/sys/kernel/hostname, after sethostname(2) and after a write to that file. */
const hostname: Probe = {
  event: 'dd/hostname',
  define: (kernel) => {
    const uts = kernel.at(kernel.current, 'task_struct.nsproxy', 'nsproxy.uts_ns');
    return `p:dd/hostname proc_sys_poll_notify uts=+${kernel.offset('uts_namespace.ns.inum')}(${uts}):u32 name=+${kernel.offset('uts_namespace.name.nodename')}(${uts}):string`;
  },
  decode: (record) => [{ kind: 'uts.hostname', uts: record.int('uts'), name: record.text('name') }],
};

export const processProbes: readonly Probe[] = [
  fork,
  newNamespaces,
  exec,
  title,
  exit,
  entering('unshare', [['flags', 1, 'x32']]),
  entering('setns', [
    ['fd', 1, 's32'],
    ['nstype', 2, 'x32'],
  ]),
  hostname,
];
