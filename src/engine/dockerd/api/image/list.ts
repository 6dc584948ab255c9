// GET /images/json?all=&digests=&filters=&shared-size=&manifests=
import type { Image } from '../../../image/images.ts';
import { familiarName, parseReference, withDefaultTag, familiar } from '../../../image/reference.ts';
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { untilMs } from '../../prune.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { parseInstant, toMs } from '../../time.ts';

const FILTERS = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

export function list(daemon: Daemon, request: ApiRequest): Reply {
  const { query } = request;
  const filters = Filters.parse(query.get('filters'), FILTERS);
  const all = query.flag('all');
  const images = daemon.images.all().filter((image) => passes(daemon, image, filters, all));
  images.sort((a, b) => createdMs(b) - createdMs(a));
  const counts = query.flag('shared-size') ? sharedSizes(daemon) : undefined;
  const patterns = filters.get('reference');
  return json(images.map((image) => onlyMatching(patterns, summary(daemon, request, image, counts))));
}

/** What API 1.43 and older have in an image's description; their clients reckon with it. */
export function virtualSize({ apiVersion }: ApiRequest, image: Image): { VirtualSize?: number } {
  return apiVersion < 44 ? { VirtualSize: image.sizeBytes } : {};
}

export function createdMs(image: Image): number {
  const at = parseInstant(image.config.created ?? '');
  return at ? toMs(at) : 0;
}

export function labelsOf(image: Image): Record<string, string> | null {
  return (image.config.config?.['Labels'] as Record<string, string> | undefined) ?? null;
}

export function isDangling(daemon: Daemon, image: Image): boolean {
  return daemon.images.names(image.id).tags.length === 0;
}

/** Images between (a build's steps) are shown only when all are asked for. */
function passes(daemon: Daemon, image: Image, filters: Filters, all: boolean): boolean {
  const dangling = isDangling(daemon, image);
  if (dangling && !all && daemon.images.children(image.id).length > 0) return false;
  if (filters.has('dangling') && filters.bool('dangling', true) !== dangling) return false;
  const bound = (name: string): number | undefined => {
    const [value] = filters.get(name);
    return value === undefined ? undefined : createdMs(daemon.images.require(value));
  };
  const [before, since] = [bound('before'), bound('since')];
  const created = createdMs(image);
  return (
    filters.labels(labelsOf(image)) &&
    (before === undefined || created < before) &&
    (since === undefined || created > since) &&
    created < untilMs(filters) &&
    filters.any('reference', (pattern) =>
      daemon.images.names(image.id).tags.some((name) => matchesReference(pattern, name)),
    )
  );
}

/** `busy*`, `busybox:1.*`, `busybox`: path.Match on the familiar name with and without its tag. */
export function matchesReference(pattern: string, name: string): boolean {
  const expression = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]')}$`,
  );
  const ref = parseReference(name);
  if (expression.test(familiar(ref)) || expression.test(familiarName(ref))) return true;
  try {
    return familiar(withDefaultTag(parseReference(pattern))) === familiar(ref);
  } catch {
    return false;
  }
}

/** All of them with shared sizes and the number of their containers, for GET /system/df. */
export function imageSummaries(daemon: Daemon, request: ApiRequest): object[] {
  const shared = sharedSizes(daemon);
  const containers = daemon.containers.all();
  // Without a build's steps, as in the list.
  const shown = daemon.images.all().filter((image) => passes(daemon, image, Filters.none, false));
  return shown.map((image) => ({
    ...summary(daemon, request, image, shared),
    Containers: containers.filter((container) => container.imageId === image.id).length,
  }));
}

interface Summary {
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** The other fields of the API's ImageSummary, as they go on the wire. */
  readonly [field: string]: unknown;
}

/** With a `reference` filter an image shows only the names that match. */
function onlyMatching(patterns: readonly string[], summary: Summary): Summary {
  if (patterns.length === 0) return summary;
  const matching = (names: readonly string[]): string[] =>
    names.filter((name) => patterns.some((pattern) => matchesReference(pattern, name)));
  return { ...summary, RepoTags: matching(summary.RepoTags), RepoDigests: matching(summary.RepoDigests) };
}

function summary(
  daemon: Daemon,
  request: ApiRequest,
  image: Image,
  counts: ReadonlyMap<string, number> | undefined,
): Summary & Record<string, unknown> {
  const { tags, digests } = daemon.images.names(image.id);
  const shared = counts
    ? image.chainIds.reduce(
        (sum, id) => sum + ((counts.get(id) ?? 0) > 1 ? (daemon.layers.get(id)?.sizeBytes ?? 0) : 0),
        0,
      )
    : -1;
  return {
    Containers: -1,
    Created: Math.floor(createdMs(image) / 1000),
    Id: image.id,
    Labels: labelsOf(image),
    ParentId: image.parent ?? '',
    RepoDigests: digests,
    RepoTags: tags,
    SharedSize: shared,
    Size: image.sizeBytes,
    ...virtualSize(request, image),
  };
}

/** How many images hold each layer. */
function sharedSizes(daemon: Daemon): Map<string, number> {
  const counts = new Map<string, number>();
  for (const image of daemon.images.all()) for (const id of image.chainIds) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
