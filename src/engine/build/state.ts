// A stage while it is built: the image so far, and the config that the next image gets.
import type { ContainerConfig } from '../dockerd/container/types.ts';
import { defaultConfig, fill } from '../dockerd/container/defaults.ts';
import type { Image } from '../image/images.ts';
import type { BuildArgs } from './args.ts';
import type { Lookup } from './dockerfile/words.ts';

export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
export const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

export interface StageState {
  /** undefined after FROM scratch, until the first step. */
  image: Image | undefined;
  config: ContainerConfig;
  /** This stage has a CMD of its own: ENTRYPOINT takes only an inherited one away. */
  hasOwnCmd: boolean;
  /** MAINTAINER */
  author: string;
}

/** What FROM makes of its image; ONBUILD triggers are taken off, for the builder to run. */
export function beginStage(image: Image | undefined): { state: StageState; triggers: readonly string[] } {
  const config = fill(defaultConfig(), structuredCopy(image?.config.config ?? {}), 'Config');
  const triggers = config.OnBuild ?? [];
  config.OnBuild = null;
  config.Hostname = '';
  config.Domainname = '';
  if (!(config.Env ?? []).some((entry) => entry.startsWith('PATH=')))
    config.Env = [...(config.Env ?? []), DEFAULT_PATH];
  return { state: { image, config, hasOwnCmd: false, author: image?.config.author ?? '' }, triggers };
}

function structuredCopy(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
}

/** Variables that an instruction may use: ENV first, then ARG. */
export function variables(state: StageState, args: BuildArgs): Lookup {
  return (name) => {
    const entry = (state.config.Env ?? []).find((one) => one.startsWith(`${name}=`));
    return entry === undefined ? args.ofStage(name) : entry.slice(name.length + 1);
  };
}

/** ENV keeps the place of a variable that is set again. */
export function setVariable(config: ContainerConfig, name: string, value: string): void {
  const env = [...(config.Env ?? [])];
  const at = env.findIndex((entry) => entry.startsWith(`${name}=`));
  if (at < 0) env.push(`${name}=${value}`);
  else env[at] = `${name}=${value}`;
  config.Env = env;
}

export function shellOf(config: ContainerConfig): readonly string[] {
  return config.Shell && config.Shell.length > 0 ? config.Shell : DEFAULT_SHELL;
}
