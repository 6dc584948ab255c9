// docker image inspect: images only.
import { expect, it } from 'vitest';
import { refused, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('tells names, digests, configuration and layers, which are directories of the overlay', async () => {
    const [image] = JSON.parse(await ok('image', 'inspect', 'busybox')) as [
      { Id: string; RepoDigests: string[]; RootFS: { Layers: string[] }; GraphDriver: { Data: { UpperDir: string } } },
    ];
    expect(image).toMatchObject({
      RepoTags: ['busybox:latest'],
      RepoDigests: [expect.stringMatching(/^busybox@sha256:[0-9a-f]{64}$/) as string],
      Config: { Cmd: ['sh'] },
      RootFS: { Type: 'layers', Layers: [expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string] },
      GraphDriver: { Name: 'overlay2' },
    });
    expect(await vm(`ls ${image.GraphDriver.Data.UpperDir}/bin | grep -cx sh`)).toBe('1\n');
    for (const name of [image.Id, image.Id.slice(7, 19), image.RepoDigests[0] ?? ''])
      expect(await ok('image', 'inspect', '-f', '{{.Id}}', name)).toBe(image.Id);
  });

  it('knows no other objects', async () => {
    await ok('create', '--name', 'box', 'busybox');
    expect(await typed('docker image inspect box')).toEqual({
      ...refused('Error response from daemon: No such image: box:latest'),
      stdout: '[]\n',
    });
    await ok('rm', 'box');
  });
};
