import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FILE, fidelity } from './fidelity.ts';

it('docs/fidelity.md says what the tables say (else: npx tsx scripts/fidelity.ts)', async () => {
  expect(readFileSync(FILE, 'utf8')).toBe(await fidelity());
});
