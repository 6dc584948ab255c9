// docker volume create: a directory, or what is mounted when it is used.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('makes a directory, by a name of its own or as asked for; a second time it is there', async () => {
    expect(await typed('docker volume create --label color=blue data')).toEqual(done('data'));
    expect(await typed('docker volume create data')).toEqual(done('data'));
    const own = await ok('volume', 'create');
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    expect(await vm(`stat -c '%F %a' /var/lib/docker/volumes/data/_data /var/lib/docker/volumes/${own}/_data`)).toBe(
      'directory 755\n'.repeat(2),
    );
    await ok('volume', 'rm', 'data', own);
  });

  it('keeps options for mount(2) until it is used', async () => {
    expect(await typed('docker volume create -o type=tmpfs -o device=tmpfs -o o=size=64k fast')).toEqual(done('fast'));
    expect(
      await ok('run', '--rm', '-v', 'fast:/t', 'busybox', 'grep', '-o', ' /t tmpfs .*size=64k', '/proc/mounts'),
    ).toBe(' /t tmpfs rw,relatime,size=64k');
    expect(await vm('grep -c volumes/fast /proc/mounts; true')).toBe('0\n');
    await ok('volume', 'rm', 'fast');
  });

  it("says why not, in Docker's words", async () => {
    const said: Record<string, string> = {
      'bad!name': 'includes invalid characters for a local volume name',
      '--driver nosuch x': 'plugin "nosuch" not found',
      '--opt colour=red x': 'invalid option: "colour"',
      '-o type=tmpfs x': 'missing device in volume options',
    };
    for (const [words, answer] of Object.entries(said)) {
      const ran = await typed(`docker volume create '${words.split(' ').join("' '")}'`);
      expect([ran.exitCode, ran.stdout, ran.stderr], words).toEqual([1, '', expect.stringContaining(answer)]);
    }
    expect(await vm('ls /var/lib/docker/volumes')).toBe('');
  });
};
