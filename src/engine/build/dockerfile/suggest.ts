// "did you mean …?": the name that is at most two letters off.

/** The nearest of `names`, or undefined if none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const found = names.map((name) => [name, distance(word, name)] as const).sort((a, b) => a[1] - b[1])[0];
  return found && found[1] > 0 && found[1] <= 2 && found[1] < found[0].length ? found[0] : undefined;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
