// GET /containers/{id}/logs?follow=&stdout=&stderr=&since=&until=&timestamps=&tail=&details=
import { streamType } from '../../container/attach.ts';
import { isRunning } from '../../container/container.ts';
import {
  readLogFrom,
  turnsOf,
  type LogAttributes,
  type LogEntry,
  type LogPiece,
  type LogPosition,
} from '../../container/json-log.ts';
import { followLog } from '../../container/log-follower.ts';
import { logPath, runningLog } from '../../container/logging.ts';
import { ClientQueue, frame } from '../../container/streams.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError, invalidParameter } from '../../errors.ts';
import type { Query } from '../../query.ts';
import { param, type ApiRequest, type Reply } from '../../request.ts';
import { compareInstants, logTimestamp, parseInstant, type Instant } from '../../time.ts';
import { concat, utf8Encode } from '../../../sys/index.ts';

export interface LogSelection {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly timestamps: boolean;
  /** With the attributes of the line. */
  readonly details: boolean;
  /** Last so many entries; -1 all. */
  readonly tail: number;
}

export function logs(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const selection = selectionOf(request.query);
  if (container.hostConfig.LogConfig.Type === 'none') {
    throw new ApiError('notImplemented', 'configured logging driver does not support reading');
  }
  const { Tty: tty } = container.config;
  const encode = (entries: readonly LogEntry[]): Uint8Array =>
    concat(entries.map((entry) => encodeEntry(entry, selection, tty)));
  return {
    kind: 'stream',
    contentType: streamType(request, tty),
    write: async (out) => {
      const queue = new ClientQueue(out);
      const { until, tail } = selection;
      const running = isRunning(container) ? runningLog(container) : undefined;
      const path = logPath(daemon, container);
      const turns = turnsOf(path);
      const read = (from?: LogPosition): LogPiece | undefined =>
        running ? running.readFrom(from) : readLogFrom(path, turns, from);
      let last: readonly LogEntry[] = [];
      for (let piece = read(); piece; piece = read(piece.next)) {
        const chosen = select(piece.entries, { ...selection, tail: -1 });
        if (tail >= 0) last = select([...last, ...chosen], selection);
        else {
          void queue.push(encode(chosen));
          // No more of a long log in memory than the client takes.
          await queue.flushed();
          if (queue.isBroken) return;
        }
      }
      void queue.push(encode(last));
      // While the client took what there was, the container may have ended: nobody would tell us any more.
      const log = request.query.flag('follow') && runningLog(container) === running ? running : undefined;
      if (!log) return queue.flushed();
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      const follower = followLog(log, queue, (entries) => {
        const at = until && parseInstant(entries.at(-1)?.time ?? '');
        if (at && compareInstants(at, until) > 0) end();
        return encode(select(entries, { ...selection, tail: -1 }));
      });
      container.exitWaiters.add(end);
      request.signal.onAbort(end);
      await ended;
      container.exitWaiters.delete(end);
      await follower.stop();
      await queue.flushed();
    },
  };
}

function selectionOf(query: Query): LogSelection {
  const [stdout, stderr] = [query.flag('stdout'), query.flag('stderr')];
  if (!stdout && !stderr) throw invalidParameter('Bad parameters: you must choose at least one stream');
  const time = (name: string): Instant | null => {
    const text = query.get(name);
    if (text === '' || text === '0') return null;
    const instant = parseInstant(text);
    if (!instant) throw invalidParameter(`parsing time ${JSON.stringify(text)}: invalid syntax`);
    return instant;
  };
  const tail = query.get('tail');
  return {
    stdout,
    stderr,
    since: time('since'),
    until: time('until'),
    timestamps: query.flag('timestamps'),
    details: query.flag('details'),
    tail: /^\d+$/.test(tail) ? Number(tail) : -1,
  };
}

export function select(entries: readonly LogEntry[], selection: LogSelection): readonly LogEntry[] {
  const { since, until, tail } = selection;
  const inTime = (entry: LogEntry): boolean => {
    const at = parseInstant(entry.time);
    return at === null || ((!since || compareInstants(at, since) >= 0) && (!until || compareInstants(at, until) <= 0));
  };
  const both = selection.stdout && selection.stderr;
  let chosen = both ? entries : entries.filter((entry) => selection[entry.stream]);
  if (since || until) chosen = chosen.filter(inTime);
  return tail < 0 ? chosen : tail === 0 ? [] : chosen.slice(-tail);
}

function encodeEntry(entry: LogEntry, { timestamps, details }: LogSelection, tty: boolean): Uint8Array {
  const time = timestamps ? `${logTimestamp(entry.time)} ` : '';
  const attributes = details ? `${queryEscaped(entry.attrs ?? {})} ` : '';
  const bytes = utf8Encode(time + attributes + entry.log);
  return tty ? bytes : frame(entry.stream, bytes);
}

/** `name=value,name=value` as in a URL's query. */
function queryEscaped(attributes: LogAttributes): string {
  const escape = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
  return Object.entries(attributes)
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .join();
}
