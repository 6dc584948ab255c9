// Request and answer over JSON lines: `seq` pairs them; a line with `event` is an event. Both the client of containerd
// (dockerd) and containerd as the client of its shims use this.
import { JsonLines } from './lines.ts';
import {
  TaskError,
  type AnswerLine,
  type ContainerdAnswer,
  type ContainerdMethod,
  type ContainerdRequest,
  type EventLine,
  type TaskEvent,
} from './api.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: TaskError) => void;
}

export class RpcClient {
  #seq = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lines: JsonLines;
  #closed = false;

  constructor(
    fd: number,
    readonly onEvent: (event: TaskEvent) => void,
    readonly onClose: () => void,
  ) {
    this.#lines = new JsonLines(fd, {
      onMessage: (message) => this.#receive(message as AnswerLine | EventLine),
      onClose: () => this.#fail(),
    });
  }

  call<M extends ContainerdMethod>(method: M, params: ContainerdRequest<M>): Promise<ContainerdAnswer<M>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new TaskError('unavailable', 'connection closed: unavailable'));
      const seq = ++this.#seq;
      this.#waiting.set(seq, { resolve: (result) => resolve(result as ContainerdAnswer<M>), reject });
      this.#lines.send({ seq, method, params });
    });
  }

  close(): void {
    this.#lines.close();
  }

  #receive(line: AnswerLine | EventLine): void {
    if ('event' in line) return this.onEvent(line.event);
    const waiting = this.#waiting.get(line.seq);
    if (!waiting) return;
    this.#waiting.delete(line.seq);
    if ('error' in line) waiting.reject(new TaskError(line.error.kind, line.error.message));
    else waiting.resolve(line.result);
  }

  #fail(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values())
      reject(new TaskError('unavailable', 'connection closed: unavailable'));
    this.#waiting.clear();
    this.onClose();
  }
}

/** Answers one request line with what `handle` gives or throws. */
export async function answer(lines: JsonLines, seq: number, handle: () => unknown): Promise<void> {
  try {
    lines.send({ seq, result: await handle() });
  } catch (error) {
    const kind = error instanceof TaskError ? error.kind : 'unknown';
    lines.send({ seq, error: { kind, message: error instanceof Error ? error.message : String(error) } });
  }
}
