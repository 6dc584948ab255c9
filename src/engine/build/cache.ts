// The classic builder's cache: an image that was built from the same parent by the same instruction is that step's result.
// The instruction is known by the line that history shows (`created_by`), in which COPY and ADD have their files' hash.
import type { Daemon } from '../dockerd/daemon.ts';
import { announceImage } from '../image/announce.ts';
import type { Image } from '../image/images.ts';
import type { InstructionName } from './dockerfile/instruction.ts';

export type Probe = { readonly image: Image } | { readonly reason: string };

export class BuildCache {
  /** Why no step of this stage can come from the cache any more; '' as long as all did. */
  private busted = '';

  constructor(
    private readonly daemon: Daemon,
    private readonly enabled: boolean,
    /** --cache-from: then only these images' steps, and their parents', count. */
    private readonly sources: readonly Image[] | undefined,
  ) {}

  /** A stage begins. */
  reset(): void {
    this.busted = '';
  }

  /** The image that this step made before, or why it has to be done. After one miss a stage has no more hits. */
  probe(parent: Image | undefined, createdBy: string, name: InstructionName): Probe {
    if (!this.enabled) return { reason: 'the cache is off (--no-cache)' };
    if (this.busted !== '') return { reason: 'an earlier step was built anew' };
    const found = this.find(parent, createdBy);
    if (found) return { image: found };
    this.busted = this.reason(parent, createdBy, name);
    return { reason: this.busted };
  }

  private find(parent: Image | undefined, createdBy: string): Image | undefined {
    const local = this.children(parent)
      .filter((image) => lastStep(image) === createdBy)
      .sort((a, b) => ((a.config.created ?? '') < (b.config.created ?? '') ? 1 : -1))[0];
    if (!this.sources) return local;
    if (local && this.sources.some((source) => this.descends(source, local))) return local;
    for (const source of this.sources) {
      const restored = this.restore(source, parent, createdBy);
      if (restored) return restored;
    }
    return undefined;
  }

  private children(parent: Image | undefined): Image[] {
    if (parent) return this.daemon.images.children(parent.id);
    return this.daemon.images.all().filter((image) => image.parent === undefined && stepsOf(image).length === 1);
  }

  private descends(image: Image, from: Image): boolean {
    for (
      let at: Image | undefined = image;
      at;
      at = at.parent === undefined ? undefined : this.daemon.images.get(at.parent)
    )
      if (at.id === from.id) return true;
    return false;
  }

  /** The step of a pulled image (which came without its parents) as an image of its own. */
  private restore(source: Image, parent: Image | undefined, createdBy: string): Image | undefined {
    const before = parent ? stepsOf(parent) : [];
    const steps = stepsOf(source);
    const step = steps[before.length];
    if (step?.created_by !== createdBy) return undefined;
    if (before.some((one, n) => one.created_by !== steps[n]?.created_by || one.created !== steps[n]?.created))
      return undefined;
    const diffIds = source.config.rootfs.diff_ids;
    const beneath = parent?.config.rootfs.diff_ids ?? [];
    if (beneath.some((diffId, n) => diffId !== diffIds[n])) return undefined;
    if (steps.length === before.length + 1) return source;
    const kept = beneath.length + (step.empty_layer ? 0 : 1);
    const image = this.daemon.images.add(
      JSON.stringify({
        ...source.config,
        created: step.created,
        rootfs: { type: 'layers', diff_ids: diffIds.slice(0, kept) },
        history: steps.slice(0, before.length + 1),
      }),
      parent?.id,
    );
    announceImage(this.daemon, image);
    return image;
  }

  /** In words, for whoever asks why a step was not taken from the cache. */
  private reason(parent: Image | undefined, createdBy: string, name: InstructionName): string {
    if (this.sources) return 'no image of --cache-from has this step';
    const siblings = this.children(parent).map(lastStep);
    if (siblings.length === 0) return 'nothing was built from this parent before';
    if ((name === 'COPY' || name === 'ADD') && siblings.some((other) => sameCopy(other, createdBy)))
      return 'the files are not the same as before';
    if (name === 'RUN' && siblings.some((other) => withoutArgs(other) === withoutArgs(createdBy)))
      return 'the build arguments are not the same as before';
    return 'no step from this parent has this instruction';
  }
}

const stepsOf = (image: Image): NonNullable<Image['config']['history']> => image.config.history ?? [];

function lastStep(image: Image): string {
  return stepsOf(image).at(-1)?.created_by ?? '';
}

/** `COPY file:1f… in /app ` and `COPY dir:2e… in /app ` differ in their files only. */
function sameCopy(a: string, b: string): boolean {
  const strip = (text: string): string => text.replace(/\b(?:file|dir|multi):[a-f0-9]{64}/, '');
  return strip(a) === strip(b);
}

/** `|1 A=b /bin/sh -c make` without what stands before the command. */
function withoutArgs(createdBy: string): string {
  const count = Number(/^\|(\d+) /.exec(createdBy)?.[1] ?? NaN);
  if (Number.isNaN(count)) return createdBy;
  return createdBy.replace(/^\|.*? (?=\/)/, '');
}
