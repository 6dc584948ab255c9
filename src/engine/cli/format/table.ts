// Columns as Docker's client aligns them (Go's tabwriter): three blanks apart, at least so wide, the last one not padded.

/** Lines of a table; the first row is the heads. */
export function table(rows: readonly (readonly string[])[], gap = 3, minimum = 0): string {
  const widths: number[] = [];
  for (const row of rows)
    for (let i = 0; i < row.length; i++) {
      const width = (row[i] as string).length + gap;
      if (width > (widths[i] ?? minimum)) widths[i] = width;
    }
  let text = '';
  for (const row of rows) {
    const last = row.length - 1;
    for (let i = 0; i < last; i++) text += (row[i] as string).padEnd(widths[i] ?? minimum);
    text += `${row[last] ?? ''}\n`;
  }
  return text;
}
