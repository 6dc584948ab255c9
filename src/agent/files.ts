// Files for the page: whole files, directories, and many small control files (procfs, tracefs, cgroup) in one go.
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import { FRAME_HEADER_BYTES } from '../protocol/frame.ts';
import * as sys from '../engine/sys/index.ts';
import { failure } from './errors.ts';
import { collectLines, sendText } from './flow.ts';

const CHUNK_BYTES = 16 * 1024;
const O_CREATE_TRUNCATE = 0o1101;

export function serveRead(stream: Stream, request: Extract<AgentRequest, { kind: 'read' }>): void {
  const fd = sys.open(request.path, 0);
  let size = 0;
  const more = (): void => {
    try {
      while (stream.credit > 0) {
        const buffer = new Uint8Array(FRAME_HEADER_BYTES + Math.min(stream.credit, CHUNK_BYTES));
        const n = sys.read(fd, buffer.subarray(FRAME_HEADER_BYTES));
        if (n === 0) return (stream.close({ result: { size } }), sys.closeQuietly(fd));
        size += n;
        stream.sendInPlace(buffer.subarray(0, FRAME_HEADER_BYTES + n));
      }
    } catch (error) {
      stream.close({ error: failure(error) });
      sys.closeQuietly(fd);
    }
  };
  stream.listener = { drain: more, close: () => sys.closeQuietly(fd) };
  more();
}

export function serveWrite(stream: Stream, request: Extract<AgentRequest, { kind: 'write' }>): void {
  // In place, so that a file bind-mounted into a container keeps its inode.
  const fd = sys.open(request.path, O_CREATE_TRUNCATE, request.mode ?? 0o644);
  let size = 0;
  stream.listener = {
    data(bytes) {
      try {
        sys.writeAll(fd, bytes);
        size += bytes.byteLength;
      } catch (error) {
        stream.close({ error: failure(error) });
        sys.closeQuietly(fd);
      }
    },
    end() {
      sys.closeQuietly(fd);
      stream.close({ result: { size } });
    },
    close: () => sys.closeQuietly(fd),
  };
}

const TYPE_OF_DT: Readonly<Record<number, string>> = { 4: 'directory', 8: 'file', 10: 'symlink' };

export function serveList(stream: Stream, request: Extract<AgentRequest, { kind: 'list' }>): void {
  const folder = request.path.replace(/\/$/, '');
  const entries = sys.readdir(request.path).map(({ name, type }) => {
    const path = `${folder}/${name}`;
    const stat = sys.statIfExists(path, false);
    const kind = TYPE_OF_DT[type] ?? 'other';
    const target = kind === 'symlink' ? targetOf(path) : stat;
    return {
      name,
      type: kind,
      isFolder: target !== undefined && sys.isDirectory(target),
      size: stat?.size ?? 0,
      mode: (stat?.mode ?? 0) & 0o7777,
      modifiedMs: stat?.mtimeMs ?? 0,
    };
  });
  answer(stream, JSON.stringify(entries));
}

/** What a symbolic link leads to; undefined if that is nothing, or itself. */
function targetOf(path: string): sys.Stat | undefined {
  try {
    return sys.statIfExists(path);
  } catch {
    return undefined;
  }
}

export function serveControl(stream: Stream): void {
  collectLines(stream, (lines) => {
    const failed: [string, string][] = [];
    for (const line of lines) {
      const [path, text] = JSON.parse(line) as [string, string];
      try {
        sys.writeFile(path, text, 0o644, 1);
      } catch (error) {
        if (failed.length < 20) failed.push([path, failure(error).code ?? failure(error).message]);
      }
    }
    stream.close({ result: { failed } });
  });
}

export function serveCat(stream: Stream): void {
  collectLines(stream, (lines) => {
    const paths = lines.map((line) => JSON.parse(line) as string).flatMap(expand);
    answer(stream, paths.map((path) => `${JSON.stringify([path, textOf(path)])}\n`).join(''));
  });
}

function textOf(path: string): string | null {
  try {
    return sys.readText(path);
  } catch {
    return null;
  }
}

/** `/a/STAR/format` becomes one path a directory entry of /a (STAR is an asterisk). */
function expand(pattern: string): string[] {
  const at = pattern.indexOf('*');
  if (at < 0) return [pattern];
  const [folder, rest] = [pattern.slice(0, at), pattern.slice(at + 1)];
  try {
    const names = sys.readdir(folder).filter((entry) => rest === '' || entry.type === 4);
    return names.flatMap(({ name }) => expand(`${folder}${name}${rest}`));
  } catch {
    return [];
  }
}

/** Sends a text as data and closes the stream when it has all been sent. */
export function answer(stream: Stream, text: string): void {
  const finish = (): void => {
    if (stream.queuedBytes === 0) stream.close({ result: {} });
  };
  stream.listener = { drain: finish };
  sendText(stream, text);
  finish();
}
