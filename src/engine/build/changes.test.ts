import { expect, it } from 'vitest';
import { defaultConfig } from '../dockerd/container/defaults.ts';
import { applyChanges } from './changes.ts';

it('are Dockerfile instructions', () => {
  const changes = [
    'CMD ["a","b"]',
    'ENTRYPOINT run it',
    'ENV A=1 B="two words"\nENV A=3',
    'ENV C the rest',
    'LABEL x=y',
    'EXPOSE 80 53/udp',
    'volume /data',
    'USER me',
    'WORKDIR sub',
    'HEALTHCHECK --interval=5s --retries=2 CMD test -f /ok',
    'ONBUILD RUN true',
    'STOPSIGNAL SIGINT',
  ];
  expect(applyChanges(defaultConfig(), changes)).toMatchObject({
    Cmd: ['a', 'b'],
    Entrypoint: ['/bin/sh', '-c', 'run it'],
    Env: ['A=3', 'B=two words', 'C=the rest'],
    Labels: { x: 'y' },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
    User: 'me',
    WorkingDir: '/sub',
    Healthcheck: { Test: ['CMD-SHELL', 'test -f /ok'], Interval: 5e9, Retries: 2 },
    OnBuild: ['RUN true'],
    StopSignal: 'SIGINT',
  });
});

it('take away the CMD that was made for another ENTRYPOINT', () => {
  expect(applyChanges({ ...defaultConfig(), Cmd: ['old'] }, ['ENTRYPOINT ["new"]'])).toMatchObject({ Cmd: null });
});

it('refuse other instructions before anything is changed, and what an instruction does not mean', () => {
  const config = defaultConfig();
  expect(() => applyChanges(config, ['USER me', 'RUN x'])).toThrow('RUN is not a valid change command');
  expect(config.User).toBe('');
  expect(() => applyChanges(config, ['EXPOSE x'])).toThrow('invalid containerPort: x');
  expect(applyChanges(config, [])).toBe(config);
});
