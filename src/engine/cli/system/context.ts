// docker context: there is one, `default`: the daemon's socket. The commands that make others are not here.
import { sha256Hex } from '../../sys/index.ts';
import { CommandError, forEachName, type Command } from '../command.ts';
import { escapeHtml, formatList, formatObjects } from '../format/list.ts';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const NAME = 'default';

const fields = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  DockerEndpoint: 'DOCKER ENDPOINT',
  Error: 'ERROR',
  Current: 'CURRENT',
};

const hostOf = (env: Readonly<Record<string, string>>): string => env['DOCKER_HOST'] || DEFAULT_HOST;

export const contextList: Command = {
  names: ['context ls', 'context list'],
  usage: '[OPTIONS]',
  help: 'List contexts',
  args: [0, 0],
  flags: [
    { name: 'format', type: 'string', help: "Format: 'table', 'table TEMPLATE', 'json' or a Go template" },
    { name: 'quiet', short: 'q', type: 'bool', help: 'Only show context names' },
  ],
  run({ flags, io, env }) {
    const quiet = flags.bool('quiet');
    const asTable = /^(|table.*)$/.test(flags.text('format'));
    const row = {
      Name: asTable && !quiet ? `${NAME} *` : NAME,
      Description: env['DOCKER_HOST']
        ? 'Overridden by the DOCKER_HOST environment variable'
        : 'Current DOCKER_HOST based configuration',
      DockerEndpoint: hostOf(env),
      Error: '',
      Current: 'true',
    };
    const shown = ['Name', 'Description', 'DockerEndpoint', 'Error'];
    io.out(
      formatList([row], {
        format: flags.text('format'),
        quiet: quiet ? 'Name' : undefined,
        fields,
        shown,
        type: 'formatter.clientContextContext',
      }),
    );
    return Promise.resolve(0);
  },
};

export const contextShow: Command = {
  names: ['context show'],
  usage: '',
  help: 'Print the name of the current context',
  args: [0, 0],
  flags: [],
  run({ io }) {
    io.out(`${NAME}\n`);
    return Promise.resolve(0);
  },
};

/** Docker's words for a context that nobody made. */
export function contextNotFound(name: string): string {
  const file = `/root/.docker/contexts/meta/${sha256Hex(name)}/meta.json`;
  return `context ${JSON.stringify(name)}: context not found: open ${file}: no such file or directory`;
}

export const contextUse: Command = {
  names: ['context use'],
  usage: 'CONTEXT',
  help: 'Set the current docker context',
  args: [1, 1],
  flags: [],
  run({ args, io }) {
    const [name = ''] = args;
    if (name !== NAME) throw new CommandError(contextNotFound(name));
    io.out(`${name}\n`);
    io.err(`Current context is now ${JSON.stringify(name)}\n`);
    return Promise.resolve(0);
  },
};

export const contextInspect: Command = {
  names: ['context inspect'],
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  help: 'Display detailed information on one or more contexts',
  args: [0, Infinity],
  flags: [{ name: 'format', short: 'f', type: 'string', help: "Format: 'json' or a Go template" }],
  async run(call) {
    const names = call.args.length > 0 ? call.args : [NAME];
    const found: object[] = [];
    const status = await forEachName(call, names, (name) => {
      if (name !== NAME) throw new CommandError(contextNotFound(name));
      found.push({
        Name: NAME,
        Metadata: {},
        Endpoints: { docker: { Host: hostOf(call.env), SkipTLSVerify: false } },
        TLSMaterial: {},
        Storage: { MetadataPath: '<IN MEMORY>', TLSPath: '<IN MEMORY>' },
      });
      return Promise.resolve(undefined);
    });
    const format = call.flags.text('format');
    const text = formatObjects(found, format, { type: 'context.contextWithTLSListing' });
    call.io.out(format === '' ? escapeHtml(text) : text);
    return status;
  },
};
