// One client of `logs -f`: gets entries as they are logged, and when it reads too slowly what it has missed from the log's files,
// so that neither the container waits for it nor dockerd keeps its share in memory. Called by GET logs.
import type { JsonLog, LogEntry, LogPosition } from './json-log.ts';
import type { ClientQueue } from './streams.ts';

/** `encode` makes of entries what the client is to get. `stop` resolves when all that was logged until then is on its way. */
export function followLog(
  log: JsonLog,
  queue: ClientQueue,
  encode: (entries: readonly LogEntry[]) => Uint8Array,
): { stop(): Promise<void> } {
  const reader = log.reader();
  let missedFrom: LogPosition | undefined;
  let caughtUp = Promise.resolve();
  const catchUp = async (): Promise<void> => {
    while (missedFrom) {
      await queue.flushed();
      const piece = queue.isBroken ? undefined : reader.read(missedFrom);
      // In one go with the reading: nothing can be logged in between.
      missedFrom = piece?.next;
      if (piece) void queue.push(encode(piece.entries));
    }
  };
  const off = log.follow((entries, at) => {
    if (missedFrom) return;
    if (!queue.isBehind) return void queue.push(encode(entries));
    missedFrom = at;
    caughtUp = catchUp();
  });
  return {
    stop: async () => {
      off();
      await caughtUp;
      reader.close();
    },
  };
}
