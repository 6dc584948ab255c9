import { expect, it } from 'vitest';
import { defaultConfig, defaultEndpoint, defaultHostConfig } from './container/defaults.ts';
import { FIELDS, spellNames } from './json-names.ts';

it('takes names in any case, also of what stands inside', () => {
  expect(
    spellNames({
      image: 'busybox',
      CMD: ['true'],
      hostconfig: {
        networkMode: 'none',
        mounts: [{ type: 'volume', TARGET: '/x', volumeoptions: { nocopy: true, labels: { Mine: '' } } }],
        PortBindings: { '80/tcp': [{ hostport: '8080' }] },
        logconfig: { type: 'local', config: { 'Max-Size': '1k' } },
      },
      networkingConfig: { endpointsconfig: { Image: { aliases: ['a'], ipamconfig: { ipv4address: '10.0.0.2' } } } },
    }),
  ).toEqual({
    Image: 'busybox',
    Cmd: ['true'],
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume', Target: '/x', VolumeOptions: { NoCopy: true, Labels: { Mine: '' } } }],
      PortBindings: { '80/tcp': [{ HostPort: '8080' }] },
      LogConfig: { Type: 'local', Config: { 'Max-Size': '1k' } },
    },
    NetworkingConfig: { EndpointsConfig: { Image: { Aliases: ['a'], IPAMConfig: { IPv4Address: '10.0.0.2' } } } },
  });
  expect(spellNames({ name: 'n', ipam: { config: [{ subnet: '10.0.0.0/8', options: { image: 1 } }] } })).toEqual({
    Name: 'n',
    IPAM: { Config: [{ Subnet: '10.0.0.0/8', Options: { image: 1 } }] },
  });
});

it('leaves names that are the client’s own, and those that it does not know', () => {
  const own = {
    Labels: { image: 'x', Image: 'y' },
    ExposedPorts: { '80/TCP': {} },
    Volumes: { '/Data': {} },
    Unknown: { image: 1 },
  };
  expect(spellNames(own)).toEqual({ ...own, Unknown: { Image: 1 } });
});

it('is not led into the depth', () => {
  const deep = JSON.parse(`${'{"image":'.repeat(5000)}1${'}'.repeat(5000)}`) as Record<string, unknown>;
  expect(Object.keys(spellNames(deep))).toEqual(['Image']);
});

it('lets the last one count', () => {
  expect(spellNames({ Image: 'a', image: 'b' })).toEqual({ Image: 'b' });
  expect(spellNames({ image: 'b', Image: 'a' })).toEqual({ Image: 'a' });
});

it('knows every name that a container has, each in one spelling', () => {
  const names = [defaultConfig(), defaultHostConfig(), defaultEndpoint()].flatMap((value) => Object.keys(value));
  expect(names.filter((name) => !FIELDS.includes(name))).toEqual([]);
  const lower = FIELDS.map((name) => name.toLowerCase());
  expect(lower.filter((name, at) => lower.indexOf(name) !== at)).toEqual([]);
});
