// Writes the table of flags and endpoints in docs/fidelity.md from the engine's own tables: npx tsx scripts/fidelity.ts
// What Docker has stands in scripts/fidelity/*.json: commands and flags as the 28.2 client's --help names them, endpoints as the
// Engine API 1.47 documents them.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { FlagSpec } from '../src/engine/cli/flags.ts';
import { installDouble } from '../src/engine/sys/double.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
export const FILE = join(ROOT, 'docs/fidelity.md');
const [BEGIN, END] = ['<!-- written by scripts/fidelity.ts -->', '<!-- end -->'];

const read = <T>(name: string): T => JSON.parse(readFileSync(join(ROOT, 'scripts/fidelity', name), 'utf8')) as T;

/** docs/fidelity.md as it should be. */
export async function fidelity(): Promise<string> {
  // The engine's modules look for the C module when they are loaded.
  installDouble();
  const text = readFileSync(FILE, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const section = `${await commandTable()}\n${await endpointTable()}`;
  const options = await resolveConfig(FILE);
  return format(`${before}${BEGIN}\n\n${section}\n\n${END}${after}`, { ...options, filepath: FILE });
}

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');

/** `words names`, or nothing where there are none. */
const part = (words: string, names: string): string[] => (names === '' ? [] : [`${words} ${names}`]);

async function commandTable(): Promise<string> {
  const { commands } = await import('../src/engine/cli/commands.ts');
  const { globalFlags } = await import('../src/engine/cli/help.ts');
  const lines: string[] = [];
  const absent: string[] = [];
  for (const [name, names] of Object.entries(read<Record<string, readonly string[]>>('docker-cli.json'))) {
    const ours = commands.find((command) => command.names.includes(name));
    if (ours || name === '') lines.push(commandLine(ours?.names[0], ours?.flags ?? globalFlags, names));
    else absent.push(name);
  }
  return [
    `Commands and flags of Docker's client 28.2. A flag that is not implemented says so, and the command ends with 1.`,
    '',
    ...lines,
    '',
    `Commands that are not implemented, and say so: ${grouped(absent)}.`,
    '',
  ].join('\n');
}

function commandLine(name: string | undefined, ours: readonly FlagSpec[], wanted: readonly string[]): string {
  const flags = wanted.map((flag) => ({ flag: `--${flag}`, spec: ours.find((one) => one.name === flag) }));
  const has = flags.filter(({ spec }) => spec && spec.missing === undefined);
  const same = has.filter(({ spec }) => spec?.differs === undefined).map(({ flag }) => flag);
  const differ = has.flatMap(({ flag, spec }) =>
    spec?.differs === undefined ? [] : [`\`${flag}\` (${spec.differs})`],
  );
  const missing = flags.filter(({ spec }) => !spec || spec.missing !== undefined).map(({ flag }) => flag);
  const parts = [
    ...part('as in Docker', code(same)),
    ...part('**differ**', differ.join(', ')),
    ...part('**not implemented**', code(missing)),
  ];
  const title = name === undefined ? 'before any command' : `\`docker ${name}\``;
  return `- ${title}: ${parts.length > 0 ? parts.join('; ') : 'no flags'}`;
}

/** `context create/export`, so that a group is named once. */
function grouped(names: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const [group = '', ...verb] = name.split(' ');
    groups.set(group, [...(groups.get(group) ?? []), verb.join(' ')]);
  }
  return [...groups].map(([group, verbs]) => `\`${group} ${verbs.join('/')}\``.replace(' `', '`')).join(', ');
}

async function endpointTable(): Promise<string> {
  const { ROUTES } = await import('../src/engine/dockerd/routes.ts');
  const { compile } = await import('../src/engine/dockerd/router.ts');
  const { MISSING, notSwarm } = await import('../src/engine/dockerd/api/absent.ts');
  const groups: Record<'same' | 'differ' | 'swarm' | 'missing' | 'unknown', string[]> = {
    same: [],
    differ: [],
    swarm: [],
    missing: [],
    unknown: [],
  };
  for (const endpoint of read<string[]>('docker-api.json')) {
    const [method = '', path = ''] = endpoint.split(' ');
    const route = ROUTES.find(([m, pattern]) => m === method && compile(pattern).test(path.replaceAll(/[{}]/g, '')));
    const differs = route?.[3];
    if (!route) groups.unknown.push(endpoint);
    else if (MISSING.has(route[2])) groups.missing.push(endpoint);
    else if (route[2] === notSwarm) groups.swarm.push(endpoint);
    else if (differs === undefined) groups.same.push(endpoint);
    else groups.differ.push(`\`${endpoint}\` (${differs})`);
  }
  return [
    `Endpoints of the Engine API 1.47:`,
    '',
    `- as in Docker: ${code(groups.same)}`,
    `- **differ**: ${groups.differ.join(', ')}`,
    `- as in Docker without a swarm (503): ${code(groups.swarm)}`,
    `- **not implemented** (501): ${code(groups.missing)}`,
    ...part('- **not implemented** (404, page not found):', code(groups.unknown)),
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  void fidelity().then((text) => writeFileSync(FILE, text));
