// The intermediate containers of a build: each RUN runs in one, and every other instruction that changes the image makes
// one too, as in Docker. What a container wrote becomes the step's layer; then the container goes.
import { createContainer } from '../dockerd/container/create.ts';
import type { Container } from '../dockerd/container/container.ts';
import { defaultConfig, defaultHostConfig, fill } from '../dockerd/container/defaults.ts';
import { resolveInRoot } from '../dockerd/container/resolve.ts';
import { removeContainer } from '../dockerd/container/remove.ts';
import { startContainer } from '../dockerd/container/start.ts';
import { stopContainer } from '../dockerd/container/stop.ts';
import { Streams } from '../dockerd/container/streams.ts';
import type { ContainerConfig, HostConfig, MountRequest } from '../dockerd/container/types.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import type { Layer } from '../image/layers.ts';
import type { AbortSignal } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { BuildFailure, TextPieces, type BuildOutput } from './output.ts';
import { adoptUpper } from './tree.ts';

export interface StepContainer {
  readonly daemon: Daemon;
  readonly output: BuildOutput;
  readonly host: Partial<HostConfig>;
  /** Image ID; '' for scratch. */
  readonly image: string;
  readonly signal: AbortSignal;
  readonly span: string | undefined;
  /** --rm: the container goes when its layer was taken. */
  readonly remove: boolean;
  /** --force-rm: it goes also where its command failed; otherwise it stays, to be looked into. */
  readonly forceRemove: boolean;
}

/**
 * Makes the container of one step, lets `work` fill it, and takes what it wrote as a layer; without work there is nothing
 * to take. If it fails nothing is left, but for the container of a command that ended with an error.
 */
export async function inContainer(
  step: StepContainer,
  config: Partial<ContainerConfig>,
  work?: (container: Container) => Promise<void> | void,
): Promise<Layer | undefined> {
  const { daemon, output } = step;
  const { container } = await createContainer(daemon, {
    name: '',
    config: fill(defaultConfig(), { ...config, Image: step.image } as Record<string, unknown>, 'Config'),
    hostConfig: fill(defaultHostConfig(), step.host as Record<string, unknown>, 'HostConfig'),
    endpoints: {},
  });
  output.print(` ---> Running in ${container.id.slice(0, 12)}\n`);
  const remove = (): Promise<void> => container.lock.run(() => removeContainer(daemon, container, { volumes: true }));
  try {
    await work?.(container);
    const layer = work && (await takeUpper(step, container));
    if (step.remove) {
      await remove();
      output.print(` ---> Removed intermediate container ${container.id.slice(0, 12)}\n`);
    }
    return layer;
  } catch (error) {
    const toBeSeen = error instanceof BuildFailure && !step.forceRemove;
    if (step.remove && !toBeSeen && daemon.containers.get(container.id)) await remove();
    throw error;
  }
}

/** A container that is kept (--rm=false) keeps its upper directory too. */
async function takeUpper({ daemon, remove }: StepContainer, { layer }: Container): Promise<Layer | undefined> {
  if (remove) return adoptUpper(daemon, layer.upperDir, layer.parent);
  const copy = `${layer.upperDir}.copy`;
  try {
    sys.copyTree(layer.upperDir, copy);
    return await adoptUpper(daemon, copy, layer.parent);
  } finally {
    sys.removeTree(copy);
  }
}

/** Runs `argv` in an intermediate container and passes its output on. Throws BuildFailure with its exit code. */
export async function runStep(
  step: StepContainer,
  argv: readonly string[],
  env: readonly string[],
  mounts: readonly MountRequest[],
): Promise<Layer | undefined> {
  const config: Partial<ContainerConfig> = {
    Cmd: [...argv],
    // The image's entrypoint and health check are for the containers that are made of it.
    Entrypoint: [''],
    Healthcheck: { Test: ['NONE'] },
    ...(env.length > 0 && { Env: [...env] }),
  };
  const host = { ...step.host, ...(mounts.length > 0 && { Mounts: [...mounts] }) };
  return inContainer({ ...step, host }, config, async (container) => {
    const exitCode = await execute(step, container);
    step.signal.throwIfAborted();
    if (exitCode !== 0)
      throw new BuildFailure(`The command '${argv.join(' ')}' returned a non-zero code: ${exitCode}`, exitCode);
    for (const { Target } of mounts) removeMountPoint(container.layer.upperDir, Target);
  });
}

async function execute({ daemon, output, signal, span }: StepContainer, container: Container): Promise<number> {
  const streams = new Streams();
  container.streams = streams;
  const pieces = { stdout: new TextPieces(), stderr: new TextPieces() };
  streams.attach((stream, bytes) => {
    const text = pieces[stream].push(bytes);
    if (text !== '') output.output(stream, text);
  });
  const ended = new Promise<number>((resolve) => container.exitWaiters.add((exitCode) => resolve(exitCode)));
  const offAbort = signal.onAbort(
    () => void stopContainer(daemon, container, { signal: '', timeoutSeconds: 0 }).catch(() => undefined),
  );
  try {
    await startContainer(daemon, container, span);
    return await ended;
  } finally {
    offAbort();
  }
}

/** A mount's target that was made for it is an empty directory now, and no part of the image. */
function removeMountPoint(upperDir: string, target: string): void {
  const real = resolveInRoot(upperDir, target);
  if (real !== undefined && real !== upperDir) sys.removeQuietly(real);
}
