// GET /containers/{id}/stats?stream=&one-shot=: from the cgroup's own files, once or every second.
import { sleep } from '../../../loop/index.ts';
import { utf8Encode } from '../../../sys/index.ts';
import { isRunning } from '../../container/container.ts';
import { EMPTY_CPU, sample, type CpuStats } from '../../container/stats.ts';
import type { Daemon } from '../../daemon.ts';
import { ClientQueue } from '../../container/streams.ts';
import { param, stream, type ApiRequest, type Reply } from '../../request.ts';

const INTERVAL_MS = 1000;

export function stats(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const { query } = request;
  const streaming = !query.has('stream') || query.flag('stream');
  const oneShot = query.flag('one-shot');
  return stream('application/json', async (out) => {
    const queue = new ClientQueue(out);
    let before: CpuStats = EMPTY_CPU;
    let beforeRead = '0001-01-01T00:00:00Z';
    // A single answer that is not one-shot compares two readings, a second apart.
    for (let round = 0; ; round += 1) {
      const now = await sample(daemon, container, before, beforeRead);
      const wanted = streaming || oneShot || round > 0 || !isRunning(container);
      // Who does not read gets the present when it reads again, not a list of what was.
      if (wanted && !queue.isBehind) void queue.push(utf8Encode(`${JSON.stringify(now)}\n`));
      if (wanted && !streaming) break;
      before = now.cpu_stats;
      beforeRead = now.read;
      if (request.signal.aborted || !daemon.containers.get(container.id)) break;
      await sleep(INTERVAL_MS, request.signal).catch(() => undefined);
      if (request.signal.aborted) break;
    }
    await queue.flushed();
  });
}
