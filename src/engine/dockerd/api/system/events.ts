// GET /events?since=&until=&filters=: each event leaves at once.
import { setTimeout, clearTimeout } from '../../../loop/index.ts';
import { utf8Encode } from '../../../sys/index.ts';
import { ClientQueue } from '../../container/streams.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { EVENT_FILTERS, eventLine, eventPasses, type DockerEvent } from '../../events.ts';
import { Filters } from '../../filters.ts';
import { stream, type ApiRequest, type Reply } from '../../request.ts';
import { compareInstants, parseInstant, toMs, type Instant } from '../../time.ts';

export function events(daemon: Daemon, request: ApiRequest): Reply {
  const { query } = request;
  const filters = Filters.parse(query.get('filters'), EVENT_FILTERS);
  const since = timeOf(query.get('since'));
  const until = timeOf(query.get('until'));
  if (since && until && compareInstants(since, until) > 0)
    throw invalidParameter('`since` time cannot be after `until` time');
  return stream('application/json', async (out) => {
    const queue = new ClientQueue(out);
    const tell = (event: DockerEvent): void => {
      // Who is a megabyte behind misses some, as in Docker.
      if (queue.isBehind) return;
      if (eventPasses(event, filters) && !(until && compareInstants(event.at, until) > 0))
        void queue.push(utf8Encode(eventLine(event)));
    };
    // Without `since`, an `until` in the past asks for nothing.
    if (since) for (const event of daemon.events.since(since)) tell(event);
    const off = daemon.events.subscribe(tell);
    await new Promise<void>((resolve) => {
      const left = until ? toMs(until) - Date.now() : undefined;
      const timer = left === undefined ? undefined : setTimeout(resolve, Math.max(0, left));
      request.signal.onAbort(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    off();
    await queue.flushed();
  });
}

function timeOf(text: string): Instant | null {
  if (text === '') return null;
  const at = parseInstant(text);
  if (!at) throw invalidParameter(`parsing time ${JSON.stringify(text)}: invalid syntax`);
  return at;
}
