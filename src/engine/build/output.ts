// What a build says: the classic builder's lines as {"stream": …} messages. With -q they are kept back and shown only if
// the build fails.
import type { ProgressLine, Report } from '../image/progress.ts';
import * as sys from '../sys/index.ts';

/** A RUN that failed: its exit code becomes the client's. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

export class BuildOutput {
  private readonly held: ProgressLine[] = [];

  constructor(
    private readonly report: Report,
    private readonly quiet: boolean,
  ) {}

  message(line: ProgressLine): void {
    if (this.quiet) this.held.push(line);
    else this.report(line);
  }

  print(text: string): void {
    this.message({ stream: text });
  }

  /** A step's output as it comes; what went to stderr is red, as Docker sends it. */
  output(stream: 'stdout' | 'stderr', text: string): void {
    this.print(stream === 'stderr' ? `\x1b[91m${text}\x1b[0m` : text);
  }

  aux(imageId: string): void {
    if (!this.quiet) this.report({ aux: { ID: imageId } });
  }

  done(imageId: string): void {
    if (this.quiet) this.report({ stream: `${imageId}\n` });
  }

  /** The build failed: with -q, too, one wants to see how. */
  failed(): void {
    for (const line of this.held.splice(0)) this.report(line);
  }
}

/** UTF-8 in pieces to text: a character that is cut between two pieces waits for its rest. */
export class TextPieces {
  private rest = new Uint8Array(0);

  push(bytes: Uint8Array): string {
    const all = this.rest.length > 0 ? sys.concat([this.rest, bytes]) : bytes;
    const whole = wholeLength(all);
    this.rest = all.slice(whole);
    return sys.utf8Decode(all.subarray(0, whole));
  }
}

/** Length without a character that has only begun. */
function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
