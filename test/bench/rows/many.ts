// Fifty containers: `docker ps` against the same with five, and the memory of the daemons.
import { BenchGuest } from '../guest.ts';
import type { Result, Row } from '../row.ts';

const start = (from: number, to: number): string =>
  `for i in $(seq ${from} ${to}); do docker run -d --name bench$i busybox sleep 100000 || exit; done >/dev/null`;

export const many: Row = {
  name: 'many',
  title: 'fifty containers',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh(start(1, 5));
    const [five] = await guest.enterToPrompt(['docker ps'], 20, 10);
    await guest.sh(start(6, 50));
    const [fifty] = await guest.enterToPrompt(['docker ps'], 20, 5);
    const count = Number(await guest.sh('docker ps -q | wc -l'));
    if (count !== 50) throw new Error(`${count} containers run, not 50`);
    // Resident and its own: pages that it shares with nobody, what would be free without it. proc_pid_smaps(5)
    const kilobytes = async (program: string): Promise<number> =>
      Number(
        await guest.sh(
          `awk '/^Private_(Clean|Dirty)/ { n += $2 } END { print n }' /proc/$(pidof ${program} | awk '{ print $NF }')/smaps_rollup`,
        ),
      );
    const dockerd = (await kilobytes('dockerd')) / 1024;
    const containerd = (await kilobytes('containerd')) / 1024;
    const available = await guest.sh("awk '/MemAvailable/ { print int($2 / 1024) }' /proc/meminfo");
    await guest.close();
    const memory = { row: 'many', unit: 'MB', goal: 12, note: `${available.trim()} MB of the guest still available` };
    return [
      {
        row: 'many',
        what: 'docker ps with 50 containers',
        is: fifty?.medianMs ?? Number.NaN,
        unit: 'ms',
        against: { what: 'docker ps with 5', is: five?.medianMs ?? Number.NaN },
        goal: 2,
        samples: fifty?.samples ?? [],
        instructions: fifty?.instructions ?? Number.NaN,
      },
      { ...memory, what: 'dockerd with 50 containers', is: dockerd },
      { ...memory, what: 'containerd with 50 containers', is: containerd },
    ];
  },
};
