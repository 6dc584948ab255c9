// POST /images/create?fromSrc=-&repo=&tag=&message=&changes=: a tar becomes an image of one layer.
import { announceImage } from '../../../image/announce.ts';
import { chainIdOf } from '../../../image/layers.ts';
import { reporting } from '../../../image/progress.ts';
import { parseReference, withDefaultTag } from '../../../image/reference.ts';
import { applyChanges } from '../../../image/changes.ts';
import { defaultConfig } from '../../container/defaults.ts';
import { now } from '../../container/create.ts';
import type { Daemon } from '../../daemon.ts';
import { notImplemented } from '../../errors.ts';
import { ARCHITECTURE, OS } from '../../platform.ts';
import { stream, type ApiRequest, type Reply } from '../../request.ts';
import { TarExtract } from '../../../sys/index.ts';

export function importImage(daemon: Daemon, request: ApiRequest): Reply {
  const { query } = request;
  if (query.get('fromSrc') !== '-') throw notImplemented('import from a URL');
  const repo = query.get('repo');
  const tag = query.get('tag');
  const ref = repo === '' ? undefined : withDefaultTag(parseReference(tag === '' ? repo : `${repo}:${tag}`));
  const config = applyChanges(defaultConfig(), query.all('changes'));
  return stream('application/json', (out) =>
    reporting(out, async (report) => {
      const made = daemon.layers.begin();
      try {
        const extract = new TarExtract(made.diffDir, { whiteouts: 'plain' });
        for (let bytes = await request.body.read(); bytes !== null; bytes = await request.body.read())
          extract.push(bytes);
        const { diffId: hex, fileBytes } = extract.finish();
        const diffId = `sha256:${hex}`;
        if (!daemon.layers.get(chainIdOf(undefined, diffId))) daemon.layers.commit(made, undefined, diffId, fileBytes);
        else daemon.layers.discard(made);
        const created = now();
        const image = daemon.images.add(
          JSON.stringify({
            architecture: ARCHITECTURE,
            os: OS,
            created,
            comment: query.get('message') || 'Imported from -',
            config,
            rootfs: { type: 'layers', diff_ids: [diffId] },
            history: [{ created, comment: query.get('message') || 'Imported from -' }],
          }),
        );
        if (ref) daemon.images.tag(ref, image.id);
        announceImage(daemon, image, request.span);
        daemon.events.emit('image', 'import', image.id, { name: image.id });
        report({ status: image.id });
      } catch (error) {
        daemon.layers.discard(made);
        throw error;
      }
    }),
  );
}
