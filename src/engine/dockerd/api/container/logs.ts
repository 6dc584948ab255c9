// GET /containers/{id}/logs?follow=&stdout=&stderr=&since=&until=&timestamps=&tail=&details=
import { streamType } from '../../container/attach.ts';
import { isRunning } from '../../container/container.ts';
import type { LogAttributes, LogEntry } from '../../container/json-log.ts';
import { followLog } from '../../container/log-follower.ts';
import { logReader, runningLog } from '../../container/logging.ts';
import { ClientQueue, frame } from '../../container/streams.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError, invalidParameter } from '../../errors.ts';
import type { Query } from '../../query.ts';
import { param, type ApiRequest, type Reply } from '../../request.ts';
import { compareInstants, logTimestamp, parseInstant, type Instant } from '../../time.ts';
import { sleep } from '../../../loop/index.ts';
import { latin1Decode, latin1Encode, utf8Encode, utf8Length } from '../../../sys/index.ts';

export interface LogSelection {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly timestamps: boolean;
  /** With the attributes of the line. */
  readonly details: boolean;
  /** So many lines from the log's end; -1 all. */
  readonly tail: number;
}

export function logs(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const selection = selectionOf(request.query);
  if (container.hostConfig.LogConfig.Type === 'none') {
    throw new ApiError('notImplemented', 'configured logging driver does not support reading');
  }
  const { Tty: tty } = container.config;
  const follow = request.query.flag('follow');
  const encode = encoder(selection, tty);
  return {
    kind: 'stream',
    contentType: streamType(request, tty),
    write: async (out) => {
      const queue = new ClientQueue(out);
      const { until, tail } = selection;
      const running = isRunning(container) ? runningLog(container) : undefined;
      const reader = logReader(daemon, container);
      try {
        const end = running ? running.position : reader.end;
        let from = tail < 0 ? undefined : reader.tail(tail, end);
        // One that follows takes also what is logged while it reads.
        const limit = follow ? undefined : end;
        for (let piece = reader.read(from, limit); piece; piece = reader.read(from, limit)) {
          from = piece.next;
          void queue.push(encode(select(piece.entries, selection)));
          // No more of a long log in memory than the client takes.
          await queue.flushed();
          if (queue.isBroken) return;
          // A client that takes it at once does not keep others waiting.
          await sleep(0);
        }
      } finally {
        reader.close();
      }
      // While the client took what there was, the container may have ended: nobody would tell us any more.
      const log = follow && runningLog(container) === running ? running : undefined;
      if (!log) return queue.flushed();
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      const follower = followLog(log, queue, (entries) => {
        const at = until && parseInstant(entries.at(-1)?.time ?? '');
        if (at && compareInstants(at, until) > 0) end();
        return encode(select(entries, selection));
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

/** What of these the client wants. `tail` counts lines of the log, whether or not they are then chosen, as in Docker. */
export function select(entries: readonly LogEntry[], selection: LogSelection): readonly LogEntry[] {
  const { since, until } = selection;
  const inTime = (entry: LogEntry): boolean => {
    const at = parseInstant(entry.time);
    return at === null || ((!since || compareInstants(at, since) >= 0) && (!until || compareInstants(at, until) <= 0));
  };
  const both = selection.stdout && selection.stderr;
  const chosen = both ? entries : entries.filter((entry) => selection[entry.stream]);
  return since || until ? chosen.filter(inTime) : chosen;
}

/** Makes bytes of entries, as the client is to get them: a frame (streams.ts) for each, or from a terminal the bytes alone. */
export function encoder(selection: LogSelection, tty: boolean): (entries: readonly LogEntry[]) => Uint8Array {
  const { timestamps, details } = selection;
  const heads = { stdout: new Map<number, string>(), stderr: new Map<number, string>() };
  const newHead = (stream: LogEntry['stream'], length: number): string => {
    const head = latin1Decode(frame(stream, new Uint8Array(length)).subarray(0, 8));
    heads[stream].set(length, head);
    return head;
  };
  const encode = (entry: LogEntry): string => {
    let text = entry.log;
    if (details) text = `${queryEscaped(entry.attrs ?? {})} ${text}`;
    if (timestamps) text = `${logTimestamp(entry.time)} ${text}`;
    const length = utf8Length(text);
    if (length !== text.length) text = latin1Decode(utf8Encode(text));
    return tty ? text : (heads[entry.stream].get(length) ?? newHead(entry.stream, length)) + text;
  };
  // One text for all entries, a character a byte: to make bytes of each by itself is many times dearer.
  return (entries) => latin1Encode(entries.map(encode).join(''));
}

/** `name=value,name=value` as in a URL's query. */
function queryEscaped(attributes: LogAttributes): string {
  const escape = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
  return Object.entries(attributes)
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .join();
}
