// docker images, rmi, tag, history, image prune.
import { argument, CommandError, filterQuery, messageOf, query, type Command } from '../command.ts';
import { missingFlag, newerFlag } from '../flags.ts';
import { confirmed } from '../container/lifecycle.ts';
import { formatList, listFlags, type Row } from '../format/list.ts';
import { ago, dateTime, humanSize, shortId } from '../format/units.ts';
import { problemOfName } from './name.ts';
import { splitName } from './pull.ts';

const enc = encodeURIComponent;

export interface ImageSummary {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
  readonly SharedSize: number;
  readonly Containers: number;
}

export const imageFields = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
  VirtualSize: 'SIZE',
};

export const imageList: Command = {
  names: ['images', 'image ls', 'image list'],
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  help: 'List images',
  args: [0, 1],
  flags: [
    ...listFlags,
    { name: 'all', short: 'a', type: 'bool', help: 'Show all images (default hides intermediate images)' },
    { name: 'digests', type: 'bool', help: 'Show digests' },
    missingFlag('tree', 'bool'),
  ],
  async run(call) {
    const { api, flags, io } = call;
    const [reference] = call.args;
    const filters = [...flags.list('filter'), ...(reference === undefined ? [] : [`reference=${reference}`])];
    const list = await api.json<ImageSummary[]>(
      'GET',
      `/images/json${query({ all: flags.bool('all'), digests: flags.bool('digests'), filters: filterQuery(filters) })}`,
    );
    const digests = flags.bool('digests');
    const rows = list.flatMap((image) => rowsOfImage(image, { short: !flags.bool('no-trunc'), digests }));
    const quiet = flags.bool('quiet');
    const shown = ['Repository', 'Tag', ...(digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'];
    io.out(
      formatList(rows, {
        format: flags.text('format'),
        quiet: quiet ? 'ID' : undefined,
        fields: imageFields,
        shown,
        type: 'formatter.imageContext',
      }),
    );
    return 0;
  },
};

/** A row of `docker images` for each name of the image. */
export function rowsOfImage(image: ImageSummary, options: { short: boolean; digests: boolean }): Row[] {
  const digestOf = (repository: string): string =>
    (image.RepoDigests ?? []).find((entry) => entry.startsWith(`${repository}@`))?.split('@')[1] ?? '<none>';
  const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
  const named = tags.map((tag) => splitName(tag));
  const list =
    named.length > 0 ? named : [{ repository: (image.RepoDigests ?? [])[0]?.split('@')[0] ?? '<none>', tag: '<none>' }];
  return list.map(({ repository, tag }) => ({
    Repository: repository,
    Tag: tag,
    Digest: options.digests ? digestOf(repository) : '<none>',
    ID: options.short ? shortId(image.Id) : image.Id,
    CreatedSince: ago(image.Created, Date.now()),
    CreatedAt: dateTime(image.Created),
    Size: humanSize(image.Size),
    Containers: image.Containers < 0 ? 'N/A' : String(image.Containers),
    SharedSize: image.SharedSize < 0 ? 'N/A' : humanSize(image.SharedSize),
    UniqueSize: 'N/A',
    VirtualSize: humanSize(image.Size, 4),
  }));
}

export const imageRemove: Command = {
  names: ['rmi', 'image rm', 'image remove'],
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  help: 'Remove one or more images',
  args: [1, Infinity],
  flags: [
    { name: 'force', short: 'f', type: 'bool', help: 'Force removal of the image' },
    { name: 'no-prune', type: 'bool', help: 'Do not delete untagged parents' },
    newerFlag('platform', 'list', '1.50'),
  ],
  async run({ api, args, flags, io }) {
    const errors: string[] = [];
    let fatal = false;
    for (const name of args) {
      try {
        const done = await api.json<{ Untagged?: string; Deleted?: string }[]>(
          'DELETE',
          `/images/${enc(name)}${query({ force: flags.bool('force'), noprune: flags.bool('no-prune') })}`,
        );
        for (const { Untagged, Deleted } of done)
          io.out(Deleted ? `Deleted: ${Deleted}\n` : `Untagged: ${Untagged ?? ''}\n`);
      } catch (error) {
        if ((error as { status?: number }).status !== 404 || !flags.bool('force')) fatal = true;
        errors.push(messageOf(error));
      }
    }
    for (const error of errors) io.err(`${error}\n`);
    return fatal ? 1 : 0;
  },
};

export const tag: Command = {
  names: ['tag', 'image tag'],
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  help: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  args: [2, 2],
  flags: [],
  async run(call) {
    for (const name of call.args) {
      const problem = /^[a-f0-9]{64}$/.test(name) && name === call.args[0] ? undefined : problemOfName(name);
      if (problem !== undefined)
        throw new CommandError(`Error parsing reference: "${name}" is not a valid repository/tag: ${problem}`);
    }
    const { repository, tag: name } = splitName(argument(call, 1));
    await call.api.send(
      'POST',
      `/images/${enc(argument(call, 0))}/tag${query({ repo: repository, tag: name || 'latest' })}`,
    );
    return 0;
  },
};

export const history: Command = {
  names: ['history', 'image history'],
  usage: '[OPTIONS] IMAGE',
  help: 'Show the history of an image',
  args: [1, 1],
  flags: [
    { name: 'format', type: 'string', help: "Format: 'table', 'table TEMPLATE', 'json' or a Go template" },
    {
      name: 'human',
      short: 'H',
      type: 'bool',
      help: 'Print sizes and dates in human readable format',
      default: 'true',
    },
    { name: 'no-trunc', type: 'bool', help: "Don't truncate output" },
    newerFlag('platform', 'string', '1.48'),
    { name: 'quiet', short: 'q', type: 'bool', help: 'Only show image IDs' },
  ],
  async run(call) {
    const { flags, io } = call;
    const human = !flags.has('human') || flags.bool('human');
    const short = !flags.bool('no-trunc');
    const list = await call.api.json<
      { Id: string; Created: number; CreatedBy: string; Size: number; Comment: string }[]
    >('GET', `/images/${enc(argument(call, 0))}/history`);
    const rows = list.map((layer) => {
      const by = layer.CreatedBy.replace(/\t/g, ' ');
      return {
        ID: short && layer.Id.startsWith('sha256:') ? shortId(layer.Id) : layer.Id,
        CreatedSince: human
          ? ago(layer.Created, Date.now())
          : new Date(layer.Created * 1000).toISOString().replace('.000', ''),
        CreatedAt: new Date(layer.Created * 1000).toISOString().replace('.000', ''),
        CreatedBy: short && by.length > 45 ? `${by.slice(0, 44)}…` : by,
        Size: human ? humanSize(layer.Size) : String(layer.Size),
        Comment: layer.Comment,
      };
    });
    const heads = {
      ID: 'IMAGE',
      CreatedSince: human ? 'CREATED' : 'CREATED AT',
      CreatedAt: 'CREATED AT',
      CreatedBy: 'CREATED BY',
      Size: 'SIZE',
      Comment: 'COMMENT',
    };
    io.out(
      formatList(rows, {
        format: flags.text('format'),
        quiet: flags.bool('quiet') ? 'ID' : undefined,
        fields: heads,
        shown: ['ID', 'CreatedSince', 'CreatedBy', 'Size', 'Comment'],
        type: 'image.historyContext',
      }),
    );
    return 0;
  },
};

export const imagePrune: Command = {
  names: ['image prune'],
  usage: '[OPTIONS]',
  help: 'Remove unused images',
  args: [0, 0],
  flags: [
    { name: 'all', short: 'a', type: 'bool', help: 'Remove all unused images, not just dangling ones' },
    { name: 'filter', type: 'filter', help: 'Only what meets these conditions' },
    { name: 'force', short: 'f', type: 'bool', help: 'Do not prompt for confirmation' },
  ],
  async run(call) {
    const all = call.flags.bool('all');
    const warning = all
      ? 'WARNING! This will remove all images without at least one container associated to them.'
      : 'WARNING! This will remove all dangling images.';
    if (!(await confirmed(call, warning))) return 0;
    const filters = [...call.flags.list('filter'), `dangling=${!all}`];
    const { ImagesDeleted, SpaceReclaimed } = await call.api.json<{
      ImagesDeleted: { Untagged?: string; Deleted?: string }[] | null;
      SpaceReclaimed: number;
    }>('POST', `/images/prune${query({ filters: filterQuery(filters) })}`);
    if (ImagesDeleted?.length) {
      const lines = ImagesDeleted.map(({ Untagged, Deleted }) =>
        Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted ?? ''}`,
      );
      call.io.out(`Deleted Images:\n${lines.join('\n')}\n\n`);
    }
    call.io.out(`Total reclaimed space: ${humanSize(SpaceReclaimed)}\n`);
    return 0;
  },
};
