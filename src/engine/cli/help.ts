// The texts of --help.
import { commands, groups } from './commands.ts';
import type { Command } from './command.ts';
import { flagHelp, missingFlag, type FlagSpec } from './flags.ts';

export const globalFlags: readonly FlagSpec[] = [
  { name: 'config', type: 'string', help: 'Location of client config files' },
  {
    name: 'context',
    short: 'c',
    type: 'string',
    help: 'Name of the context to use to connect to the daemon',
    differs: 'only default',
  },
  { name: 'debug', short: 'D', type: 'bool', help: 'Enable debug mode', differs: 'no effect' },
  { name: 'host', short: 'H', type: 'list', help: 'Daemon socket to connect to' },
  {
    name: 'log-level',
    short: 'l',
    type: 'string',
    help: 'Set the logging level',
    default: '"info"',
    differs: 'no effect',
  },
  ...['tls', 'tlsverify'].map((name) => missingFlag(name, 'bool')),
  ...['tlscacert', 'tlscert', 'tlskey'].map((name) => missingFlag(name, 'string')),
  { name: 'version', short: 'v', type: 'bool', help: 'Print version information and quit' },
];

/** `Usage:  docker ps [OPTIONS]`. */
export function usageLine(typed: string, command: Command): string {
  return `Usage:  ${typed} ${command.usage}`.trimEnd();
}

export function commandHelp(typed: string, command: Command): string {
  const aliases =
    command.names.length > 1
      ? `\nAliases:\n  ${[...command.names]
          .sort((a, b) => b.length - a.length)
          .map((name) => `docker ${name}`)
          .join(', ')}\n`
      : '';
  const options = command.flags.length > 0 ? `\nOptions:\n${flagHelp(command.flags)}\n` : '';
  return `\n${usageLine(typed, command)}\n\n${command.help}\n${aliases}${options}`.slice(1);
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

const common = ['run', 'exec', 'ps', 'build', 'pull', 'push', 'images', 'login', 'logout', 'search', 'version', 'info'];

function rows(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([name, help]) => `  ${name.padEnd(11)} ${help}\n`).join('');
}

export function rootHelp(): string {
  const single = commands.flatMap((command): (readonly [string, string])[] => {
    const name = command.names.find((candidate) => !candidate.includes(' '));
    return name ? [[name, command.summary ?? firstLine(command.help)]] : [];
  });
  const known = new Map(single);
  const others = single.filter(([name]) => !common.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return `Usage:  docker [OPTIONS] COMMAND

A self-sufficient runtime for containers

Common Commands:
${rows(common.flatMap((name) => (known.has(name) ? [[name, known.get(name) ?? ''] as const] : [])))}
Management Commands:
${rows(Object.entries(groups))}
Commands:
${rows(others)}
Global Options:
${flagHelp(globalFlags)}

Run 'docker COMMAND --help' for more information on a command.
`;
}

export function groupHelp(group: string): string {
  const members = commands.flatMap((command): (readonly [string, string])[] => {
    const name = command.names.find((candidate) => candidate.startsWith(`${group} `));
    return name ? [[name.slice(group.length + 1), command.summary ?? firstLine(command.help)]] : [];
  });
  return `Usage:  docker ${group} COMMAND

${groups[group] ?? ''}

Commands:
${rows(members.sort(([a], [b]) => (a < b ? -1 : 1)))}
Run 'docker ${group} COMMAND --help' for more information on a command.
`;
}
