// docker export: all of a container's file system as a tar.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed, ok, vm }) => {
  const here = (name: string): string => join(docker.folder, name);
  const list = (name: string): string[] => execFileSync('tar', ['tf', here(name)], { encoding: 'utf8' }).split('\n');

  it('writes what the container sees, to a file or to stdout, also when it has ended', async () => {
    await ok('run', '--name', 'box', 'busybox', 'sh', '-c', 'echo made >/made; rm /bin/vi');
    expect(await typed(`docker export -o ${here('box.tar')} box`)).toEqual(done());
    expect(list('box.tar')).toEqual(expect.arrayContaining(['made', 'bin/sh', 'etc/passwd']));
    expect(list('box.tar')).not.toContain('bin/vi');
    expect(await typed(`docker export box >${here('again.tar')}`)).toEqual(done());
    expect(readFileSync(here('again.tar')).equals(readFileSync(here('box.tar')))).toBe(true);
    // The root was mounted to be read, and is no more.
    const id = await ok('inspect', '-f', '{{.GraphDriver.Data.MergedDir}}', 'box');
    expect(await vm(`grep -c ${id} /proc/mounts; true`)).toBe('0\n');
  });

  it('says what is not there, and leaves no file then', async () => {
    expect(await typed(`docker export -o ${here('none.tar')} nosuch`)).toEqual(daemonSays('No such container: nosuch'));
    expect(existsSync(here('none.tar'))).toBe(false);
    expect((await typed(`docker export -o /nosuch/x.tar box`)).exitCode).toBe(1);
    await ok('rm', 'box');
  });
};
