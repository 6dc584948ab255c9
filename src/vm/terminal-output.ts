// What one terminal prints, on its way to the page: at once when nothing is under way, else gathered until the page has taken
// what it was sent before. It has a line of its own beside the events (event-log.ts): a prompt does not wait for a burst of them.
import { concatBytes } from './platform.ts';

export class TerminalOutput {
  #gathered: Uint8Array[] = [];
  #isUnderWay = false;

  /**
   * `send` answers, or its promise resolves, when the page has taken the bytes; then `taken` is told how many.
   * What is gathered is bounded by the credit that the stream has until then.
   */
  constructor(
    private readonly send: (bytes: Uint8Array) => unknown,
    private readonly taken: (byteLength: number) => void,
  ) {}

  add(bytes: Uint8Array): void {
    // The channel's memory is used again for the next frame.
    this.#gathered.push(bytes.slice());
    if (!this.#isUnderWay) this.flush();
  }

  /** Sends what is gathered without waiting: the terminal is about to close. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const bytes = concatBytes(this.#gathered);
    this.#gathered = [];
    this.#isUnderWay = true;
    const done = (): void => {
      this.#isUnderWay = false;
      this.taken(bytes.byteLength);
      this.flush();
    };
    Promise.resolve(this.send(bytes)).then(done, done);
  }
}
