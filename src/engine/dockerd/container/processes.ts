// What ps(1) prints about processes, from /proc/PID/stat, status and cmdline: the columns of `-ef` (Docker's default),
// `aux`, and `-o` lists of the usual names. proc(5)
import * as sys from '../../sys/index.ts';
import { invalidParameter } from '../errors.ts';

const HZ = 100;

interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly uid: number;
  readonly tty: number;
  readonly cpuTicks: number;
  readonly startTicks: number;
  readonly vszKb: number;
  readonly rssKb: number;
  readonly comm: string;
  readonly args: string;
}

type Column = (facts: ProcessFacts, clock: Clock) => string;

interface Clock {
  readonly uptimeSeconds: number;
  readonly nowMs: number;
  readonly memTotalKb: number;
  readonly users: ReadonlyMap<number, string>;
}

const user: Column = (p, clock) => clock.users.get(p.uid) ?? String(p.uid);
const age = (p: ProcessFacts, clock: Clock): number => Math.max(0, clock.uptimeSeconds - p.startTicks / HZ);
const cpuShare: Column = (p, clock) => (age(p, clock) > 0 ? (p.cpuTicks / age(p, clock)).toFixed(1) : '0.0');

const COLUMNS: Readonly<Record<string, readonly [title: string, column: Column]>> = {
  user: ['USER', user],
  uid: ['UID', (p) => String(p.uid)],
  pid: ['PID', (p) => String(p.pid)],
  ppid: ['PPID', (p) => String(p.ppid)],
  stat: ['STAT', (p) => p.state],
  state: ['S', (p) => p.state],
  pcpu: ['%CPU', cpuShare],
  '%cpu': ['%CPU', cpuShare],
  pmem: ['%MEM', (p, clock) => ((100 * p.rssKb) / clock.memTotalKb).toFixed(1)],
  '%mem': ['%MEM', (p, clock) => ((100 * p.rssKb) / clock.memTotalKb).toFixed(1)],
  vsz: ['VSZ', (p) => String(p.vszKb)],
  rss: ['RSS', (p) => String(p.rssKb)],
  tty: ['TTY', (p) => ttyName(p.tty)],
  stime: ['STIME', (p, clock) => new Date(clock.nowMs - age(p, clock) * 1000).toISOString().slice(11, 16)],
  time: ['TIME', (p) => duration(p.cpuTicks / HZ)],
  etime: ['ELAPSED', (p, clock) => duration(age(p, clock)).replace(/^00:/, '')],
  comm: ['COMMAND', (p) => p.comm + defunct(p.state)],
  cmd: ['CMD', (p) => p.args],
  args: ['COMMAND', (p) => p.args],
  command: ['COMMAND', (p) => p.args],
};

/** `-ef`: UID is the user's name there, and C a whole percentage. */
const FULL: readonly (readonly [title: string, column: Column])[] = [
  ['UID', user],
  ['PID', (p) => String(p.pid)],
  ['PPID', (p) => String(p.ppid)],
  ['C', (p, clock) => String(Math.floor(Number(cpuShare(p, clock))))],
  ['STIME', (p, clock) => COLUMNS['stime']?.[1](p, clock) ?? ''],
  ['TTY', (p) => ttyName(p.tty)],
  ['TIME', (p) => duration(p.cpuTicks / HZ)],
  ['CMD', (p) => p.args],
];

const AUX = ['user', 'pid', '%cpu', '%mem', 'vsz', 'rss', 'tty', 'stat', 'stime', 'time', 'args'];

export function describeProcesses(
  pids: readonly number[],
  psArgs: string,
): { Titles: string[]; Processes: string[][] } {
  const columns = columnsFor(psArgs.trim());
  const clock = readClock();
  const facts = pids.map(readProcess).filter((one) => one !== undefined);
  return {
    Titles: columns.map(([title]) => title),
    Processes: facts.map((one) => columns.map(([, column]) => column(one, clock))),
  };
}

function columnsFor(psArgs: string): readonly (readonly [title: string, column: Column])[] {
  if (psArgs === '' || psArgs === '-ef' || psArgs === '-f') return FULL;
  if (psArgs === 'aux' || psArgs === '-aux') return AUX.map(columnNamed);
  const list = /(?:^|\s)-?[a-zA-Z]*o\s*(.+)$/.exec(psArgs)?.[1];
  if (list === undefined)
    throw invalidParameter(`ps arguments that are not implemented: ${psArgs} (use -ef, aux or -o LIST)`);
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(columnNamed);
}

function columnNamed(name: string): readonly [title: string, column: Column] {
  const column = COLUMNS[name.toLowerCase()];
  if (!column) throw invalidParameter(`error: unknown user-defined format specifier "${name}"`);
  return column;
}

function readProcess(pid: number): ProcessFacts | undefined {
  const stat = sys.readTextIfExists(`/proc/${pid}/stat`);
  const status = sys.readTextIfExists(`/proc/${pid}/status`);
  if (stat === undefined || status === undefined) return undefined;
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const comm = stat.slice(open + 1, close);
  const fields = stat.slice(close + 2).split(' ');
  // Field 3 of proc(5), the state, is fields[0] here.
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  const args = (sys.readTextIfExists(`/proc/${pid}/cmdline`) ?? '').split('\0').filter(Boolean).join(' ');
  const state = fields[0] ?? '?';
  return {
    pid,
    ppid: field(4),
    state,
    uid: Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    tty: field(7),
    cpuTicks: field(14) + field(15),
    startTicks: field(22),
    vszKb: Math.round(field(23) / 1024),
    rssKb: field(24) * 4,
    comm,
    args: args === '' ? `[${comm}]${defunct(state)}` : args,
  };
}

/** What ps(1) puts behind the name of a process that has ended and that nobody has waited for. */
const defunct = (state: string): string => (state === 'Z' ? ' <defunct>' : '');

function readClock(): Clock {
  const users = new Map<number, string>();
  for (const line of (sys.readTextIfExists('/etc/passwd') ?? '').split('\n')) {
    const [name = '', , uid = ''] = line.split(':');
    if (uid !== '' && !users.has(Number(uid))) users.set(Number(uid), name);
  }
  return {
    uptimeSeconds: Number(sys.readText('/proc/uptime').split(' ')[0]),
    nowMs: Date.now(),
    memTotalKb: Number(/^MemTotal:\s+(\d+)/m.exec(sys.readText('/proc/meminfo'))?.[1] ?? 1),
    users,
  };
}

function ttyName(device: number): string {
  if (device === 0) return '?';
  const { major, minor } = sys.devParts(device);
  return major >= 136 && major <= 143 ? `pts/${minor + (major - 136) * 256}` : `tty${minor}`;
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
