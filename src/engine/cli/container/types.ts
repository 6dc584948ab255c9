// The parts of the API's answers that the client's tables use. Names as on the wire.

export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  /** Seconds since 1970. */
  readonly Created: number;
  readonly Ports: readonly Port[];
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly State: string;
  readonly Status: string;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly NetworkSettings?: { readonly Networks: Readonly<Record<string, unknown>> };
  readonly Mounts?: readonly { readonly Type: string; readonly Name?: string; readonly Source: string }[];
}

export interface Port {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

/** `0.0.0.0:8080->80/tcp, 443/tcp`, with runs of ports as ranges. */
export function formatPorts(ports: readonly Port[]): string {
  const sorted = [...ports].sort(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      ((a.IP ?? '') < (b.IP ?? '') ? -1 : 1),
  );
  const groups: { ip: string; type: string; from: number; to: number; outFrom: number; outTo: number }[] = [];
  for (const port of sorted) {
    const ip = port.PublicPort === undefined ? '' : (port.IP ?? '');
    const open = groups.find(
      (g) =>
        g.ip === ip &&
        g.type === port.Type &&
        g.to + 1 === port.PrivatePort &&
        (port.PublicPort === undefined
          ? g.outTo === 0
          : g.outTo + 1 === port.PublicPort && g.outFrom - g.from === port.PublicPort - port.PrivatePort),
    );
    if (open) {
      open.to = port.PrivatePort;
      if (port.PublicPort !== undefined) open.outTo = port.PublicPort;
    } else
      groups.push({
        ip,
        type: port.Type,
        from: port.PrivatePort,
        to: port.PrivatePort,
        outFrom: port.PublicPort ?? 0,
        outTo: port.PublicPort ?? 0,
      });
  }
  const range = (from: number, to: number): string => (from === to ? String(from) : `${from}-${to}`);
  return groups
    .sort((a, b) => a.from - b.from)
    .map(
      (g) =>
        `${g.outFrom ? `${g.ip.includes(':') ? `[${g.ip}]` : g.ip}:${range(g.outFrom, g.outTo)}->` : ''}${range(g.from, g.to)}/${g.type}`,
    )
    .join(', ');
}
