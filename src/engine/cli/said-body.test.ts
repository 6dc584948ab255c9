import { expect, it } from 'vitest';
import { saidBody } from './said-body.ts';

it('leaves out what is empty, at every depth', () => {
  const body = {
    Image: 'nginx',
    Cmd: null,
    Tty: false,
    Env: [],
    HostConfig: { Memory: 0, Binds: null },
    Labels: { a: '' },
  };
  expect(saidBody(body)).toEqual({ body: { Image: 'nginx' } });
  expect(saidBody({ Cmd: ['sh', ''] })).toEqual({ body: { Cmd: ['sh', ''] } });
});

it('says nothing of no body, or of one that holds nothing', () => {
  expect(saidBody(undefined)).toEqual({});
  expect(saidBody({ Detach: false })).toEqual({});
});

it('cuts what a marker cannot hold, quotes counted', () => {
  const { body } = saidBody({ Env: ['"'.repeat(700)] });
  expect(body).toMatch(/^\{"Env":\["\\"/);
  expect(JSON.stringify(body).length).toBeLessThanOrEqual(601);
});
