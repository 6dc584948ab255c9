// Lint rules: typed where it pays, and the layer rule of ARCHITECTURE.md (who may import whom).
import js from '@eslint/js';
import ts from 'typescript-eslint';
import svelte from 'eslint-plugin-svelte';
import importX from 'eslint-plugin-import-x';
import globals from 'globals';

const layers = {
  protocol: ['protocol'],
  engine: ['protocol', 'engine'],
  agent: ['protocol', 'agent', 'engine/sys', 'engine/loop'],
  trace: ['protocol', 'trace'],
  vm: ['protocol', 'trace', 'vm'],
  sim: ['protocol', 'sim'],
  scenes: ['protocol', 'sim', 'scenes'],
  lessons: ['protocol', 'sim', 'lessons'],
  ui: ['protocol', 'sim', 'scenes', 'lessons', 'vm', 'ui'],
};
const zones = Object.entries(layers).map(([target, may]) => ({
  target: `./src/${target}`,
  from: './src',
  except: may.map((layer) => `./${layer}`),
  message: `src/${target} may import only: ${may.join(', ')}`,
}));

export default ts.config(
  { ignores: ['dist/', '.cache/', 'public/', 'node_modules/', 'test/fixtures/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    plugins: { 'import-x': importX },
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      'svelte/no-at-html-tags': 'error',
      'no-control-regex': 'off',
      'no-cond-assign': 'off',
      'no-constant-condition': ['error', { checkLoops: false }],
    },
  },
  { files: ['src/**/*.test.ts'], rules: { 'import-x/no-restricted-paths': 'off' } },
);
