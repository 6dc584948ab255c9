// One file a command in test/vm/commands, and each in a runner: a command of the client without one fails here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { installDouble } from '../../src/engine/sys/double.ts';

const VM = join(import.meta.dirname, '../vm');
const filesIn = (folder: string): string[] => readdirSync(join(VM, folder)).map((name) => name.replace(/\.ts$/, ''));
const runners = readdirSync(VM).filter((name) => name.endsWith('.test.ts'));

/** Names of each command of the client, as names of files: `network connect` is network-connect. */
let commands: readonly (readonly string[])[];
beforeAll(async () => {
  // The engine's modules look for the C module when they are loaded.
  installDouble();
  const table = await import('../../src/engine/cli/commands.ts');
  commands = table.commands.map(({ names }) => names.map((name) => name.replaceAll(' ', '-')));
}, 60_000);

it('every command of the client has one file of cases', () => {
  const files = filesIn('commands');
  expect(commands.map((names) => [names[0], files.filter((file) => names.includes(file))])).toEqual(
    commands.map((names) => [names[0], [expect.any(String)]]),
  );
});

it('every file is of a command', () => {
  const known = new Set(commands.flat());
  expect(filesIn('commands').filter((file) => !known.has(file))).toEqual([]);
});

it('every file runs in one runner', () => {
  const imported = runners.flatMap((name) =>
    [...readFileSync(join(VM, name), 'utf8').matchAll(/'\.\/((?:commands|topics)\/[\w-]+)\.ts'/g)].map(
      ([, path]) => path,
    ),
  );
  const files = ['commands', 'topics'].flatMap((folder) => filesIn(folder).map((file) => `${folder}/${file}`));
  expect(imported.sort()).toEqual(files.sort());
});
