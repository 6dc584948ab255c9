// docker commit and export: a container's file system as an image and as a tar.
import { argument, query, type Command } from '../command.ts';
import { writeOutput } from '../file-stream.ts';
import { checkName } from '../image/name.ts';
import { splitName } from '../image/pull.ts';

const enc = encodeURIComponent;

export const commit: Command = {
  names: ['commit', 'container commit'],
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  help: "Create a new image from a container's changes",
  args: [1, 2],
  flags: [
    { name: 'author', short: 'a', type: 'string', help: 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")' },
    { name: 'change', short: 'c', type: 'list', help: 'Apply Dockerfile instruction to the created image' },
    { name: 'message', short: 'm', type: 'string', help: 'Commit message' },
    { name: 'pause', short: 'p', type: 'bool', help: 'Pause container during commit', default: 'true' },
  ],
  async run(call) {
    const { api, flags, io } = call;
    if (call.args[1]) checkName(call.args[1]);
    const { repository, tag } = splitName(call.args[1] ?? '');
    const parameters = query({
      container: argument(call, 0),
      repo: repository,
      tag,
      comment: flags.text('message'),
      author: flags.text('author'),
    });
    const pause = flags.has('pause') && !flags.bool('pause') ? '&pause=0' : '';
    const changes = flags.list('change').map((change) => `&changes=${enc(change)}`);
    const { Id } = await api.json<{ Id: string }>('POST', `/commit${parameters}${pause}${changes.join('')}`);
    io.out(`${Id}\n`);
    return 0;
  },
};

export const exportContainer: Command = {
  names: ['export', 'container export'],
  usage: '[OPTIONS] CONTAINER',
  help: "Export a container's filesystem as a tar archive",
  args: [1, 1],
  flags: [{ name: 'output', short: 'o', type: 'string', help: 'Write to a file, instead of STDOUT' }],
  async run(call) {
    await writeOutput(call, 'export', () => call.api.stream('GET', `/containers/${enc(argument(call, 0))}/export`));
    return 0;
  },
};
