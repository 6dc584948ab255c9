// Unit tests lie beside the code; test/vm boots the real kernel under Node, test/e2e drives Chromium: together two files at a time (a
// VM takes one core, a page a core and a half).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'guest/**/*.test.ts', 'test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          pool: 'forks',
          globalSetup: ['test/vm/setup.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 400_000,
          hookTimeout: 240_000,
          pool: 'forks',
          globalSetup: ['test/e2e/setup.ts'],
        },
      },
    ],
  },
});
