// Where a build takes files from: the images of FROM and --from, which are earlier stages, or images by name (pulled if
// they are not here), and the build context.
import type { Image } from '../image/images.ts';
import { pullImage } from '../image/pull.ts';
import { parseReference, withDefaultTag } from '../image/reference.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import { invalidParameter } from '../dockerd/errors.ts';
import { isHostPlatform } from '../dockerd/platform.ts';
import type { BuildArgs } from './args.ts';
import type { BuildRequest } from './builder.ts';
import { findStage, type Stage } from './dockerfile/parse.ts';
import { expandWord } from './dockerfile/words.ts';
import { mountRootOf } from './tree.ts';

export class Bases {
  /** Stages that are done, with what came of them (undefined: FROM scratch without a step). */
  private readonly done = new Map<Stage, Image | undefined>();
  private readonly mounted: (() => void)[] = [];

  constructor(
    private readonly daemon: Daemon,
    private readonly request: BuildRequest,
    private readonly args: BuildArgs,
  ) {}

  finished(stage: Stage, image: Image | undefined): void {
    this.done.set(stage, image);
  }

  /** The image of FROM; undefined for scratch. */
  async ofStage(stage: Stage): Promise<Image | undefined> {
    const { file, options } = this.request;
    const name = expandWord(stage.from.base, this.args.ofMeta, file.escape);
    if (name === '') throw invalidParameter(`base name (${stage.from.base}) should not be blank`);
    const platform = expandWord(stage.from.flags.text('platform'), this.args.ofMeta, file.escape);
    if (platform !== '' && !isHostPlatform(platform))
      throw invalidParameter(`no matching manifest for ${platform} in the manifest list entries`);
    const earlier = findStage(file.stages, name, stage.index);
    if (earlier && this.done.has(earlier)) return this.done.get(earlier);
    return name === 'scratch' ? undefined : this.imageNamed(name, options.pull);
  }

  private async imageNamed(name: string, always: boolean): Promise<Image> {
    const here = this.daemon.images.find(name);
    if (here && (!always || name.includes('sha256:'))) return here;
    const ref = withDefaultTag(parseReference(name));
    const { output, signal, span, credentials } = this.request;
    const options = { ref, architecture: '', credentials: credentials(ref.domain), signal, span };
    return pullImage(this.daemon, options, (line) => output.message(line));
  }

  /** The files that `--from` or a mount's `from=` names, mounted until release(). '' is the build context. */
  async rootOf(from: string): Promise<string> {
    if (from === '') return this.request.context.dir;
    const stage = findStage(this.request.file.stages, from);
    if (stage && !this.done.has(stage))
      throw invalidParameter(`invalid from flag value ${from}: refers to current build stage`);
    const image = stage ? this.done.get(stage) : from === 'scratch' ? undefined : await this.imageNamed(from, false);
    const { root, release } = mountRootOf(this.daemon, image?.chainIds.at(-1));
    this.mounted.push(release);
    return root;
  }

  /** The step is over. */
  release(): void {
    for (const release of this.mounted.splice(0).reverse()) release();
  }
}
