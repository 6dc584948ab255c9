// Columns as Docker's client aligns them (Go's tabwriter): three blanks apart, at least so wide, the last one not padded.

/** Lines of a table; the first row is the heads. */
export function table(rows: readonly (readonly string[])[], gap = 3, minimum = 0): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? minimum, cell.length + gap)));
  return rows
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join(''))
    .map((line) => `${line}\n`)
    .join('');
}
