// Puts the guest's root together: the userland archive, guest/init's files, the native runner and the engine's bytecode.
// The result goes through writeCpio and is what the kernel unpacks as its root.
import { readTar, type ImageFile } from './tar.ts';

/** The programs of the guest that are ours: bytecode by name. */
export const PROGRAMS = ['agent', 'containerd', 'dockerd', 'docker-cli'] as const;
export type Program = (typeof PROGRAMS)[number];

export interface GuestParts {
  /** rootfs.tar, not compressed. */
  readonly rootfs: Uint8Array;
  /** guest/init by file name. */
  readonly init: ReadonlyMap<string, Uint8Array>;
  /** Native programs by their path in the guest, e.g. usr/lib/drydock/drydock. */
  readonly native: ReadonlyMap<string, Uint8Array>;
  readonly bytecode: ReadonlyMap<Program, Uint8Array>;
  /** The text of /etc/init.d/trace. */
  readonly traceScript: string;
  /** Anything else, laid over the rest. */
  readonly extra?: readonly ImageFile[];
}

const encoder = new TextEncoder();
const file = (path: string, content: Uint8Array, mode = 0o644): ImageFile => ({ path, type: 'file', mode, content });
const directory = (path: string): ImageFile => ({ path, type: 'directory', mode: 0o755 });

export function assemble(parts: GuestParts): ImageFile[] {
  const init = (name: string): Uint8Array => {
    const content = parts.init.get(name);
    if (!content) throw new Error(`guest/init/${name} is missing`);
    return content;
  };
  return [
    ...readTar(parts.rootfs),
    directory('etc/init.d'),
    directory('usr/lib/drydock'),
    directory('etc/docker'),
    file('init', init('init'), 0o755),
    file('etc/init.d/rcS', init('rcS'), 0o755),
    file('etc/init.d/trace', encoder.encode(parts.traceScript), 0o755),
    file('etc/inittab', encoder.encode(inittab(new TextDecoder().decode(init('inittab')), parts.bytecode))),
    file('etc/docker/daemon.json', init('daemon.json')),
    file('etc/bash.bashrc', init('bash.bashrc')),
    ...[...parts.native].map(([path, content]) => file(path, content, 0o755)),
    ...[...parts.bytecode].map(([name, content]) => file(`usr/lib/drydock/${name}.bc`, content)),
    ...(parts.extra ?? []),
  ];
}

/** The table without the daemons that this image does not have. */
function inittab(text: string, bytecode: ReadonlyMap<Program, Uint8Array>): string {
  return text
    .split('\n')
    .filter((line) => {
      const program = /\/(\S+)\.bc/.exec(line)?.[1];
      return program === undefined || bytecode.has(program.split('/').pop() as Program);
    })
    .join('\n');
}
