// Chromium for the tests, and a page that remembers every error on its console.
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A pull of 26 MB on a slow computer with other tests beside it needs its time; nothing waits longer than it must. */
const PATIENCE_MS = 200_000;

export function launch(...more: string[]): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}

export interface TestPage {
  readonly page: Page;
  /** Errors on the console and errors that nobody caught. */
  readonly problems: string[];
  /** Wait until the terminal in sight shows this. */
  terminalShows(text: string | RegExp): Promise<void>;
  /** Wait until the scene's twin in words says this. */
  twinSays(text: string | RegExp): Promise<void>;
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<TestPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(url);
  const waitForText = async (selector: string, text: string | RegExp): Promise<void> => {
    const pattern = typeof text === 'string' ? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : text.source;
    await page.waitForFunction(
      ([where, wanted]) =>
        [...document.querySelectorAll(where ?? '')].some((element) =>
          new RegExp(wanted ?? '').test(element.textContent ?? ''),
        ),
      [selector, pattern],
      { polling: 100 },
    );
  };
  return {
    page,
    problems,
    terminalShows: (text) => waitForText('.terminal.active .xterm-rows, .log.active .xterm-rows', text),
    twinSays: (text) => waitForText('[data-testid="scene-twin"]', text),
  };
}
