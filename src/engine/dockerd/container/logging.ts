// Connects a container's output to its log driver. json-file and local write the same file here; none writes nothing.
import type { Daemon } from '../daemon.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { Container } from './container.ts';
import { JsonLog, type Rotation } from './json-log.ts';
import type { Streams } from './streams.ts';

const open = new WeakMap<Container, JsonLog>();

export function logPath(daemon: Daemon, container: Container): string {
  return `${daemon.containers.directory(container.id)}/${container.id}-json.log`;
}

export function openLog(daemon: Daemon, container: Container, streams: Streams): void {
  if (container.hostConfig.LogConfig.Type === 'none' || open.has(container)) return;
  const log = new JsonLog(logPath(daemon, container), rotationOf(container.hostConfig.LogConfig.Config));
  open.set(container, log);
  streams.attach((stream, bytes) => log.write(stream, bytes));
}

/** The log that is being written, while the container runs. */
export function runningLog(container: Container): JsonLog | undefined {
  return open.get(container);
}

export function closeLog(container: Container): void {
  open.get(container)?.close();
  open.delete(container);
}

const KNOWN_OPTIONS = ['compress', 'env', 'env-regex', 'labels', 'labels-regex', 'max-file', 'max-size', 'tag'];

/** Called before a container is made. Throws for options that Docker does not know, and for those that are not here. */
export function checkLogOptions(type: string, options: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(options)) {
    if (type === 'none' || !KNOWN_OPTIONS.includes(name))
      throw invalidParameter(`unknown log opt '${name}' for ${type} log driver`);
    if (name !== 'max-file' && name !== 'max-size') throw notImplemented(`log option ${name}`);
  }
  rotationOf(options);
}

/** --log-opt max-size=10k --log-opt max-file=3 */
export function rotationOf(options: Readonly<Record<string, string>>): Rotation {
  const size = /^(\d+)([kmg]?)b?$/i.exec(options['max-size'] ?? '0');
  if (!size) throw invalidParameter(`invalid size: '${options['max-size']}'`);
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(size[2] ?? '').toLowerCase()] ?? 1;
  return { maxSizeBytes: Number(size[1]) * unit, maxFiles: Math.max(1, Number(options['max-file'] ?? 1)) };
}
