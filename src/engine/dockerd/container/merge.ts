// A container's config is the client's laid over the image's; each field has its own rule. Called by create, build, commit.
import { defaultConfig, fill } from './defaults.ts';
import type { ContainerConfig, HealthConfig } from './types.ts';

export function mergeImageConfig(user: ContainerConfig, image: Readonly<Record<string, unknown>>): ContainerConfig {
  const base = fill(defaultConfig(), image, 'Config');
  const merged: ContainerConfig = { ...user };
  if (user.User === '') merged.User = base.User;
  if (user.WorkingDir === '') merged.WorkingDir = base.WorkingDir;
  merged.Env = mergeEnv(user.Env, base.Env);
  merged.Labels = { ...base.Labels, ...user.Labels };
  const ports = { ...normalisePorts(base.ExposedPorts), ...normalisePorts(user.ExposedPorts) };
  if (Object.keys(ports).length > 0) merged.ExposedPorts = ports;
  if (base.Volumes) merged.Volumes = { ...base.Volumes, ...user.Volumes };
  // --entrypoint "" takes the image's away; any new entrypoint takes the image's command away too.
  const cleared = user.Entrypoint?.length === 1 && user.Entrypoint[0] === '';
  if (cleared) merged.Entrypoint = null;
  else if (!user.Entrypoint || user.Entrypoint.length === 0) {
    merged.Entrypoint = base.Entrypoint;
    if (!user.Cmd || user.Cmd.length === 0) merged.Cmd = base.Cmd;
  }
  const health = mergeHealth(user.Healthcheck, base.Healthcheck);
  if (health) merged.Healthcheck = health;
  if (user.StopSignal === undefined && base.StopSignal !== undefined) merged.StopSignal = base.StopSignal;
  if (user.StopTimeout === undefined && base.StopTimeout !== undefined) merged.StopTimeout = base.StopTimeout;
  if (user.Shell === undefined && base.Shell !== undefined) merged.Shell = base.Shell;
  return merged;
}

function mergeEnv(user: string[] | null, image: string[] | null): string[] | null {
  if (!user || user.length === 0) return image;
  const names = new Set(user.map(nameOf));
  return [...user, ...(image ?? []).filter((entry) => !names.has(nameOf(entry)))];
}

function nameOf(entry: string): string {
  const at = entry.indexOf('=');
  return at < 0 ? entry : entry.slice(0, at);
}

function normalisePorts(ports: Record<string, object> | undefined): Record<string, object> {
  const result: Record<string, object> = {};
  for (const name of Object.keys(ports ?? {})) result[name.includes('/') ? name : `${name}/tcp`] = {};
  return result;
}

/** Each number that the client leaves at 0 is the image's. */
function mergeHealth(user: HealthConfig | undefined, image: HealthConfig | undefined): HealthConfig | undefined {
  if (!user || !image) return user ?? image;
  const merged: HealthConfig = { ...image };
  for (const [name, value] of Object.entries(user)) {
    if (value !== 0 && !(Array.isArray(value) && value.length === 0)) Object.assign(merged, { [name]: value });
  }
  return merged;
}

/**
 * The environment of a process: Docker's own variables, those of links, then the config's. A bare name (no `=`) takes a
 * variable away.
 */
export function environment(
  config: ContainerConfig,
  more: readonly string[] = [],
  linked: readonly string[] = [],
): string[] {
  const values = new Map<string, string>([
    ['PATH', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ]);
  values.set('HOSTNAME', `HOSTNAME=${config.Hostname}`);
  if (config.Tty) values.set('TERM', 'TERM=xterm');
  for (const entry of [...linked, ...(config.Env ?? []), ...more]) {
    const name = nameOf(entry);
    if (name === entry) values.delete(name);
    else values.set(name, entry);
  }
  return [...values.values()];
}
