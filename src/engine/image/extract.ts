// An archive that arrives as a stream, unpacked beneath a directory; and what is wrong with archives in the words of Go's
// archive/tar and Docker's pkg/archive, which clients show. Called by load, import, cp, build contexts and pull.
import { systemError, type ApiError } from '../dockerd/errors.ts';
import type { ByteReader } from '../loop/index.ts';
import * as sys from '../sys/index.ts';

export interface ExtractStreamOptions extends sys.ExtractOptions {
  /** The directory as the client knows it, for messages: `/` if it knows none. */
  readonly shownAs?: string;
  /** Gets the bytes as they come. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** Each step is made in here: where another mount namespace counts. */
  readonly within?: <T>(step: () => T) => T;
  /** The real client does not fill up the last block of a build context when it adds a Dockerfile from elsewhere. */
  readonly allowsShortEnd?: boolean;
}

/**
 * Unpacks to the end of the stream; `root` may be `/proc/self/fd/N`. No entry leads out of it. Rejects with an ApiError for a
 * broken archive; what was unpacked until then stays there.
 */
export async function extractStream(
  from: ByteReader,
  root: string,
  options: ExtractStreamOptions = {},
): Promise<sys.LayerResult> {
  const extract = new sys.TarExtract(root, options);
  const { within = (step) => step() } = options;
  try {
    for (let bytes = await from.read(); bytes !== null; bytes = await from.read()) {
      within(() => extract.push(bytes));
      options.onBytes?.(bytes);
    }
    if (options.allowsShortEnd) fillBlock(extract);
    return within(() => extract.finish());
  } catch (error) {
    // A body that breaks off leaves the descriptor to us.
    extract.close();
    throw error instanceof sys.ArchiveError ? archiveFailure(error, options.shownAs) : error;
  }
}

const BLOCK = 512;

function fillBlock(extract: sys.TarExtract): void {
  const { compressedBytes, uncompressedBytes } = extract.progress();
  if (compressedBytes === uncompressedBytes && uncompressedBytes % BLOCK > 0)
    extract.push(new Uint8Array(BLOCK - (uncompressedBytes % BLOCK)));
}

const BROKEN: readonly (readonly [begins: string, words: string])[] = [
  ['tar header too large', 'archive/tar: header field too long'],
  ['tar header', 'archive/tar: invalid tar header'],
  ['pax header', 'archive/tar: invalid tar header'],
  ['archive ends early', 'unexpected EOF'],
  ['gzip stream ends early', 'unexpected EOF'],
  ['zstd stream ends early', 'unexpected EOF'],
];

/** What Go's functions call the step that failed. */
const STEPS: Readonly<Record<string, string>> = {
  'parent directory of': 'open',
  create: 'open',
  directory: 'mkdir',
  hardlink: 'link',
  replace: 'unlinkat',
  chown: 'lchown',
};

/** `shownAs`: the directory as the client knows it. */
export function archiveFailure(
  { message: entry, code }: Pick<sys.ArchiveError, 'message' | 'code'>,
  shownAs = '/',
): ApiError {
  for (const [begins, words] of BROKEN) if (entry.startsWith(begins)) return systemError(words);
  const outside = /^path leaves the archive's root (.*): /s.exec(entry)?.[1];
  if (outside !== undefined) return systemError(`${JSON.stringify(outside)} is outside of ${JSON.stringify(shownAs)}`);
  const [, step = '', path] = /^(parent directory of|\w+) (.*): [^:]*$/s.exec(entry) ?? [];
  if (path === undefined) return systemError(entry);
  const where = `${shownAs === '/' ? '' : shownAs}/${path}`;
  if (step === 'hardlink' && code === 'EXDEV') return systemError(`invalid hardlink ${JSON.stringify(where)}`);
  return systemError(`${STEPS[step] ?? step} ${where}: ${sys.ERRNO[sys.errnoOf[code] ?? 0]?.[1] ?? code}`);
}
