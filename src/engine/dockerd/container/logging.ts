// Connects a container's output to its log driver. json-file and local write the same file here; none writes nothing.
import type { Daemon } from '../daemon.ts';
import { invalidParameter } from '../errors.ts';
import type { Container } from './container.ts';
import { JsonLog, type LogAttributes, type Rotation } from './json-log.ts';
import { LogReader } from './log-reader.ts';
import { environment } from './merge.ts';
import type { Streams } from './streams.ts';

const open = new WeakMap<Container, JsonLog>();

export function logPath(daemon: Daemon, container: Container): string {
  return `${daemon.containers.directory(container.id)}/${container.id}-json.log`;
}

export function openLog(daemon: Daemon, container: Container, streams: Streams): void {
  if (container.hostConfig.LogConfig.Type === 'none' || open.has(container)) return;
  const options = container.hostConfig.LogConfig.Config;
  const log = new JsonLog(logPath(daemon, container), rotationOf(options), attributesOf(container, options));
  open.set(container, log);
  streams.attach((stream, bytes) => log.write(stream, bytes));
}

/** The log that is being written, while the container runs. */
export function runningLog(container: Container): JsonLog | undefined {
  return open.get(container);
}

/** Reads what has been logged. To be closed. */
export function logReader(daemon: Daemon, container: Container): LogReader {
  return open.get(container)?.reader() ?? LogReader.ended(logPath(daemon, container));
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
  }
  rotationOf(options);
  for (const name of ['labels-regex', 'env-regex']) pattern(options[name]);
}

type LogSource = Pick<Container, 'id' | 'name' | 'imageId' | 'config'>;

/**
 * What stands beside every line: `labels`, `env` and their regular expressions choose labels and variables of the container,
 * `tag` is a text about it. https://docs.docker.com/engine/logging/log_tags/
 */
export function attributesOf(
  container: LogSource,
  options: Readonly<Record<string, string>>,
): LogAttributes | undefined {
  const variables = environment(container.config).map((entry): [string, string] => {
    const equals = entry.indexOf('=');
    return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  const attributes = {
    ...chosen(Object.entries(container.config.Labels ?? {}), options['labels'], options['labels-regex']),
    ...chosen(variables, options['env'], options['env-regex']),
    ...(options['tag'] ? { tag: logTag(container, options['tag']) } : {}),
  };
  return Object.keys(attributes).length > 0 ? attributes : undefined;
}

function chosen(
  all: readonly (readonly [string, string])[],
  names = '',
  expression?: string,
): Readonly<Record<string, string>> {
  const named = names.split(',');
  const matches = pattern(expression);
  return Object.fromEntries(all.filter(([name]) => named.includes(name) || matches?.test(name)));
}

function pattern(expression: string | undefined): RegExp | undefined {
  if (!expression) return undefined;
  try {
    return new RegExp(expression);
  } catch {
    throw invalidParameter(`error parsing regexp: ${expression}`);
  }
}

/** `{{.Name}}/{{.ID}}`: the fields that a tag may name. */
function logTag(container: LogSource, template: string): string {
  const fields: Readonly<Record<string, string>> = {
    ID: container.id.slice(0, 12),
    FullID: container.id,
    Name: container.name,
    ImageID: container.imageId.replace('sha256:', '').slice(0, 12),
    ImageFullID: container.imageId,
    ImageName: container.config.Image,
    DaemonName: 'docker',
  };
  return template.replace(/{{\s*\.(\w+)\s*}}/g, (whole, name: string) => fields[name] ?? whole);
}

/** --log-opt max-size=10k --log-opt max-file=3 --log-opt compress=true; a k is a thousand. */
export function rotationOf(options: Readonly<Record<string, string>>): Rotation {
  const size = /^(\d+)([kmg]?)b?$/i.exec(options['max-size'] ?? '0');
  if (!size) throw invalidParameter(`invalid size: '${options['max-size']}'`);
  const unit = { '': 1, k: 1e3, m: 1e6, g: 1e9 }[(size[2] ?? '').toLowerCase()] ?? 1;
  const [maxSizeBytes, maxFiles] = [Number(size[1]) * unit, Number(options['max-file'] ?? 1)];
  if (options['max-size'] !== undefined && maxSizeBytes <= 0)
    throw invalidParameter('max-size must be a positive number');
  if (!Number.isInteger(maxFiles)) {
    const text = JSON.stringify(options['max-file']);
    throw invalidParameter(`strconv.Atoi: parsing ${text}: invalid syntax`);
  }
  if (maxFiles < 1) throw invalidParameter('max-file cannot be less than 1');
  const compress = readBool(options['compress'] ?? 'false');
  if (compress && (maxFiles < 2 || maxSizeBytes === 0))
    throw invalidParameter('compress cannot be true when max-file is less than 2 or max-size is not set');
  return { maxSizeBytes, maxFiles, compress };
}

function readBool(text: string): boolean {
  if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(text))
    throw invalidParameter(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  return /^[1tT]/.test(text);
}
