// The browser pane and the files, with a double for a machine.
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';
import { doubleDirectory } from './build.ts';
import { serveStatic, type StaticHost } from './static-host.ts';

let browser: Browser;
let host: StaticHost;

beforeAll(async () => {
  browser = await launch();
  host = await serveStatic(doubleDirectory);
});
afterAll(async () => {
  await browser.close();
  await host.close();
});

async function frameOf(page: Page): Promise<Frame> {
  const frame = await (await page.waitForSelector('.browser iframe')).contentFrame();
  if (!frame) throw new Error('the browser pane has no frame');
  return frame;
}

describe('the browser pane', () => {
  it('shows a page whole, apart from ours, and follows links and forms', async () => {
    const { page, problems, terminalShows } = await openPage(browser, `${host.url}test/e2e/double/index.html`);
    await terminalShows(/drydock:~#/);
    await page.evaluate(() => window.double?.run(1, 'web', 'nginx'));
    await page.keyboard.press('Alt+w');
    await page.click('.ports button');
    let frame = await frameOf(page);
    await frame.getByText('script ran; parent closed').waitFor();
    expect(await frame.evaluate(() => getComputedStyle(document.querySelector('h1')!).color)).toBe('rgb(1, 2, 3)');
    expect(await frame.evaluate(() => document.querySelector('img')!.naturalWidth)).toBe(1);
    // What the page fetches comes from the guest too; what is elsewhere stays out of reach.
    await page.getByText('Data 7').waitFor();
    expect(
      await frame.evaluate(() =>
        fetch('http://example.org/').then(
          () => 'reached',
          () => 'refused',
        ),
      ),
    ).toBe('refused');
    expect(
      await frame.evaluate(() => {
        try {
          return String(localStorage.length);
        } catch {
          return 'no storage';
        }
      }),
    ).toBe('no storage');

    await frame.click('#next');
    await page.waitForFunction(() =>
      (document.querySelector('input[aria-label="Address"]') as HTMLInputElement).value.endsWith('/second.html'),
    );
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await page.waitForFunction(() =>
      (document.querySelector('input[aria-label="Address"]') as HTMLInputElement).value.endsWith(':8080/'),
    );
    await page.getByText('Data 7').waitFor();
    frame = await frameOf(page);
    await frame.click('text=Send');
    await page.waitForFunction(() =>
      (document.querySelector('input[aria-label="Address"]') as HTMLInputElement).value.endsWith('/form?q=a+b'),
    );
    expect(problems).toEqual([]);
    await page.close();
  });

  it('says in words that nobody listens, and what to type', async () => {
    const { page, terminalShows } = await openPage(browser, `${host.url}test/e2e/double/index.html`);
    await terminalShows(/drydock:~#/);
    await page.keyboard.press('Alt+w');
    await page.getByLabel('Address').fill('localhost:9999');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing in the machine answers on port 9999').waitFor();
    await page.getByLabel('Address').fill('https://example.org/');
    await page.keyboard.press('Enter');
    await page.getByText('outside of this machine').waitFor();
    await page.close();
  });
});

describe('the files', () => {
  it('opens, changes and saves a file; Monaco comes only then', async () => {
    const { page, problems, terminalShows } = await openPage(browser, `${host.url}test/e2e/double/index.html`);
    await terminalShows(/drydock:~#/);
    expect([...host.sent.keys()].some((file) => /monaco/.test(file))).toBe(false);
    await page.keyboard.press('Alt+e');
    await page.getByRole('treeitem', { name: 'Dockerfile' }).click();
    await page.waitForSelector('.monaco-editor .view-line');
    expect([...host.sent.keys()].some((file) => /monaco/.test(file))).toBe(true);
    await page.keyboard.press('Control+End');
    await page.keyboard.type('# changed');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved /root/Dockerfile').waitFor();
    expect(problems).toEqual([]);

    await page.getByLabel('Open or create a file by its path').fill('/init');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.files .path')?.textContent?.startsWith('/init'));
    await page.keyboard.type('x');
    await page.keyboard.press('Control+s');
    await page.getByText('read-only file system').waitFor();
    await page.getByLabel('Open or create a file by its path').fill('/nowhere/x');
    await page.keyboard.press('Enter');
    await page.close();
  });
});
