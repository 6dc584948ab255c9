// The classic builder: stage by stage, step by step. Each step is taken from the cache, or done and committed as an image
// of its own whose parent is the step before. Called by POST /build. https://docs.docker.com/reference/dockerfile/
import { announceImage } from '../image/announce.ts';
import { addImage } from '../image/commit.ts';
import type { Image } from '../image/images.ts';
import type { Layer } from '../image/layers.ts';
import type { PullOptions } from '../image/pull.ts';
import { familiar } from '../image/reference.ts';
import { now } from '../dockerd/container/create.ts';
import { cleanPath } from '../dockerd/container/mounts.ts';
import { resolveInRoot } from '../dockerd/container/resolve.ts';
import type { ContainerConfig } from '../dockerd/container/types.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import { invalidParameter, messageOf } from '../dockerd/errors.ts';
import type { AbortSignal } from '../loop/index.ts';
import { spanBegin, spanEnd } from '../span.ts';
import * as sys from '../sys/index.ts';
import { BuildArgs } from './args.ts';
import { Bases } from './bases.ts';
import { BuildCache } from './cache.ts';
import { argvOf, configure } from './configure.ts';
import type { BuildContext } from './context.ts';
import { copyToLayer } from './copy.ts';
import { needsBuildKit, parseMount } from './dockerfile/flags.ts';
import type { Instruction, Of } from './dockerfile/instruction.ts';
import { parseTrigger, type Dockerfile, type Stage } from './dockerfile/parse.ts';
import { expandWord } from './dockerfile/words.ts';
import { mountRequests } from './mounts.ts';
import type { BuildOptions } from './options.ts';
import type { BuildOutput } from './output.ts';
import { planStages, type Plan } from './plan.ts';
import { inContainer, runStep, type StepContainer } from './run.ts';
import { findSources, hashOf, type CopyInstruction } from './sources.ts';
import { beginStage, shellOf, variables, type StageState } from './state.ts';

export interface BuildRequest {
  readonly options: BuildOptions;
  readonly context: BuildContext;
  readonly file: Dockerfile;
  readonly output: BuildOutput;
  readonly signal: AbortSignal;
  readonly span: string | undefined;
  /** From X-Registry-Config, by registry. */
  readonly credentials: (domain: string) => PullOptions['credentials'];
}

/** What became of a step, for its span. */
interface Outcome {
  readonly cached: boolean;
  readonly reason: string;
}

/** What the planning can refuse is refused before anything was sent: as an HTTP error, as Docker does. */
export function prepare(
  daemon: Daemon,
  request: Omit<BuildRequest, 'output'>,
): (output: BuildOutput) => Promise<Image> {
  const args = new BuildArgs(request.options.buildArgs);
  for (const { args: declared } of request.file.metaArgs)
    for (const [name, value] of declared)
      args.declareMeta(name, value === undefined ? undefined : expandWord(value, args.ofMeta, request.file.escape));
  const plan = planStages(request.file, request.options, args.ofMeta);
  return (output) => new Builder(daemon, { ...request, output }, plan, args).run();
}

class Builder {
  private readonly cache: BuildCache;
  private readonly bases: Bases;
  private step = 0;
  private span: string | undefined;

  constructor(
    private readonly daemon: Daemon,
    private readonly request: BuildRequest,
    private readonly plan: Plan,
    private readonly args: BuildArgs,
  ) {
    this.bases = new Bases(daemon, request, args);
    const { noCache, cacheFrom } = request.options;
    const sources = cacheFrom.map((name) => daemon.images.find(name)).filter((image) => image !== undefined);
    this.cache = new BuildCache(daemon, !noCache, cacheFrom.length > 0 ? sources : undefined);
  }

