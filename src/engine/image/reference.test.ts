import { describe, expect, it } from 'vitest';
import { familiar, familiarName, parseReference, withDefaultTag } from './reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx', undefined, undefined],
    ['nginx:1.22', 'docker.io', 'library/nginx', '1.22', undefined],
    ['docker.io/nginx', 'docker.io', 'library/nginx', undefined, undefined],
    ['index.docker.io/library/nginx', 'docker.io', 'library/nginx', undefined, undefined],
    ['team/app', 'docker.io', 'team/app', undefined, undefined],
    ['localhost/app', 'localhost', 'app', undefined, undefined],
    ['localhost:5000/app:v1', 'localhost:5000', 'app', 'v1', undefined],
    ['host.docker.internal:5000/a/b-c__d', 'host.docker.internal:5000', 'a/b-c__d', undefined, undefined],
    [`nginx@${digest}`, 'docker.io', 'library/nginx', undefined, digest],
    [`nginx:1@${digest}`, 'docker.io', 'library/nginx', '1', digest],
  ])('%s', (text, domain, path, tag, wantedDigest) => {
    const ref = parseReference(text);
    expect([ref.domain, ref.path, ref.tag, ref.digest]).toEqual([domain, path, tag, wantedDigest]);
  });

  it.each(['', ':tag', 'a//b', 'nginx:', 'nginx@sha256:12', '-a', 'a_', 'a:b c', 'x'.repeat(260)])(
    'refuses %j',
    (text) => {
      expect(() => parseReference(text)).toThrow('invalid reference format');
    },
  );

  it('says that capitals are the trouble', () => {
    expect(() => parseReference('Nginx')).toThrow('repository name (library/Nginx) must be lowercase');
  });

  it('refuses a bare 64-digit id as a name', () => {
    expect(() => parseReference('b'.repeat(64))).toThrow('cannot specify 64-byte hexadecimal strings');
  });
});

describe('spelling', () => {
  it('is familiar for Docker Hub only', () => {
    expect(familiar(withDefaultTag(parseReference('nginx')))).toBe('nginx:latest');
    expect(familiarName(parseReference('team/app:1'))).toBe('team/app');
    expect(familiar(parseReference('localhost:5000/app:v1'))).toBe('localhost:5000/app:v1');
    expect(familiar(parseReference(`nginx@${digest}`))).toBe(`nginx@${digest}`);
  });
});
