import { expect, it } from 'vitest';
import { nextPage } from './create.ts';

it.each([
  [undefined, undefined],
  ['', undefined],
  ['</v2/app/tags/list?last=b&n=2>; rel="next"', '/v2/app/tags/list?last=b&n=2'],
  ['<http://host:5000/v2/app/tags/list?last=b>; rel=next', '/v2/app/tags/list?last=b'],
  ['<list?last=b>; rel="next"', '/v2/app/tags/list?last=b'],
  ['</v2/app/tags/list?last=a>; rel="prev", </v2/app/tags/list?last=c>; rel="next"', '/v2/app/tags/list?last=c'],
  ['</v2/app/tags/list>; rel="next"', undefined],
])('%s leads to %s', (link, page) => {
  expect(nextPage(link, '/v2/app/tags/list')).toBe(page);
});
