import { beforeEach, expect, it } from 'vitest';
import { installDouble, type Double } from '../../sys/double.ts';
import {
  credentialsFor,
  eraseCredentials,
  hostOf,
  INDEX_SERVER,
  registryAuthHeader,
  saveCredentials,
  serverOfImage,
} from './config.ts';

const PATH = '/home/me/.docker/config.json';
const env = { HOME: '/home/me' };
let double: Double;
beforeEach(() => {
  double = installDouble({
    files: { [PATH]: '{"credsStore":"kept","auths":{"https://reg:5000/v2/":{"auth":"YTpiOmM="}}}' },
  });
});

it('one registry has many spellings', () => {
  expect(['', 'docker.io', 'index.docker.io', INDEX_SERVER].map(hostOf)).toEqual(Array(4).fill(INDEX_SERVER));
  expect(['reg:5000', 'http://reg:5000', 'https://reg:5000/v2/'].map(hostOf)).toEqual(Array(3).fill('reg:5000'));
  expect(['nginx', 'me/app:1', 'localhost/app', 'reg:5000/a/b'].map(serverOfImage)).toEqual([
    INDEX_SERVER,
    INDEX_SERVER,
    'localhost',
    'reg:5000',
  ]);
});

it('reads, writes and forgets credentials, and leaves the rest of the file', () => {
  expect(credentialsFor(env, 'reg:5000')).toEqual({ username: 'a', password: 'b:c', serveraddress: 'reg:5000' });
  expect(JSON.parse(Buffer.from(registryAuthHeader(env, 'reg:5000'), 'base64url').toString())).toMatchObject({
    username: 'a',
  });
  expect(Buffer.from(registryAuthHeader(env, 'other'), 'base64url').toString()).toBe('{}');
  saveCredentials(env, { username: 'x', password: 'y', serveraddress: 'other' });
  expect(credentialsFor(env, 'other')).toMatchObject({ username: 'x', password: 'y' });
  expect([eraseCredentials(env, 'reg:5000'), eraseCredentials(env, 'reg:5000')]).toEqual([true, false]);
  expect(JSON.parse(double.files.get(PATH) ?? '')).toEqual({ credsStore: 'kept', auths: { other: { auth: 'eDp5' } } });
});
