import { describe, expect, it } from 'vitest';
import { addressText, localAddress } from './address.ts';

describe('addresses of the browser pane', () => {
  it.each([
    ['8080', 'http://localhost:8080/'],
    [':8080/a?b=1', 'http://localhost:8080/a?b=1'],
    ['localhost:8080/x#y', 'http://localhost:8080/x#y'],
    ['http://127.0.0.1/', 'http://localhost/'],
  ])('%s', (typed, shown) => {
    const address = localAddress(typed);
    expect(address && addressText(address)).toBe(shown);
  });
  it('resolves links against the page that holds them', () => {
    expect(localAddress('../c', 'http://localhost:8080/a/b')?.path).toBe('/c');
  });
  it.each(['https://localhost:8080/', 'http://example.org/', 'javascript:alert(1)', 'http://local host/'])(
    'refuses %s',
    (typed) => {
      expect(localAddress(typed)).toBeUndefined();
    },
  );
});