  async run(): Promise<Image> {
    const { options, output, file } = this.request;
    const build = spanBegin(
      'dockerd',
      'build',
      {
        dockerfile: options.dockerfile,
        tags: options.tags.map(familiar),
        steps: this.plan.steps,
        target: options.target,
      },
      this.request.span,
    );
    try {
      for (const meta of file.metaArgs) {
        const span = this.announce(meta, -1, build);
        spanEnd(span, 'dockerd', 'build.step', { cached: true, reason: '' });
      }
      let last: StageState | undefined;
      for (const stage of this.plan.stages) last = await this.stage(stage, build);
      const image = last?.image;
      if (!image) throw invalidParameter('No image was generated. Is your Dockerfile empty?');
      const unused = this.args.unused();
      if (unused.length > 0) output.print(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`);
      spanEnd(build, 'dockerd', 'build', { image: image.id });
      return image;
    } catch (error) {
      spanEnd(build, 'dockerd', 'build', { error: messageOf(error).slice(0, 300) });
      throw error;
    }
  }

  private async stage(stage: Stage, build: string): Promise<StageState> {
    this.cache.reset();
    this.args.beginStage();
    const { output } = this.request;
    let state = beginStage(undefined).state;
    await this.inStep(
      stage.from,
      stage.index,
      build,
      () => state,
      async () => {
        const image = await this.bases.ofStage(stage);
        const begun = beginStage(image);
        state = begun.state;
        output.print(` ---> ${shortId(image)}\n`);
        await this.triggers(begun.triggers, state);
        return { cached: true, reason: '' };
      },
    );
    for (const instruction of stage.instructions)
      await this.inStep(
        instruction,
        stage.index,
        build,
        () => state,
        async () => {
          const outcome = await this.dispatch(instruction, state);
          output.print(` ---> ${shortId(state.image)}\n`);
          return outcome;
        },
      );
    this.bases.finished(stage, state.image);
    if (state.image) output.aux(state.image.id);
    return state;
  }

  /** `Step 1/3 : …`, with a span around it that says what became of it. */
  private async inStep(
    instruction: Instruction,
    stage: number,
    build: string,
    state: () => StageState,
    work: () => Promise<Outcome>,
  ): Promise<void> {
    this.request.signal.throwIfAborted();
    const span = this.announce(instruction, stage, build);
    this.span = span;
    const before = state().image;
    try {
      const outcome = await work();
      const { image } = state();
      const top = image?.chainIds.at(-1);
      const isNew = instruction.name !== 'FROM' && top !== undefined && top !== before?.chainIds.at(-1);
      const layer = isNew ? this.daemon.layers.get(top) : undefined;
      spanEnd(span, 'dockerd', 'build.step', {
        ...outcome,
        image: image?.id ?? '',
        ...(layer && { layer: layer.diffId, dir: layer.cacheId.slice(0, 12), bytes: layer.sizeBytes }),
      });
    } catch (error) {
      spanEnd(span, 'dockerd', 'build.step', { error: messageOf(error).slice(0, 300) });
      throw error;
    } finally {
      this.bases.release();
    }
  }

  private announce(instruction: Instruction, stage: number, build: string): string {
    this.step += 1;
    const [text = ''] = instruction.line.original.split('\n');
    this.request.output.print(`Step ${this.step}/${this.plan.steps} : ${text}\n`);
    const attributes = {
      step: this.step,
      of: this.plan.steps,
      stage,
      line: instruction.line.line,
      instruction: text.slice(0, 240),
    };
    return spanBegin('dockerd', 'build.step', attributes, build);
  }

  private async triggers(triggers: readonly string[], state: StageState): Promise<void> {
    if (triggers.length === 0) return;
    this.request.output.print(`# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n`);
    for (const trigger of triggers) await this.dispatch(parseTrigger(trigger), state);
    this.request.output.print(` ---> ${shortId(state.image)}\n`);
  }

  private dispatch(instruction: Instruction, state: StageState): Promise<Outcome> {
    switch (instruction.name) {
      case 'RUN':
        return this.runInstruction(instruction, state);
      case 'COPY':
      case 'ADD':
        return this.copy(instruction, state);
      default: {
        const { output, file } = this.request;
        const print = (text: string): void => output.print(text);
        const comment = configure(instruction, { state, args: this.args, escape: file.escape, print });
        return instruction.name === 'WORKDIR'
          ? this.workdir(state, comment)
          : this.commitConfig(state, comment, instruction.name);
      }
    }
  }

  private container(state: StageState): StepContainer {
    const { options, output, signal } = this.request;
    return {
      daemon: this.daemon,
      output,
      host: options.host,
      image: state.image?.id ?? '',
      signal,
      span: this.span,
      remove: options.removeContainers || options.forceRemove,
      forceRemove: options.forceRemove,
    };
  }

  /** A step from the cache: its image is the state's from here on. */
  private probe(state: StageState, createdBy: string, name: Instruction['name']): Outcome {
    const probe = this.cache.probe(state.image, createdBy, name);
    if (!('image' in probe)) return { cached: false, reason: probe.reason };
    this.request.output.print(' ---> Using cache\n');
    state.image = probe.image;
    return { cached: true, reason: '' };
  }

  private commit(state: StageState, createdBy: string, layer: Layer | undefined): void {
    const config: ContainerConfig = { ...state.config, Image: state.image?.id ?? '' };
    state.image = addImage(this.daemon, state.image, layer ? [layer] : [], config, {
      created: now(),
      created_by: createdBy,
      ...(state.author !== '' && { author: state.author }),
    });
    announceImage(this.daemon, state.image, this.span);
  }

  /** An instruction of the config alone: Docker makes a container for it all the same, which never runs. */
  private async commitConfig(state: StageState, comment: string, name: Instruction['name']): Promise<Outcome> {
    const argv = [...shellOf(state.config), '#(nop) ', comment];
    const createdBy = argv.join(' ');
    const outcome = this.probe(state, createdBy, name);
    if (outcome.cached) return outcome;
    const layer = await inContainer(this.container(state), { Cmd: argv, Entrypoint: [''] });
    this.commit(state, createdBy, layer);
    return outcome;
  }

  /** WORKDIR makes the directory if the image has none; it belongs to root. */
  private async workdir(state: StageState, comment: string): Promise<Outcome> {
    const argv = [...shellOf(state.config), `#(nop) ${comment}`];
    const createdBy = argv.join(' ');
    const outcome = this.probe(state, createdBy, 'WORKDIR');
    if (outcome.cached) return outcome;
    const { daemon } = this;
    const layer = await inContainer(this.container(state), { Cmd: argv, Entrypoint: [''] }, (container) => {
      const root = daemon.layers.mount(container.layer);
      try {
        makeDirectory(root, state.config.WorkingDir);
      } finally {
        daemon.layers.unmount(container.layer);
      }
    });
    this.commit(state, createdBy, layer);
    return outcome;
  }

  private async runInstruction(instruction: Of<'RUN'>, state: StageState): Promise<Outcome> {
    if (!state.image) throw invalidParameter('Please provide a source image with `from` prior to run');
    const { flags } = instruction;
    const env = state.config.Env ?? [];
    const argv = argvOf(instruction.command, shellOf(state.config));
    const key = this.args.forKey(env);
    const createdBy = [...(key.length > 0 ? [`|${key.length}`, ...key] : []), ...flags.written(), ...argv].join(' ');
    const outcome = this.probe(state, createdBy, 'RUN');
    if (outcome.cached) return outcome;
    const security = flags.text('security');
    if (security === 'insecure') throw needsBuildKit('security');
    const step = this.container(state);
    const network = flags.text('network');
    if (!['', 'default', 'none', 'host'].includes(network)) throw invalidParameter(`invalid network mode: ${network}`);
    const host = network === '' ? step.host : { ...step.host, NetworkMode: network };
    const lookup = variables(state, this.args);
    const mounts = await mountRequests(
      this.daemon,
      flags.list('mount').map((text) => parseMount(expandWord(text, lookup, this.request.file.escape))),
      state.config.WorkingDir,
      (from) => this.bases.rootOf(from),
    );
    const layer = await runStep({ ...step, host }, argv, this.args.forRun(env), mounts);
    this.commit(state, createdBy, layer);
    return outcome;
  }

  private async copy(instruction: CopyInstruction, state: StageState): Promise<Outcome> {
    const { file, context } = this.request;
    const lookup = variables(state, this.args);
    const word = (text: string): string => expandWord(text, lookup, file.escape);
    const { flags } = instruction;
    const from = word(flags.text('from'));
    const root = { dir: await this.bases.rootOf(from), isContext: from === '' };
    const paths = instruction.sources.map((source) => (typeof source === 'string' ? word(source) : source));
    const sources = await findSources(instruction, paths, root, context, lookup);
    const [chown, chmod, dest] = [word(flags.text('chown')), word(flags.text('chmod')), word(instruction.dest)];
    const excludes = flags.list('exclude').map(word);
    const shown = [
      chown === '' ? '' : `--chown=${chown}`,
      chmod === '' ? '' : `--chmod=${chmod}`,
      ...excludes.map((pattern) => `--exclude=${pattern}`),
      flags.isSet('parents') ? '--parents' : '',
    ].join('');
    const comment = `#(nop) ${instruction.name} ${shown}${hashOf(sources)} in ${dest} `;
    const createdBy = [...shellOf(state.config), comment].join(' ');
    const outcome = this.probe(state, createdBy, instruction.name);
    if (outcome.cached) return outcome;
    const absolute = dest.startsWith('/') ? dest : `${state.config.WorkingDir || '/'}/${dest}`;
    const isDirectory = /(?:^|\/)\.?\.?$/.test(dest);
    const clean = cleanPath(absolute);
    const request = {
      instruction,
      sources,
      dest: isDirectory && clean !== '/' ? `${clean}/` : clean,
      chown,
      chmod,
      excludes,
    };
    const layer = await copyToLayer(this.daemon, state.image?.chainIds.at(-1), request);
    this.commit(state, createdBy, layer);
    return outcome;
  }
}

function shortId(image: Image | undefined): string {
  return image?.id.slice(7, 19) ?? '';
}

/** mkdir -p beneath a root: symlinks are followed within it. */
function makeDirectory(mounted: string, path: string): void {
  const root = resolveInRoot(mounted, '.') ?? mounted;
  let made = root;
  for (const part of path.split('/').filter(Boolean)) {
    const next = resolveInRoot(root, `${made.slice(root.length)}/${part}`);
    if (next === undefined) sys.mkdir(`${made}/${part}`, 0o755);
    else if (!sys.isDirectory(sys.stat(next))) throw invalidParameter(`Cannot mkdir: ${path} is not a directory`);
    made = next ?? `${made}/${part}`;
  }
}
