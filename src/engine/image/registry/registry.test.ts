import { describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { credentialsOf, parseChallenge, parseRegistryAuth } from './auth.ts';
import { endpointsOf, isInsecure } from './endpoints.ts';
import { addressIn, fromHosts, question } from './resolve.ts';

installDouble();

describe('endpoints', () => {
  it('are the mirrors, then Docker Hub', () => {
    const found = endpointsOf('docker.io', {
      registryMirrors: ['http://registry.drydock.internal', 'nonsense'],
      insecureRegistries: [],
    });
    expect(found.map(({ name, scheme, port }) => `${scheme} ${name} ${port}`)).toEqual([
      'http registry.drydock.internal 80',
      'https registry-1.docker.io 443',
    ]);
  });
  it('speak plain HTTP only where it is allowed', () => {
    const of = (domain: string, insecureRegistries: string[] = []) =>
      endpointsOf(domain, { registryMirrors: [], insecureRegistries })[0]?.scheme;
    expect([
      of('localhost:5000'),
      of('127.0.0.1:5000'),
      of('reg.example:5000'),
      of('reg.example:5000', ['reg.example:5000']),
    ]).toEqual(['http', 'http', 'https', 'http']);
    expect(isInsecure('10.0.2.4:5000', ['10.0.0.0/8'])).toBe(true);
    expect(isInsecure('11.0.2.4:5000', ['10.0.0.0/8'])).toBe(false);
  });
});

describe('authentication', () => {
  it('reads challenges', () => {
    expect(parseChallenge('Bearer realm="http://a/token",service="reg",scope="repository:x:pull"')).toEqual({
      scheme: 'bearer',
      parameters: { realm: 'http://a/token', service: 'reg', scope: 'repository:x:pull' },
    });
    expect(parseChallenge('Basic realm=x')?.scheme).toBe('basic');
    expect(parseChallenge('Digest a=b')).toBeUndefined();
  });
  it('reads X-Registry-Auth', () => {
    const header = Buffer.from(JSON.stringify({ username: 'a', password: 'b' })).toString('base64url');
    expect(parseRegistryAuth(header)).toMatchObject({ username: 'a', password: 'b' });
    expect(parseRegistryAuth(undefined)).toBeUndefined();
    expect(parseRegistryAuth(Buffer.from('{}').toString('base64'))).toBeUndefined();
    expect(() => parseRegistryAuth('!!')).toThrow('illegal base64');
    expect(() => parseRegistryAuth(Buffer.from('{').toString('base64'))).toThrow('invalid JSON');
    expect(credentialsOf({ auth: Buffer.from('me:a:b').toString('base64') })).toMatchObject({
      username: 'me',
      password: 'a:b',
    });
  });
});

describe('names', () => {
  it('are found in /etc/hosts', () => {
    expect(fromHosts('127.0.0.1 localhost\n10.0.2.3\tregistry # it\n::1 six\n', 'registry')).toBe('10.0.2.3');
    expect(fromHosts('::1 six\n', 'six')).toBeUndefined();
  });
  it('are asked for in DNS, and a broken answer gives nothing', () => {
    const q = question(Uint8Array.of(1, 2), 'a.bc');
    expect([...q.subarray(12)]).toEqual([1, 97, 2, 98, 99, 0, 0, 1, 0, 1]);
    const header = [1, 2, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    const answer = Uint8Array.from([...header, ...q.subarray(12), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 2, 3]);
    expect(addressIn(answer)).toBe('10.0.2.3');
    for (let cut = 0; cut < answer.length; cut += 1) expect(() => addressIn(answer.subarray(0, cut))).not.toThrow();
  });
});
