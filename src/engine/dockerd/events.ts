// Docker's events: everything that happens to containers, images, networks and volumes, told to GET /events and, as an
// instant, to the kernel's trace. The last 256 are kept for `since`. Docker Engine API 1.47, SystemEvents.
import * as sys from '../sys/index.ts';
import type { Filters } from './filters.ts';
import { compareInstants, type Instant } from './time.ts';

export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder';

export interface DockerEvent {
  readonly type: EventType;
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: Instant;
}

const KEPT = 256;

export class EventBus {
  private readonly recent: DockerEvent[] = [];
  private readonly listeners = new Set<(event: DockerEvent) => void>();

  /** `mark` puts the event into the kernel's trace. */
  constructor(private readonly mark: (event: object) => void = () => undefined) {}

  emit(type: EventType, action: string, id: string, attributes: Readonly<Record<string, string>>): void {
    const now = sys.realtime();
    const event: DockerEvent = { type, action, id, attributes, at: { seconds: now.seconds, nanos: now.nanoseconds } };
    this.recent.push(event);
    if (this.recent.length > KEPT) this.recent.shift();
    this.mark({ Type: type, Action: action, Actor: { ID: id, Attributes: attributes } });
    for (const listener of this.listeners) listener(event);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Events after `since` that are still known, oldest first. */
  since(since: Instant): DockerEvent[] {
    return this.recent.filter((event) => compareInstants(event.at, since) >= 0);
  }

  /** Returns a function that ends the subscription. */
  subscribe(listener: (event: DockerEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

/** The line that goes over the wire. Containers and images carry the older fields status, id and from as well. */
export function eventLine(event: DockerEvent): string {
  const { type, action, id, attributes, at } = event;
  const older =
    type === 'container'
      ? { status: action, ...(id !== '' && { id }), ...(attributes['image'] && { from: attributes['image'] }) }
      : type === 'image'
        ? { status: action, ...(id !== '' && { id }) }
        : {};
  const timeNano = `${at.seconds}${String(at.nanos).padStart(9, '0')}`;
  const body = {
    ...older,
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: 'local',
    time: at.seconds,
  };
  // timeNano does not fit a double: its digits are put in as text.
  return `${JSON.stringify(body).slice(0, -1)},"timeNano":${timeNano}}\n`;
}

export const EVENT_FILTERS = [
  'type',
  'event',
  'container',
  'image',
  'network',
  'volume',
  'daemon',
  'label',
  'scope',
  'plugin',
  'config',
  'node',
  'secret',
  'service',
  'builder',
];

/** Filters that name the object that an event is about. */
const NAMED = ['container', 'network', 'volume', 'daemon', 'plugin', 'node', 'service', 'secret', 'config'];

/** Does this event pass the filters of GET /events? */
export function eventPasses(event: DockerEvent, filters: Filters): boolean {
  if (filters.isEmpty) return true;
  // Whatever kind an event is of: its ID or its name begins so.
  const named = (kind: string): boolean =>
    filters.any(kind, (wanted) => event.id.startsWith(wanted) || (event.attributes['name'] ?? '').startsWith(wanted));
  return (
    filters.exact('type', event.type) &&
    filters.any('event', (wanted) => wanted === event.action || event.action.startsWith(`${wanted}:`)) &&
    filters.exact('scope', 'local') &&
    NAMED.every(named) &&
    filters.any('image', (wanted) =>
      event.type === 'image'
        ? matchesImage(event.id, wanted) || matchesImage(event.attributes['name'], wanted)
        : matchesImage(event.attributes['image'], wanted),
    ) &&
    filters.labels(event.attributes)
  );
}

function matchesImage(image: string | undefined, wanted: string): boolean {
  return image === wanted || image?.replace(/:[^:/]+$/, '') === wanted;
}
