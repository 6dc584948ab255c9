// docker search: GET /images/search.
import { argument, filterQuery, query, type Command } from '../command.ts';
import { formatList } from '../format/list.ts';
import { registryAuthHeader, serverOfImage } from './config.ts';

interface Found {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated: boolean;
}

const fields = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  StarCount: 'STARS',
  IsOfficial: 'OFFICIAL',
  IsAutomated: 'AUTOMATED',
};

const DESCRIPTION_CHARACTERS = 45;

export const search: Command = {
  names: ['search'],
  usage: '[OPTIONS] TERM',
  help: 'Search Docker Hub for images',
  args: [1, 1],
  flags: [
    { name: 'filter', short: 'f', type: 'filter', help: 'Filter output based on conditions provided' },
    { name: 'format', type: 'string', help: 'Pretty-print search using a Go template' },
    { name: 'limit', type: 'int', help: 'Max number of search results' },
    { name: 'no-trunc', type: 'bool', help: "Don't truncate output" },
  ],
  async run(call) {
    const { api, flags, io, env } = call;
    const term = argument(call, 0);
    const parameters = query({
      term,
      limit: flags.has('limit') ? flags.number('limit') : undefined,
      filters: filterQuery(flags.list('filter')),
    });
    const body = await api.stream('GET', `/images/search${parameters}`, undefined, {
      'X-Registry-Auth': registryAuthHeader(env, serverOfImage(term)),
    });
    const found = JSON.parse(await api.textOf(body)) as Found[];
    found.sort((a, b) => b.star_count - a.star_count);
    const rows = found.map((one) => ({
      Name: one.name,
      Description: shorten(one.description, flags.bool('no-trunc')),
      StarCount: String(one.star_count),
      IsOfficial: one.is_official ? '[OK]' : '',
      IsAutomated: one.is_automated ? '[OK]' : '',
    }));
    io.out(
      formatList(rows, {
        format: flags.text('format'),
        fields,
        shown: ['Name', 'Description', 'StarCount', 'IsOfficial'],
        type: 'registry.searchContext',
      }),
    );
    return 0;
  },
};

function shorten(text: string, whole: boolean): string {
  const oneLine = text.replaceAll('\n', ' ').replaceAll('\r', ' ');
  return whole || oneLine.length <= DESCRIPTION_CHARACTERS
    ? oneLine
    : `${oneLine.slice(0, DESCRIPTION_CHARACTERS - 1)}…`;
}
