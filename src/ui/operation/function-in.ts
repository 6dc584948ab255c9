// Cuts one function, with the comment above it, out of a source text. Reads brackets, strings and comments just well
// enough for our own formatted TypeScript; when in doubt it shows more rather than less.

/** The named function, or the text's first lines if there is none. */
export function functionIn(text: string, name: string): { firstLine: number; text: string } {
  const lines = text.split('\n');
  const escaped = name.replace(/[^\w$]/g, '');
  const heads = [
    new RegExp(`^\\s*(export\\s+)?(default\\s+)?(async\\s+)?function\\s*\\*?\\s*${escaped}\\b`),
    new RegExp(`^\\s*(export\\s+)?const\\s+${escaped}\\b`),
    new RegExp(`^\\s+(async\\s+|static\\s+|#)*${escaped}\\s*[(<]`),
  ];
  let at = -1;
  for (const head of heads) if (at < 0) at = lines.findIndex((line) => head.test(line));
  if (at < 0) return { firstLine: 1, text: lines.slice(0, 60).join('\n') };
  let first = at;
  while (first > 0 && /^\s*(\/\/|\/\*|\*)/.test(lines[first - 1] ?? '')) first--;
  return { firstLine: first + 1, text: lines.slice(first, endOfBlock(lines, at) + 1).join('\n') };
}

/** The line that closes what opens at `from`: by indentation, which our formatter guarantees. */
function endOfBlock(lines: readonly string[], from: number): number {
  const indent = /^\s*/.exec(lines[from] ?? '')?.[0] ?? '';
  if (/;\s*$/.test(lines[from] ?? '')) return from;
  for (let i = from + 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.startsWith(`${indent}}`) && !/^\s*\}\s*[):].*\{\s*$/.test(line)) return i;
    if (line.startsWith(`${indent})`) && /[;,]\s*$/.test(line)) return i;
  }
  return Math.min(lines.length - 1, from + 60);
}
