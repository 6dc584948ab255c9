import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FILE, fidelity } from './fidelity.ts';

/** It loads all of the client and of dockerd, which takes a while on a machine that does other things too. */
const LOADING_MS = 60_000;

it(
  'docs/fidelity.md says what the tables say (else: npx tsx scripts/fidelity.ts)',
  async () => {
    expect(readFileSync(FILE, 'utf8')).toBe(await fidelity());
  },
  LOADING_MS,
);
