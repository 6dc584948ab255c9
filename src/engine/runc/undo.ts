// What has been done so far and how to undo it: every step of a multi-step operation pushes its reverse, a failure runs
// them last first, success forgets them. Used by runc, the shim and the network code, so that nothing is left behind.

export class UndoStack {
  #steps: (() => void)[] = [];

  push(undo: () => void): void {
    this.#steps.push(undo);
  }

  /** The operation is complete: what it made stays. */
  commit(): void {
    this.#steps = [];
  }

  /** Undoes everything. A step that fails does not stop the ones below it. */
  run(): void {
    for (let undo = this.#steps.pop(); undo; undo = this.#steps.pop()) {
      try {
        undo();
      } catch {
        // The reason for the roll-back is the error to report, not this one.
      }
    }
  }
}

/** Runs `operation` with an undo stack that is rolled back if it throws. */
export function withUndo<T>(operation: (undo: UndoStack) => T): T {
  const undo = new UndoStack();
  try {
    const result = operation(undo);
    undo.commit();
    return result;
  } catch (error) {
    undo.run();
    throw error;
  }
}
