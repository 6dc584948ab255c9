// docker rm: nothing of a container is left; a big one goes bit by bit, so that the engine answers others meanwhile.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ ok, typed, vm }) => {
  it('removes record, layer and, with -v, anonymous volumes; with -f also what runs', async () => {
    const id = await ok('run', '-d', '--name', 'runs', '-v', '/data', 'busybox', 'sleep', '1000');
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'runs');
    expect(await typed('docker rm runs')).toEqual(
      daemonSays(
        `cannot remove container "/runs": container is running: stop the container before removing or force remove`,
      ),
    );
    expect(await typed('docker rm -fv runs')).toEqual(done('runs'));
    expect(
      await vm(`ls -d ${upper} /var/lib/docker/containers/${id} /sys/fs/cgroup/docker/${id} 2>/dev/null
        ls /var/lib/docker/volumes; grep -c ${upper} /proc/mounts; true`),
    ).toBe('0\n');
  });

  it('says what is not there, and with -f that is no failure', async () => {
    expect(await typed('docker rm nosuch')).toEqual(daemonSays('No such container: nosuch'));
    expect(await typed('docker rm -f nosuch')).toEqual({ ...daemonSays('No such container: nosuch'), exitCode: 0 });
  });

  it('answers others while thousands of files go, and ends when they are gone', async () => {
    const many = 'for d in $(seq 20); do mkdir /d$d; for f in $(seq 100); do echo >/d$d/$f; done; done';
    await ok('run', '--name', 'big', 'busybox', 'sh', '-c', many);
    const answers = await vm(`docker rm big >/dev/null & rm=$!; n=0
      while kill -0 $rm 2>/dev/null; do docker ps >/dev/null && n=$((n + 1)); done; wait $rm && echo $n; ls -A /var/lib/docker/tmp`);
    // Who waits for the removal gets one answer before it and one after.
    expect(Number(answers)).toBeGreaterThan(2);
  });
};
