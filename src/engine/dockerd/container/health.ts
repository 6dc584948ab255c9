// Health checks: the engine itself runs the probe in the container, again and again, and counts. Started with the
// container. https://docs.docker.com/reference/dockerfile/#healthcheck
import { clearTimeout, setTimeout, type Timer } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { messageOf } from '../errors.ts';
import { goDuration } from '../time.ts';
import { eventAttributes, type Container } from './container.ts';
import { now } from './create.ts';
import { createExec, finishExec, startExec } from './exec.ts';
import { within } from './stop.ts';
import type { HealthConfig, HealthProbe, HealthState } from './types.ts';

const KEPT_PROBES = 5;
const KEPT_OUTPUT_BYTES = 4096;
const [DEFAULT_INTERVAL_MS, DEFAULT_TIMEOUT_MS, DEFAULT_START_INTERVAL_MS, DEFAULT_RETRIES] = [
  30_000, 30_000, 5_000, 3,
];
const TIMED_OUT = -1;

/** The probe's command, or undefined if there is no check. */
export function probeArgs(health: HealthConfig | undefined, shell: readonly string[]): readonly string[] | undefined {
  const [form, ...rest] = health?.Test ?? [];
  if (form === 'CMD') return rest;
  if (form === 'CMD-SHELL') return [...shell, rest[0] ?? ''];
  return undefined;
}

export function startHealthChecks(daemon: Daemon, container: Container): void {
  const { config, state } = container;
  const health = config.Healthcheck;
  const args = probeArgs(health, config.Shell ?? ['/bin/sh', '-c']);
  if (!health || !args) {
    delete state.health;
    return;
  }
  state.health = { Status: 'starting', FailingStreak: 0, Log: [] };
  const startedMs = sys.monotonicMs();
  const inStartPeriod = (): boolean => sys.monotonicMs() - startedMs < ms(health.StartPeriod, 0);
  let timer: Timer | undefined;
  let stopped = false;
  const schedule = (): void => {
    const starting = inStartPeriod() && state.health?.Status === 'starting';
    timer = setTimeout(
      () => void round(),
      starting ? ms(health.StartInterval, DEFAULT_START_INTERVAL_MS) : ms(health.Interval, DEFAULT_INTERVAL_MS),
    );
  };
  const round = async (): Promise<void> => {
    if (container.state.status === 'paused') return schedule();
    const early = inStartPeriod();
    const probe = await runProbe(daemon, container, args, ms(health.Timeout, DEFAULT_TIMEOUT_MS));
    if (stopped || !state.health) return;
    const before = state.health.Status;
    judge(state.health, probe, health.Retries || DEFAULT_RETRIES, early);
    container.summary = undefined;
    if (state.health.Status !== before) {
      daemon.containers.save(container);
      daemon.events.emit(
        'container',
        `health_status: ${state.health.Status}`,
        container.id,
        eventAttributes(container),
      );
    }
    schedule();
  };
  container.stopHealth = () => {
    stopped = true;
    clearTimeout(timer);
  };
  schedule();
}

/** Takes one probe into account. Failures of probes begun in the start period do not count, unless the container was healthy before. */
export function judge(health: HealthState, probe: HealthProbe, retries: number, inStartPeriod: boolean): void {
  health.Log = [...(health.Log ?? []), probe].slice(-KEPT_PROBES);
  if (probe.ExitCode === 0) {
    health.FailingStreak = 0;
    health.Status = 'healthy';
    return;
  }
  if (health.Status === 'starting' && inStartPeriod) return;
  health.FailingStreak += 1;
  if (health.FailingStreak >= retries) health.Status = 'unhealthy';
}

/** The probe is an exec as a client would ask for, and is told of like one. */
async function runProbe(
  daemon: Daemon,
  container: Container,
  args: readonly string[],
  timeoutMs: number,
): Promise<HealthProbe> {
  const Start = now();
  const request = {
    args,
    env: [],
    user: '',
    workingDir: '',
    tty: false,
    privileged: false,
    stdin: false,
    stdout: true,
    stderr: true,
    detachKeys: '',
  };
  const exec = createExec(daemon, container, request);
  const output: Uint8Array[] = [];
  let size = 0;
  exec.streams?.attach((_stream, bytes) => {
    if (size < KEPT_OUTPUT_BYTES) output.push(bytes.subarray(0, KEPT_OUTPUT_BYTES - size));
    size += bytes.length;
  });
  const said = (): string => sys.utf8Decode(sys.concat(output)) + (size > KEPT_OUTPUT_BYTES ? '...' : '');
  const ended = new Promise<void>((resolve) => exec.waiters.add(() => resolve()));
  try {
    await startExec(daemon, container, exec);
    if (!(await within(ended, timeoutMs))) {
      await daemon.containerd.call('kill', { id: container.id, execId: exec.id, signal: 9 }).catch(() => undefined);
      await finishExec(daemon, container, exec.id, 137);
      const late = `Health check exceeded timeout (${goDuration(timeoutMs)})`;
      return { Start, End: now(), ExitCode: TIMED_OUT, Output: size > 0 ? `${late}: ${said()}` : late };
    }
    return { Start, End: now(), ExitCode: exec.exitCode ?? 0, Output: said() };
  } catch (error) {
    return { Start, End: now(), ExitCode: TIMED_OUT, Output: messageOf(error) };
  } finally {
    // Nobody asks how it ended: the records that are kept are those of execs that clients began.
    container.execs.delete(exec.id);
  }
}

/** Nanoseconds of the API to milliseconds; 0 and absent are the default. */
function ms(nanos: number | undefined, fallback: number): number {
  return nanos ? nanos / 1e6 : fallback;
}
