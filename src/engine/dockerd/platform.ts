// The platform of this machine: what an image must be made for. linux/386, since the guest is an i386 kernel. And how a platform is
// written: `linux`, `arm64`, `linux/arm/v7`. github.com/containerd/platforms
import { invalidParameter } from './errors.ts';

export const ARCHITECTURE = '386';
export const OS = 'linux';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const SYSTEMS =
  /^(aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|linux|nacl|netbsd|openbsd|plan9|solaris|windows|zos)$/;
const ARCHITECTURES =
  /^(386|amd64|amd64p32|arm|armbe|arm64|arm64be|ppc|ppc64|ppc64le|loong64|mips|mipsle|mips64|mips64le|mips64p32|mips64p32le|riscv|riscv64|s390|s390x|sparc|sparc64|wasm)$/;
const COMPONENT = /^[A-Za-z0-9_.-]+$/;
const SAME: Readonly<Record<string, string>> = { i386: '386', x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64', armhf: 'arm', armel: 'arm', macos: 'darwin' }; // prettier-ignore

/** Throws the words of containerd for what is none. */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  const wrong = (why: string): never => {
    throw invalidParameter(`${why}: invalid argument`);
  };
  if (text.includes('*')) wrong(`"${text}": wildcards not yet supported`);
  const bad = parts.find((part) => !COMPONENT.test(part));
  if (bad !== undefined)
    wrong(
      `"${bad}" is an invalid component of "${text}": platform specifier component must match "${COMPONENT.source}"`,
    );
  if (parts.length > 3) wrong(`"${text}": cannot parse platform specifier`);
  const [first = '', second, variant] = parts.map((part) => SAME[part.toLowerCase()] ?? part.toLowerCase());
  if (second !== undefined) return { os: first, architecture: second, ...(variant !== undefined && { variant }) };
  if (SYSTEMS.test(first)) return { os: first, architecture: ARCHITECTURE };
  if (ARCHITECTURES.test(first)) return { os: OS, architecture: first };
  return wrong(`"${text}": unknown operating system or architecture`);
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** `linux/386`, `linux/386/…`, or a bare `linux`. Throws for what is no platform. */
export function isHostPlatform(text: string): boolean {
  const { os, architecture } = parsePlatform(text);
  return os === OS && (architecture === ARCHITECTURE || architecture === 'x86');
}
