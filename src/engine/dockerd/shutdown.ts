// dockerd is told to end: its containers are stopped, as Docker stops them, unless live-restore lets them go on.
import type { Daemon } from './daemon.ts';
import { isRunning } from './container/container.ts';
import { stopContainer, within } from './container/stop.ts';

export async function shutdown(daemon: Daemon): Promise<void> {
  if (daemon.config.liveRestore) return;
  const stops = daemon.containers
    .all()
    .filter(isRunning)
    .map(async (container) => {
      // Not by a person: `unless-stopped` and `always` start it again with the next dockerd.
      const before = container.stoppedByUser;
      await stopContainer(daemon, container, { signal: '', timeoutSeconds: undefined }).catch(() => undefined);
      container.stoppedByUser = before;
      daemon.containers.save(container);
    });
  await within(
    Promise.all(stops).then(() => undefined),
    daemon.config.shutdownTimeoutSeconds * 1000,
  );
}
