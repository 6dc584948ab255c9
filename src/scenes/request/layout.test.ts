// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../protocol/events.ts';
import { fold } from '../example.ts';
import type { Figure } from '../kit/figure.ts';
import { layout as request, describe as requestInWords } from './layout.ts';

describe('request', () => {
  it.each([380, 584, 700, 1200])('has heads that are whole and apart on a stage of %i', (width) => {
    const world = fold({ kind: 'span', span: { k: 'b', id: '7.1', c: 'docker', n: 'cli', a: { args: ['ps'] } } });
    const heads = request(world, width, 600).figures.filter((each) => each.look === 'head');
    expect(heads).toHaveLength(6);
    const isApart = (a: Figure, b: Figure): boolean =>
      a === b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
    for (const head of heads) {
      expect(head.w).toBeGreaterThanOrEqual('containerd'.length * 7.2 + 16);
      expect(head.x >= 0 && head.x + head.w <= width).toBe(true);
      expect(heads.every((other) => isApart(head, other))).toBe(true);
    }
  });

  it('says so when the client answered by itself', () => {
    const said = (k: 'b' | 'e', a: Record<string, unknown>): EventBody => ({
      kind: 'span',
      span: { k, id: '7.1', c: 'docker', n: 'cli', a },
    });
    const asked = fold(said('b', { args: ['ps', '--nope'] }));
    expect(requestInWords(asked)).toHaveLength(1);
    const world = fold(said('b', { args: ['ps', '--nope'] }), said('e', { exitCode: 125 }));
    expect(requestInWords(world)[1]).toBe('docker: answered by the client itself (dockerd was not asked).');
  });
});
