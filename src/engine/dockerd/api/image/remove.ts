// DELETE /images/{name}?force=&noprune=: takes a name away; the last one takes the image and its unshared layers with it.
import { announceImage } from '../../../image/announce.ts';
import type { Image } from '../../../image/images.ts';
import { familiar, looksLikeId, parseReference, withDefaultTag } from '../../../image/reference.ts';
import { treesRemoved } from '../../../loop/index.ts';
import { isRunning } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict } from '../../errors.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';

export interface Deleted {
  Untagged?: string;
  Deleted?: string;
}

export async function remove(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const name = param(request);
  const { query } = request;
  const done = removeImage(daemon, name, { force: query.flag('force'), prune: !query.flag('noprune') });
  await treesRemoved();
  return json(done);
}

export function removeImage(daemon: Daemon, name: string, options: { force: boolean; prune: boolean }): Deleted[] {
  const image = daemon.images.require(name);
  const done: Deleted[] = [];
  const untag = (familiarText: string): void => {
    daemon.images.untag(familiarText);
    daemon.events.emit('image', 'untag', image.id, { name: image.id });
    announceImage(daemon, image);
    done.push({ Untagged: familiarText });
  };
  const names = daemon.images.names(image.id);
  if (isById(image, name, names)) {
    if (names.tags.length > 1 && !options.force) {
      throw conflict(
        `conflict: unable to delete ${shortId(image)} (must be forced) - image is referenced in multiple repositories`,
      );
    }
    checkUse(daemon, image, options.force, shortId(image));
    for (const one of [...names.tags, ...names.digests]) untag(one);
  } else {
    const spelled = familiar(withDefaultTag(parseReference(name)));
    const others = names.tags.filter((one) => one !== spelled);
    if (others.length === 0) checkUse(daemon, image, options.force, spelled, true);
    untag(spelled);
    if (others.length > 0) return done;
    for (const digest of names.digests) untag(digest);
  }
  // A container that was not asked (force) still holds the layers: the image stays, without a name.
  if (daemon.containers.all().some((container) => container.imageId === image.id)) return done;
  deleteChain(daemon, image, options.prune, done);
  return done;
}

function isById(image: Image, name: string, names: { tags: string[]; digests: string[] }): boolean {
  if (!looksLikeId(name)) return false;
  const spelled = familiar(withDefaultTag(parseReference(name.replace(/^sha256:/, '').slice(0, 63))));
  return image.id.replace('sha256:', '').startsWith(name.replace(/^sha256:/, '')) && !names.tags.includes(spelled);
}

/** The image, then its parents that have no name and no other child. */
function deleteChain(daemon: Daemon, image: Image, prune: boolean, done: Deleted[]): void {
  if (daemon.images.children(image.id).length > 0) {
    if (done.length > 0) return;
    throw conflict(
      `conflict: unable to delete ${shortId(image)} (cannot be forced) - image has dependent child images`,
    );
  }
  const layers = daemon.images.remove(image);
  daemon.events.emit('image', 'delete', image.id, { name: image.id });
  done.push({ Deleted: image.id }, ...layers.map((chainId) => ({ Deleted: chainId })));
  const parent = image.parent === undefined ? undefined : daemon.images.get(image.parent);
  if (
    !prune ||
    !parent ||
    daemon.images.names(parent.id).tags.length > 0 ||
    daemon.images.children(parent.id).length > 0
  )
    return;
  if (daemon.containers.all().some((container) => container.imageId === parent.id)) return;
  deleteChain(daemon, parent, prune, done);
}

/** `byName`: Docker's words differ when a repository reference is removed. */
function checkUse(daemon: Daemon, image: Image, force: boolean, what: string, byName = false): void {
  for (const container of daemon.containers.all()) {
    if (container.imageId !== image.id) continue;
    const id = container.id.slice(0, 12);
    if (isRunning(container)) {
      if (force && byName) continue;
      throw conflict(
        byName
          ? `conflict: unable to remove repository reference "${what}" (must force) - container ${id} is using its referenced image ${shortId(image)}`
          : `conflict: unable to delete ${what} (cannot be forced) - image is being used by running container ${id}`,
      );
    }
    if (force) continue;
    throw conflict(
      byName
        ? `conflict: unable to remove repository reference "${what}" (must force) - container ${id} is using its referenced image ${shortId(image)}`
        : `conflict: unable to delete ${what} (must be forced) - image is being used by stopped container ${id}`,
    );
  }
}

function shortId({ id }: Image): string {
  return id.slice(7, 19);
}
