// An archive that goes into a container's directory: `docker cp`. Called by PUT /containers/{id}/archive.
import { archiveFailure, extractStream } from '../../image/extract.ts';
import { packInto } from '../../image/pack.ts';
import { setAttributes, type Owner } from '../../image/owners.ts';
import { firstEntry } from '../../image/tar-entry.ts';
import { offload, removeTreeInSlices, type ByteReader } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { systemError } from '../errors.ts';

export interface ExtractIntoOptions {
  /** The directory as the container knows it. */
  readonly shownAs: string;
  /** A directory is not to take a file's place, nor a file a directory's: looked at for the archive's first entry, its root. */
  readonly keepsKinds: boolean;
  /** Whose all of it shall be, whatever the archive says. */
  readonly owner?: Owner;
  /** Where its mount points are ones. */
  readonly within: <T>(step: () => T) => T;
  /** A directory for what is unpacked before it gets its owner. */
  readonly scratch: string;
}

/** `target` may be `/proc/self/fd/N`. */
export async function extractInto(body: ByteReader, target: string, options: ExtractIntoOptions): Promise<void> {
  const { shownAs, owner, within } = options;
  const from = options.keepsKinds ? await checkKind(body, target, shownAs) : body;
  if (owner === undefined) {
    await extractStream(from, target, { whiteouts: 'plain', shownAs, within });
    return;
  }
  const staged = `${options.scratch}/cp-${sys.randomHex(8)}`;
  sys.mkdirAll(staged, 0o700);
  try {
    await extractStream(from, staged, { whiteouts: 'plain', shownAs });
    const paths = sys.listNames(staged).map((name) => `${staged}/${name}`);
    const own = (): true => {
      for (const path of paths) setAttributes(path, owner);
      return true;
    };
    await offload(own, { title: 'dockerd: chown' });
    await packInto(staged, {}, target, { whiteouts: 'plain' }, within);
  } catch (error) {
    throw error instanceof sys.ArchiveError ? archiveFailure(error, shownAs) : error;
  } finally {
    removeTreeInSlices(staged);
  }
}

/** The same bytes, if what comes first may take its place. */
async function checkKind(body: ByteReader, target: string, shownAs: string): Promise<ByteReader> {
  let head: Uint8Array = new Uint8Array();
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
    head = head.length === 0 ? bytes : sys.concat([head, bytes]);
    if (head.length >= 512) break;
  }
  const first = firstEntry(head);
  const name = first?.name.replace(/\/+$/, '') ?? '';
  if (first && !/(^|\/)\.{0,2}(\/|$)/.test(name)) {
    const there = sys.statIfExists(`${target}/${name}`, false);
    const shown = JSON.stringify(`${shownAs === '/' ? '' : shownAs}/${name}`);
    if (there && sys.isDirectory(there) && !first.isDirectory)
      throw systemError(`cannot overwrite directory ${shown} with non-directory ${JSON.stringify(shownAs)}`);
    if (there && !sys.isDirectory(there) && first.isDirectory)
      throw systemError(`cannot overwrite non-directory ${shown} with directory ${JSON.stringify(shownAs)}`);
  }
  let isFirst = true;
  return {
    read() {
      if (!isFirst) return body.read();
      isFirst = false;
      return head.length > 0 ? Promise.resolve(head) : body.read();
    },
  };
}
