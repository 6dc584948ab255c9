// docker builder prune.
import { filterQuery, query, type Command } from '../command.ts';
import { confirmed } from '../container/lifecycle.ts';
import { humanSize } from '../format/units.ts';

export const builderPrune: Command = {
  names: ['builder prune'],
  usage: '',
  help: 'Remove build cache',
  flags: [
    { name: 'all', short: 'a', type: 'bool', help: 'Remove all unused build cache, not just dangling ones' },
    { name: 'filter', type: 'filter', help: 'Provide filter values (e.g. "until=24h")' },
    { name: 'force', short: 'f', type: 'bool', help: 'Do not prompt for confirmation' },
    { name: 'keep-storage', type: 'bytes', help: 'Amount of disk space to keep for cache' },
  ],
  args: [0, 0],
  async run(call) {
    const all = call.flags.bool('all');
    const warning = all
      ? 'WARNING! This will remove all build cache.'
      : 'WARNING! This will remove all dangling build cache.';
    if (!(await confirmed(call, warning))) return 0;
    const filters = filterQuery(call.flags.list('filter'));
    const { CachesDeleted, SpaceReclaimed } = await call.api.json<{
      CachesDeleted: string[] | null;
      SpaceReclaimed: number;
    }>('POST', `/build/prune${query({ all, filters, 'keep-storage': call.flags.number('keep-storage') })}`);
    if (CachesDeleted?.length) call.io.out(`Deleted build cache objects:\n${CachesDeleted.join('\n')}\n\n`);
    call.io.out(`Total reclaimed space: ${humanSize(SpaceReclaimed)}\n`);
    return 0;
  },
};
