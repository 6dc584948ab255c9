// docker save, load and import: images as archives.
import { argument, CommandError, query, type Command } from '../command.ts';
import { newerFlag } from '../flags.ts';
import { openInput, writeOutput } from '../file-stream.ts';
import { showOn, showProgress } from '../progress.ts';
import { checkName } from './name.ts';
import { splitName } from './pull.ts';

const enc = encodeURIComponent;
const platform = newerFlag('platform', 'string', '1.48');

export const save: Command = {
  names: ['save', 'image save'],
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  help: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  args: [1, Infinity],
  flags: [{ name: 'output', short: 'o', type: 'string', help: 'Write to a file, instead of STDOUT' }, platform],
  async run(call) {
    const { api, args } = call;
    const path =
      args.length === 1
        ? `/images/${enc(argument(call, 0))}/get`
        : `/images/get?${args.map((name) => `names=${enc(name)}`).join('&')}`;
    await writeOutput(call, 'save', () => api.stream('GET', path));
    return 0;
  },
};

export const load: Command = {
  names: ['load', 'image load'],
  usage: '[OPTIONS]',
  help: 'Load an image from a tar archive or STDIN',
  args: [0, 0],
  flags: [
    { name: 'input', short: 'i', type: 'string', help: 'Read from tar archive file, instead of STDIN' },
    platform,
    { name: 'quiet', short: 'q', type: 'bool', help: 'Suppress the load output' },
  ],
  async run(call) {
    const { api, flags, io, cwd } = call;
    const input = flags.text('input');
    if (input === '' && io.isTerminal(0)) throw new CommandError('requested load from stdin, but stdin is empty');
    const archive = input === '' ? io.stdin : openInput(input, cwd);
    // Without a terminal nobody can look at bars: the daemon leaves them out, as with -q.
    const quiet = flags.bool('quiet') || !io.isTerminal(1);
    const path = `/images/load${query({ quiet })}`;
    const body = await api.stream('POST', path, archive, { 'Content-Type': 'application/x-tar' });
    await showProgress(body, showOn(io));
    return 0;
  },
};

export const importImage: Command = {
  names: ['import', 'image import'],
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  help: 'Import the contents from a tarball to create a filesystem image',
  args: [1, 2],
  flags: [
    { name: 'change', short: 'c', type: 'list', help: 'Apply Dockerfile instruction to the created image' },
    { name: 'message', short: 'm', type: 'string', help: 'Set commit message for imported image' },
    { name: 'platform', type: 'string', help: 'Set platform if server is multi-platform capable' },
  ],
  async run(call) {
    const { api, flags, io, cwd } = call;
    const source = argument(call, 0);
    if (call.args[1]) checkName(call.args[1]);
    const { repository, tag } = splitName(call.args[1] ?? '');
    const isUrl = /^https?:\/\//.test(source);
    const changes = flags.list('change').map((change) => `&changes=${enc(change)}`);
    const parameters = query({
      fromSrc: isUrl ? source : '-',
      message: flags.text('message'),
      repo: repository,
      tag,
      platform: flags.text('platform'),
    });
    const archive = isUrl ? undefined : source === '-' ? io.stdin : openInput(source, cwd);
    const body = await api.stream('POST', `/images/create${parameters}${changes.join('')}`, archive);
    await showProgress(body, showOn(io));
    return 0;
  },
};
