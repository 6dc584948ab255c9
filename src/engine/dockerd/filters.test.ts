import { describe, expect, it } from 'vitest';
import { Filters } from './filters.ts';

const accepted = ['label', 'label!', 'status', 'name', 'dangling'];

describe('Filters', () => {
  it('takes both spellings', () => {
    expect(Filters.parse('{"status":["running","exited"]}', accepted).get('status')).toEqual(['running', 'exited']);
    expect(Filters.parse('{"status":{"running":true,"dead":false}}', accepted).get('status')).toEqual(['running']);
    expect(Filters.parse('', accepted).isEmpty).toBe(true);
  });

  it.each(['{', '[]', '"x"', '{"status":1}', '{"status":[1]}'])('refuses %s', (text) => {
    expect(() => Filters.parse(text, accepted)).toThrow('invalid filter');
  });

  it('refuses a name that the list does not know', () => {
    expect(() => Filters.parse('{"colour":["red"]}', accepted)).toThrow("invalid filter 'colour'");
  });

  it('needs every label, and takes any of the other values', () => {
    const filters = Filters.parse('{"label":["a","b=2"],"status":["running","paused"]}', accepted);
    expect(filters.labels({ a: '1', b: '2' })).toBe(true);
    expect(filters.labels({ a: '1', b: '3' })).toBe(false);
    expect(filters.labels(null)).toBe(false);
    expect(filters.exact('status', 'paused')).toBe(true);
    expect(filters.exact('status', 'dead')).toBe(false);
  });

  it('leaves out what label! names', () => {
    const filters = Filters.parse('{"label!":["keep"]}', accepted);
    expect(filters.labels({ keep: '' })).toBe(false);
    expect(filters.labels({})).toBe(true);
  });

  it('reads names as patterns, and survives a malformed one', () => {
    expect(Filters.parse('{"name":["^we"]}', accepted).match('name', 'web')).toBe(true);
    expect(Filters.parse('{"name":["^b"]}', accepted).match('name', 'web')).toBe(false);
    expect(Filters.parse('{"name":["("]}', accepted).match('name', 'web')).toBe(false);
  });

  it('reads yes and no', () => {
    expect(Filters.parse('{"dangling":["false"]}', accepted).bool('dangling', true)).toBe(false);
    expect(Filters.none.bool('dangling', true)).toBe(true);
    expect(() => Filters.parse('{"dangling":["maybe"]}', accepted).bool('dangling', true)).toThrow('dangling=[maybe]');
  });
});
