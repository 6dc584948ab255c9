// The built page in Chromium, at its first prompt.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import type { Page } from 'playwright-core';
import { ROOT } from '../../src/vm/node/artefacts.ts';
import { launch, openPage } from '../e2e/browser.ts';
import { distDirectory } from '../e2e/build.ts';
import { serveStatic, type StaticHost } from '../e2e/static-host.ts';

export interface BenchPage {
  readonly page: Page;
  readonly host: StaticHost;
  /** Types a command into the terminal. */
  type(command: string): Promise<void>;
}

let built: Promise<unknown> | undefined;

/** Builds the page (once a run), opens it, waits for a prompt, and closes everything afterwards. */
export async function withPage<T>(work: (opened: BenchPage) => Promise<T>): Promise<T> {
  // A build named by DRYDOCK_DIST is measured as it is.
  if (!process.env['DRYDOCK_DIST'] || !existsSync(distDirectory))
    await (built ??= build({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'error' }));
  const browser = await launch();
  const host = await serveStatic(distDirectory);
  try {
    const { page, terminalShows } = await openPage(browser, host.url);
    await terminalShows(/root@drydock:[^#]*# *$/);
    const type = async (command: string): Promise<void> => {
      await page.keyboard.press('Alt+t');
      await page.keyboard.type(command);
      await page.keyboard.press('Enter');
    };
    return await work({ page, host, type });
  } finally {
    await browser.close();
    await host.close();
  }
}
