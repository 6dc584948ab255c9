import { expect, it } from 'vitest';
import { BuildArgs } from './args.ts';

it('an argument is known where it is declared, with what was given before its default', () => {
  const args = new BuildArgs(
    new Map([
      ['GIVEN', 'given'],
      ['UNUSED', 'x'],
      ['http_proxy', 'p'],
    ]),
  );
  args.declareMeta('GIVEN', 'default');
  args.declareMeta('VERSION', '1');
  expect([args.ofMeta('GIVEN'), args.ofMeta('VERSION'), args.ofMeta('TARGETARCH')]).toEqual(['given', '1', '386']);
  args.beginStage();
  expect(args.ofStage('VERSION')).toBeUndefined();
  args.declare('VERSION', undefined);
  args.declare('OWN', 'own');
  args.declare('NONE', undefined);
  args.declare('SHADOWED', 'x');
  expect(args.forRun(['SHADOWED=env'])).toEqual(['OWN=own', 'VERSION=1', 'http_proxy=p']);
  expect(args.forKey([])).toEqual(['OWN=own', 'SHADOWED=x', 'VERSION=1']);
  expect(args.unused()).toEqual(['UNUSED']);
  args.beginStage();
  expect(args.ofStage('OWN')).toBeUndefined();
});
