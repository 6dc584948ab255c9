// Files as the client's commands read and write them: an archive to a file or to stdout, an archive from a file or stdin.
import { FdReader, type ByteReader } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { CommandError, type Invocation } from './command.ts';

/** A path as the command line gives it, absolute and clean. */
export function absolutePath(path: string, cwd: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Directory part of an absolute, clean path. */
export const dirname = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
export const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A file to read to its end. Throws Docker's words if it cannot be opened. */
export function openInput(path: string, cwd: string): ByteReader {
  return new FdReader(openOr(path, absolutePath(path, cwd), sys.O_RDONLY), undefined, 64 * 1024);
}

function openOr(shown: string, path: string, flags: number): number {
  try {
    return sys.open(path, flags, 0o600);
  } catch (error) {
    throw new CommandError(`open ${shown}: ${reason(error)}`);
  }
}

/** `no such file or directory`, as Go prints an errno. */
export function reason(error: unknown): string {
  const code = (error as { code?: string }).code ?? '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'is a directory',
    ENOTDIR: 'not a directory',
    ENOSPC: 'no space left on device',
    EROFS: 'read-only file system',
  };
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}

/**
 * Copies an answer to `-o FILE`, or to stdout unless that is a terminal. The file appears only when it is whole.
 * Throws CommandError.
 */
export async function writeOutput(call: Invocation, what: string, open: () => Promise<ByteReader>): Promise<void> {
  const output = call.flags.text('output');
  if (output === '') {
    if (call.io.isTerminal(1))
      throw new CommandError(`cowardly refusing to ${what} to a terminal. Use the -o flag or redirect`);
    const body = await open();
    for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) await call.io.stdout.write(bytes);
    return;
  }
  const path = absolutePath(output, call.cwd);
  if (!sys.exists(dirname(path)))
    throw new CommandError(
      `failed to ${what} ${what === 'save' ? 'image' : 'container'}: invalid output path: directory "${dirname(path)}" does not exist`,
    );
  if (sys.statIfExists(path) && sys.isDirectory(sys.stat(path)))
    throw new CommandError(`failed to ${what}: invalid output path: "${output}" must be a regular file`);
  const body = await open();
  const partial = `${dirname(path)}/.tmp-${basename(path)}${sys.randomHex(4)}`;
  const fd = openOr(output, partial, sys.O_WRONLY | sys.O_CREAT | sys.O_TRUNC);
  try {
    for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) sys.writeAll(fd, bytes);
    sys.rename(partial, path);
  } catch (error) {
    sys.removeQuietly(partial);
    throw error;
  } finally {
    sys.closeQuietly(fd);
  }
}
