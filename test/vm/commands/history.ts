// docker history: an image's layers and what made them.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('shows each step, the last one first; a step with a size is a layer in the kernel’s file system', async () => {
    await ok('run', '--name', 'maker', 'busybox', 'sh', '-c', 'head -c 4096 /dev/zero >/page');
    await ok('commit', '-m', 'one page', 'maker', 'paged');
    await ok('rm', 'maker');
    const [head, first, ...more] = (await ok('history', 'paged')).split('\n');
    expect(head).toMatch(/^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
    expect(first).toMatch(/^[0-9a-f]{12} +\S.* ago +sh -c head -c 4096 \/dev\/zero >\/page +4\.1kB +one page$/);
    expect(more).toHaveLength((await ok('history', '-q', 'busybox')).split('\n').length);
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'paged');
    expect(await vm(`stat -c %s ${upper}/page`)).toBe('4096\n');
  });

  it('has whole IDs, plain numbers and formats', async () => {
    const id = await ok('inspect', '-f', '{{.Id}}', 'paged');
    expect((await ok('history', '-q', '--no-trunc', 'paged')).split('\n')[0]).toBe(id);
    expect(
      (await ok('history', '-H=false', '--format', '{{.Size}} {{.CreatedSince}}', 'paged')).split('\n')[0],
    ).toMatch(/^4096 \d{4}-\d\d-\d\dT[\d:]{8}/);
    expect(JSON.parse((await ok('history', '--format', 'json', 'paged')).split('\n')[0] ?? '')).toMatchObject({
      Comment: 'one page',
      Size: '4.1kB',
    });
    expect(await typed("docker history --format '{{.Comment}}' paged | head -1")).toEqual(done('one page'));
  });

  it('says what is not there', async () => {
    expect(await typed('docker history nosuch')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'Error response from daemon: No such image: nosuch:latest\n',
    });
    expect((await typed('docker history')).exitCode).toBe(1);
    await ok('rmi', 'paged');
  });
};
