// `-p [ip:][host[-host]:]container[-container][/proto]` and `--expose`, as Docker's client reads them.
import { CommandError } from '../command.ts';

export interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}

const invalid = (message: string): CommandError => new CommandError(message, 125);

/** Port bindings of all `-p` values. Throws CommandError (125). */
export function publishedPorts(specs: readonly string[]): {
  exposed: Record<string, object>;
  bindings: Record<string, PortBinding[]>;
} {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, PortBinding[]> = {};
  for (const spec of specs) {
    const { ip, host, container, protocol } = splitPort(spec);
    const inside = portRange(container, `invalid containerPort: ${container}`);
    const outside = host === '' ? undefined : portRange(host, `invalid hostPort: ${host}`);
    const spread = inside.length === 1 && outside !== undefined && outside.length > 1;
    if (outside && outside.length !== inside.length && !spread)
      throw invalid(`invalid ranges specified for container and host Ports: ${container} and ${host}`);
    inside.forEach((port, i) => {
      const key = `${port}/${protocol}`;
      exposed[key] = {};
      (bindings[key] ??= []).push({
        HostIp: ip,
        HostPort: outside === undefined ? '' : spread ? host : String(outside[i]),
      });
    });
  }
  return { exposed, bindings };
}

function splitPort(spec: string): { ip: string; host: string; container: string; protocol: string } {
  if (spec.includes('=')) return longForm(spec);
  const slash = spec.lastIndexOf('/');
  const protocol = slash < 0 ? 'tcp' : spec.slice(slash + 1).toLowerCase();
  const rest = slash < 0 ? spec : spec.slice(0, slash);
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw invalid(`invalid proto: ${protocol}`);
  const bracket = /^\[(.*)\]:(.*)$/.exec(rest);
  const parts = (bracket?.[2] ?? rest).split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const ip = bracket?.[1] ?? parts.join(':');
  if (container === '') throw invalid(`no port specified: ${spec}<empty>`);
  if (ip !== '' && !bracket && !/^\d+\.\d+\.\d+\.\d+$/.test(ip)) throw invalid(`invalid IP address: ${ip}`);
  return { ip, host, container, protocol };
}

/** `published=8080,target=80,protocol=tcp`. */
function longForm(spec: string): { ip: string; host: string; container: string; protocol: string } {
  const fields = Object.fromEntries(spec.split(',').map((field) => field.split('=') as [string, string]));
  return {
    ip: '',
    host: fields['published'] ?? '',
    container: fields['target'] ?? '',
    protocol: fields['protocol'] ?? 'tcp',
  };
}

function portRange(text: string, message: string): number[] {
  const found = /^(\d+)(?:-(\d+))?$/.exec(text);
  const from = Number(found?.[1]);
  const to = Number(found?.[2] ?? found?.[1]);
  if (!found || to < from || to > 65535) throw invalid(message);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** `--expose 80`, `--expose 8000-8010/udp`. Throws CommandError (125). */
export function exposedPorts(specs: readonly string[]): Record<string, object> {
  const exposed: Record<string, object> = {};
  for (const spec of specs) {
    const [range = '', protocol = 'tcp'] = spec.split('/');
    for (const port of portRange(range, `invalid range format for --expose: ${range}`))
      exposed[`${port}/${protocol}`] = {};
  }
  return exposed;
}
