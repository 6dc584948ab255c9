// Svelte 5 with runes everywhere; types are stripped by Vite, nothing else is preprocessed.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
