// The page's build. Everything is addressed relative to the page, so that dist/ works from any static host under any path.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { guestFiles } from './scripts/vite-guest.ts';

export default defineConfig({
  base: './',
  plugins: [svelte(), guestFiles()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Monaco is one large chunk of its own, fetched only when a file is opened.
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
  },
  server: { watch: { ignored: ['**/.cache/**', '**/public/registry/**', '**/dist/**'] } },
  // Found at start, not at the first click: a dependency found late would reload the page under the student.
  optimizeDeps: {
    entries: ['index.html', 'src/ui/files/monaco.ts', 'src/lessons/load.ts', 'src/ui/terminal/screen.ts'],
    exclude: ['v86'],
  },
});
