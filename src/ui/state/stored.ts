// Small values kept in the browser between visits. Private windows and locked-down laptops may refuse: then nothing is kept.

/** The value stored under a key, if there is one and it has the shape asked for. */
export function readStored<T>(key: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const text = localStorage.getItem(`drydock.${key}`);
    const value: unknown = text === null ? undefined : JSON.parse(text);
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(`drydock.${key}`, JSON.stringify(value));
  } catch {
    // Refused or full: the page works the same, it only forgets.
  }
}
