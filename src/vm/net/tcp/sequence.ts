// Sequence numbers: 32 bits that wrap (RFC 9293 section 3.4). `distance(a, b)` is how far b lies behind a, negative if before.

export const advance = (seq: number, bytes: number): number => (seq + bytes) >>> 0;
export const distance = (from: number, to: number): number => (to - from) | 0;
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const after = (a: number, b: number): boolean => ((a - b) | 0) > 0;
