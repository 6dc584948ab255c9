// Sizes in words, as Docker writes them: powers of ten.

/** `412 B`, `12 kB`, `4.2 MB`, `24 MB`. */
export function bytesText(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1e6) return `${Math.round(size / 1e3)} kB`;
  return `${(size / 1e6).toFixed(size < 1e7 ? 1 : 0)} MB`;
}
