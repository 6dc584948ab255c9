// The kernel's reports, gathered and put in order for the page: the trace (decoded in src/trace), what existed before tracing began
// (processes, links), cgroup samples and iptables tables. Made by the session for each machine.
import type { AgentRequest, ProcessLine } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import type { DecodedEvent, EventBody, FirewallRule, NamespaceSet } from '../protocol/events.ts';
import { TraceDecoder } from '../trace/decode.ts';
import type { KernelOffsets } from '../trace/probe.ts';
import { formatPaths } from '../trace/probes.ts';
import type { Agent } from './agent.ts';
import { decodeTable } from './firewall.ts';
import { linkEvents, type IpLink } from './links.ts';

const TRACING = '/sys/kernel/tracing';
const SAMPLE_EVERY_MS = 500;
/** A table is read this long after the last notice of a change: dockerd replaces it several times in a row. */
const READ_TABLE_AFTER_MS = 15;
/** The agent looks at cgroups that are new or have new settings this long after the first notice of one: a `docker run` gives a dozen. */
const LOOK_AFTER_MS = 150;
/** Groups named in one message; others are found when the agent looks for new ones by itself. */
const NEWS_MAX = 20;
/** /proc/uptime counts in hundredths. */
const CLOCK_TICK_SECONDS = 0.01;

export type CgroupSample = { readonly path: string; readonly files: Record<string, string>; readonly atMs: number };
type Table = Extract<AgentRequest, { kind: 'xtables' }>['table'];

export class Witness {
  readonly decoder: TraceDecoder;
  /** Rules of a table were read. */
  onRules: (table: string, rules: readonly FirewallRule[]) => void = () => undefined;
  #lastNs = 0;
  #streams: Stream[] = [];
  #cgroups: Stream | undefined;
  readonly #news = new Set<string>();
  #look: ReturnType<typeof setTimeout> | undefined;
  #tables = new Map<Table, ReturnType<typeof setTimeout>>();
  #rootNetns: number;

  /** `rootNetns`: the network namespace of PID 1, where it is known without a survey. */
  constructor(
    private readonly agent: Agent,
    offsets: KernelOffsets,
    private readonly emit: (events: readonly DecodedEvent[]) => void,
    rootNetns = 0,
  ) {
    this.#rootNetns = rootNetns;
    this.decoder = new TraceDecoder(offsets);
  }

  /** What was told before tells the names of processes that live: the kernel's records name only those that it renames. */
  remember(history: readonly DecodedEvent[]): void {
    for (const { pid, comm } of history) if (comm !== '') this.decoder.seen(pid, comm);
  }

  /** The files that describe the records of this kernel's trace. */
  async readFormats(): Promise<string[]> {
    const texts = await this.agent.cat(formatPaths.map((path) => `${TRACING}/${path}`));
    return [...texts.values()].filter((text) => text !== null);
  }

