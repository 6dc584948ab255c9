// Build arguments: what --build-arg gives, what ARG declares and defaults, and which of them RUN sees.
import type { Lookup } from './dockerfile/words.ts';

/** Known without an ARG; they count neither for the cache nor as unused. */
const PREDEFINED = new Set([
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'FTP_PROXY',
  'ftp_proxy',
  'NO_PROXY',
  'no_proxy',
  'ALL_PROXY',
  'all_proxy',
]);

/** The platform arguments: in FROM at once, in a stage after `ARG TARGETARCH`. */
export const PLATFORM_ARGS: ReadonlyMap<string, string> = new Map([
  ['TARGETPLATFORM', 'linux/386'],
  ['TARGETOS', 'linux'],
  ['TARGETARCH', '386'],
  ['TARGETVARIANT', ''],
  ['BUILDPLATFORM', 'linux/386'],
  ['BUILDOS', 'linux'],
  ['BUILDARCH', '386'],
  ['BUILDVARIANT', ''],
]);

export class BuildArgs {
  /** ARGs before the first FROM, with their values. */
  private readonly meta = new Map<string, string>();
  /** ARGs of the stage that is built, by name; undefined is declared without any value. */
  private stage = new Map<string, string | undefined>();
  private readonly declared = new Set<string>();

  constructor(private readonly given: ReadonlyMap<string, string | null>) {}

  /** `ARG name=value` before the first FROM. */
  declareMeta(name: string, value: string | undefined): void {
    this.declared.add(name);
    const own = this.given.get(name);
    const known = own ?? value ?? PLATFORM_ARGS.get(name);
    if (known !== undefined) this.meta.set(name, known);
  }

  /** A new FROM: arguments of the stage before are not known any more. */
  beginStage(): void {
    this.stage = new Map();
  }

  /** `ARG name=value` within a stage. A meta argument of that name is its default. */
  declare(name: string, value: string | undefined): void {
    this.declared.add(name);
    const own = this.given.get(name);
    this.stage.set(name, own ?? value ?? this.meta.get(name) ?? PLATFORM_ARGS.get(name));
  }

  /** For FROM lines. */
  readonly ofMeta: Lookup = (name) => this.meta.get(name) ?? PLATFORM_ARGS.get(name);

  /** Within a stage: what is declared, and the proxies. */
  readonly ofStage: Lookup = (name) => this.stage.get(name) ?? this.proxy(name);

  private proxy(name: string): string | undefined {
    return PREDEFINED.has(name) ? (this.given.get(name) ?? undefined) : undefined;
  }

  /** `name=value` of everything that RUN gets besides ENV, sorted. A variable of ENV wins over an argument. */
  forRun(env: readonly string[]): string[] {
    const taken = new Set(env.map((entry) => entry.slice(0, entry.indexOf('='))));
    const all = new Map(this.stage);
    for (const name of PREDEFINED) {
      const value = this.proxy(name);
      if (value !== undefined && !all.has(name)) all.set(name, value);
    }
    return [...all]
      .flatMap(([name, value]) => (value === undefined || taken.has(name) ? [] : [`${name}=${value}`]))
      .sort();
  }

  /** Those of forRun() that are part of the cache's key: a proxy that no ARG names is not. */
  forKey(env: readonly string[]): string[] {
    return this.forRun(env).filter((entry) => {
      const name = entry.slice(0, entry.indexOf('='));
      return this.stage.has(name) || !PREDEFINED.has(name);
    });
  }

  /** Given, but named by no ARG: the build says so at its end. */
  unused(): string[] {
    return [...this.given.keys()].filter((name) => !this.declared.has(name) && !PREDEFINED.has(name)).sort();
  }
}
