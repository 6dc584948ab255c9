// One after the other: whoever holds a container's lock changes its state alone.

export class Lock {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Runs `work` when all that asked before have finished. */
  run<T>(work: () => Promise<T> | T): Promise<T> {
    // Nobody holds it: begin at once, which saves a turn of the loop on every request.
    const result = this.waiting === 0 ? begin(work) : this.tail.then(work, work);
    this.waiting += 1;
    const done = (): void => {
      this.waiting -= 1;
    };
    this.tail = result.then(done, done);
    return result;
  }
}

async function begin<T>(work: () => Promise<T> | T): Promise<T> {
  return work();
}
