// The registry's static files fetched from the site, for the worker.
import type { RegistryFiles } from './content.ts';

/** `baseUrl` is where registry/ lies and ends with a slash. */
export function fetchFiles(baseUrl: string): RegistryFiles {
  return {
    async open(path) {
      const response = await fetch(new URL(`registry/${path}`, baseUrl));
      if (response.status === 404) return undefined;
      if (!response.ok || !response.body) throw new Error(`${path}: HTTP ${response.status}`);
      return read(response.body);
    },
  };
}

async function* read(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    // Not needed to the end (a range, a client that went away): stop the download too.
    await reader.cancel().catch(() => {});
  }
}
