// One container as GET /containers/json lists it. The text is made once after each change; the words that change by
// themselves (Status: "Up 3 minutes") are put in when it is asked for.
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { humanDuration, parseInstant, toMs } from '../time.ts';
import type { Container } from './container.ts';
import { namesOf } from './links.ts';
import { portSummaries, type PortSummary } from './ports.ts';

export function summaryOf(daemon: Daemon, container: Container, withSize: boolean): string {
  const { namesVersion } = daemon.images;
  if (container.summary?.namesVersion !== namesVersion) container.summary = undefined;
  const { text, sinceMs } = (container.summary ??= {
    text: fixedPart(daemon, container),
    sinceMs: sinceMsOf(container),
    namesVersion,
  });
  const size = withSize ? sizeFields(daemon, container) : '';
  // None of the words needs escaping in JSON.
  return `${text},"Status":"${statusWords(container, Date.now(), sinceMs)}"${size}}`;
}

/** Everything but Status, without the closing brace. */
function fixedPart(daemon: Daemon, container: Container): string {
  const { id, config, hostConfig, state, networks, mounts } = container;
  const image = daemon.images.find(config.Image);
  const created = parseInstant(container.created);
  const summary = {
    Id: id,
    Names: namesOf(daemon, container),
    // A name that means another image now, or none, is not this container's any more: its ID is shown.
    Image: image?.id === container.imageId ? config.Image : container.imageId,
    ImageID: container.imageId,
    Command: commandWords(container),
    Created: created?.seconds ?? 0,
    Ports: shownPorts(container),
    Labels: config.Labels,
    State: state.status,
    HostConfig: { NetworkMode: hostConfig.NetworkMode },
    NetworkSettings: { Networks: networks },
    Mounts: mounts,
  };
  return JSON.stringify(summary).slice(0, -1);
}

/** Ports are those of a running container's network namespace: without one there are none. */
export function shownPorts(container: Container): PortSummary[] {
  return portSummaries(container.state.pid === 0 ? {} : container.ports);
}

/** Path and arguments; an argument with blanks stands in quotes, whatever else is in it. */
function commandWords(container: Container): string {
  return [container.path, ...container.args.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' ');
}

/** When it was started, or when it ended. */
function sinceMsOf({ state: { status, startedAt, finishedAt } }: Container): number {
  const began = status === 'running' || status === 'paused' ? startedAt : finishedAt;
  return toMs(parseInstant(began) ?? { seconds: 0, nanos: 0 });
}

export function statusWords(container: Container, nowMs: number, sinceMs = sinceMsOf(container)): string {
  const { state } = container;
  const since = humanDuration(Math.max(0, (nowMs - sinceMs) / 1000));
  switch (state.status) {
    case 'running': {
      const health =
        state.health && state.health.Status !== 'none'
          ? ` (${state.health.Status === 'starting' ? 'health: starting' : state.health.Status})`
          : '';
      return `Up ${since}${health}`;
    }
    case 'paused':
      return `Up ${since} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
  }
}

/** Bytes in its own layer, and those with the image's. */
export function sizes(daemon: Daemon, container: Container): { rw: number; rootFs: number } {
  const rw = sys.diskUsage(container.layer.upperDir).apparentBytes;
  const image = daemon.images.get(container.imageId);
  return { rw, rootFs: rw + (image?.sizeBytes ?? 0) };
}

function sizeFields(daemon: Daemon, container: Container): string {
  const { rw, rootFs } = sizes(daemon, container);
  return `${rw > 0 ? `,"SizeRw":${rw}` : ''},"SizeRootFs":${rootFs}`;
}