  /** Begins; with `survey`, first tells what there is already. A restored machine's `formats` are known: sixty files less to read. */
  async start(survey = true, formats?: readonly string[]): Promise<void> {
    this.decoder.formats(formats ?? (await this.readFormats()));
    if (survey) await this.#survey();
    const lost = (): void =>
      this.emit([this.#event({ kind: 'stream.lost', events: 0, reason: 'the agent was started again' })]);
    this.#streams.push(this.agent.trace(TRACING, (bytes) => this.#trace(bytes), lost));
    this.#cgroups = this.agent.cgroups(SAMPLE_EVERY_MS, (message) => this.#sample(message as CgroupSample));
    this.#streams.push(this.#cgroups);
    await this.readTable('nat');
  }

  stop(): void {
    for (const stream of this.#streams) stream.close();
    for (const timer of this.#tables.values()) clearTimeout(timer);
    clearTimeout(this.#look);
    this.#streams = [];
    this.#tables.clear();
  }

  /**
   * Resolves when what the kernel has recorded until now has been emitted: a record of our own is made, and awaited. (Waiting
   * for silence instead would never end on a busy machine.)
   */
  async settle(): Promise<void> {
    const { uptimeSeconds } = await this.agent.vitals();
    const nowNs = (uptimeSeconds + CLOCK_TICK_SECONDS) * 1e9;
    while (this.#lastNs < nowNs) {
      await this.agent.control([[`${TRACING}/trace_marker`, 'settle']]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Reads a table of the root network namespace and tells its rules. */
  async readTable(table: Table): Promise<void> {
    try {
      const rules = decodeTable(await this.agent.xtables(table));
      this.emit([this.#event({ kind: 'xtables.rules', netns: this.#rootNetns, table, rules })]);
      this.onRules(table, rules);
    } catch {
      // The table is gone or the agent starts again; the next notice reads it.
    }
  }

  #trace(bytes: Uint8Array): void {
    const { events, errors, lastNs } = this.decoder.push(bytes);
    this.#lastNs = Math.max(this.#lastNs, lastNs);
    const [error] = errors;
    if (error) this.emit([this.#event({ kind: 'stream.lost', events: errors.length, reason: error.message })]);
    if (events.length > 0) this.emit(events);
    for (const event of events) this.#follow(event);
  }

  /** Events that say: look again. */
  #follow(event: DecodedEvent): void {
    if (event.kind === 'cgroup.rmdir') this.#news.delete(event.path);
    // The files `cgroup.*` are commands: what follows from them the kernel tells.
    if (event.kind === 'cgroup.mkdir' || (event.kind === 'cgroup.write' && !event.file.startsWith('cgroup.'))) {
      this.#news.add(event.path);
      this.#look ??= setTimeout(() => this.#lookAtNews(), LOOK_AFTER_MS);
    }
    if (event.kind === 'xtables.replace' && (this.#rootNetns === 0 || event.netns === this.#rootNetns)) {
      clearTimeout(this.#tables.get(event.table));
      this.#tables.set(
        event.table,
        setTimeout(() => void this.readTable(event.table), READ_TABLE_AFTER_MS),
      );
    }
  }

  #lookAtNews(): void {
    this.#look = undefined;
    if (this.#news.size > 0) this.#cgroups?.message({ paths: [...this.#news].slice(0, NEWS_MAX) });
    this.#news.clear();
  }

  #sample({ path, files, atMs }: CgroupSample): void {
    this.emit([{ kind: 'cgroup.sample', path, files, timeNs: atMs * 1e6, pid: 0, comm: '' }]);
  }

  async #survey(): Promise<void> {
    const processes = await this.agent.processes();
    for (const line of processes) this.decoder.seen(line.pid, line.comm);
    this.#rootNetns = processes.find((line) => line.pid === 1)?.ns.net ?? 0;
    this.emit(processes.map((line) => this.#seen(line)));
    const links = await this.agent.exec(['ip', '-json', '-details', 'address']);
    if (links.exitCode === 0) {
      const found = JSON.parse(new TextDecoder().decode(links.stdout)) as IpLink[];
      this.emit(linkEvents(found, this.#rootNetns).map((body) => this.#event(body)));
    }
    const mounts = (await this.agent.cat(['/proc/1/mountinfo'])).get('/proc/1/mountinfo');
    const mntNs = processes.find((line) => line.pid === 1)?.ns.mnt ?? 0;
    if (mounts) this.emit([this.#event({ kind: 'mountinfo', mntNs, text: mounts })]);
  }

  #seen({ pid, parent, title, innerPids, ns, cgroup, comm }: ProcessLine): DecodedEvent {
    const body: EventBody = {
      kind: 'process.seen',
      target: pid,
      parent,
      title,
      innerPids,
      ns: ns as NamespaceSet,
      cgroup,
    };
    return { ...this.#event(body), pid, comm };
  }

  /** An event that the page itself made of something read: it carries the time of the newest event before it. */
  #event(body: EventBody): DecodedEvent {
    return { ...body, timeNs: this.#lastNs, pid: 0, comm: '' };
  }
}
