// The page itself, with a double for a machine: what a person meets, does and reads.
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage, type TestPage } from './browser.ts';
import { doubleDirectory } from './build.ts';
import { serveStatic, type StaticHost } from './static-host.ts';

let browser: Browser;
let host: StaticHost;
const open = (query = '', options = {}): Promise<TestPage> =>
  openPage(browser, `${host.url}test/e2e/double/index.html${query}`, options);
const prompt = /drydock:~#/;

beforeAll(async () => {
  browser = await launch();
  host = await serveStatic(doubleDirectory);
});
afterAll(async () => {
  await browser.close();
  await host.close();
});

describe('a first visit', () => {
  it('has the keyboard in the terminal, a command to press, and no error', async () => {
    const { page, problems, terminalShows } = await open();
    await terminalShows(prompt);
    await page.waitForFunction(() => document.activeElement?.closest('.terminal') !== null);
    await page.keyboard.type('echo typed');
    await page.keyboard.press('Enter');
    await terminalShows(/typed.*typed/s);
    await page.click('.lesson .command');
    await terminalShows('docker run hello-world');
    await page.waitForSelector('.check.met');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('says what is loading and how much is left', async () => {
    const { page } = await open('?hold=fetch');
    const bar = page.getByRole('progressbar');
    await bar.waitFor();
    expect(await bar.getAttribute('aria-valuenow')).toBe('14');
    expect(await page.textContent('.card')).toMatch(/Loading the kernel.*12 MB of 14 MB left/s);
    expect(await page.isVisible('.stage')).toBe(true);
    await page.close();
  });
});

describe('failures in words, with a way on', () => {
  it.each([
    ['?fail=fetch', 'not the one that this page expects', true],
    ['?fail=panic', 'kernel panicked', true],
  ])('%s', async (query, words) => {
    const { page } = await open(query);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain(words);
    expect(await page.getByRole('button', { name: 'Start again' }).isVisible()).toBe(true);
    await page.close();
  });

  it('a worker that dies can be started again', async () => {
    const { page, problems, terminalShows } = await open();
    await terminalShows(prompt);
    await page.evaluate(() => window.double?.die());
    await page.getByRole('alert').waitFor();
    expect(await page.textContent('.card')).toContain('it was ended by a test');
    // What is asked of a machine that is gone is refused, and no more than that.
    await page.locator('.terminal.active textarea').focus();
    await page.keyboard.type('ls');
    await page.setViewportSize({ width: 900, height: 600 });
    await page.waitForFunction(() => innerWidth === 900);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.waitForSelector('.mark.good');
    await terminalShows(prompt);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('no WebAssembly', async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebAssembly'));
    const page = await context.newPage();
    await page.goto(`${host.url}test/e2e/double/index.html`);
    await page.getByRole('alert').waitFor();
    expect(await page.textContent('.card')).toContain('does not run WebAssembly');
    await context.close();
  });

  it('a dockerd that was killed is said to come back', async () => {
    const { page, terminalShows } = await open();
    await terminalShows(prompt);
    await page.evaluate(() => window.double?.status({ dockerd: 'down' }));
    await page.getByText('dockerd is coming back').waitFor();
    await page.getByText('Running containers go on').waitFor();
    await page.evaluate(() => window.double?.status({ dockerd: 'up' }));
    await page.waitForSelector('.mark.good');
    await page.close();
  });
});

describe('the picture', () => {
  it('follows the run, opens an operation, steps back and returns to the present', async () => {
    const { page, problems, terminalShows, twinSays } = await open();
    await terminalShows(prompt);
    await page.keyboard.press('Alt+2');
    await page.keyboard.press('Alt+t');
    await page.keyboard.type('docker run -d --name web -p 8080:80 nginx');
    await page.keyboard.press('Enter');
    await twinSays('web');
    await page.getByText('Caught up').waitFor();
    await page.click('.timeline .operation');
    await page.waitForSelector('aside.operation');
    expect(await page.textContent('aside.operation h2')).toBe('exit_group');
    await page.keyboard.press('Escape');
    await page.waitForSelector('aside.operation', { state: 'detached' });
    const range = page.getByRole('slider', { name: 'Position in the log of events' });
    const end = Number(await range.inputValue());
    await page.keyboard.press('Alt+j');
    await page.getByText('Back to live').waitFor();
    expect(Number(await range.inputValue())).toBeLessThan(end);
    await page.keyboard.press('Alt+0');
    await page.getByText('Caught up').waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('the picture by keyboard', () => {
  it('is one stop for Tab; arrows go from thing to thing, Enter opens, Escape gives the focus back', async () => {
    const { page, problems, terminalShows, twinSays } = await open();
    await terminalShows(prompt);
    await page.evaluate(() => window.double?.run(1, 'web', 'nginx'));
    await page.getByText('Caught up').waitFor();
    await page.getByRole('tab', { name: 'Network' }).click();
    await twinSays('web: eth0 172.17.0.2/16');
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
    await page.getByRole('button', { name: 'Maximise the stage' }).focus();
    await page.keyboard.press('Tab');
    const first = await focused();
    expect(first).toMatch(/PID \d+/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^Device eth0, veth, 172\.17\.0\.2/);
    await page.keyboard.press('Enter');
    await page.waitForSelector('aside.operation');
    await page.keyboard.press('Escape');
    await page.waitForSelector('aside.operation', { state: 'detached' });
    expect(await focused()).toMatch(/^Device eth0/);
    await page.keyboard.press('Home');
    expect(await focused()).toBe(first);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('.scene svg') === null)).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('says that events were lost, and what that means', async () => {
    const { page, terminalShows } = await open();
    await terminalShows(prompt);
    const lost = {
      seq: 900,
      timeNs: 20e9,
      pid: 0,
      comm: '',
      kind: 'stream.lost',
      events: 12,
      reason: 'a test',
    } as const;
    await page.evaluate((event) => window.double?.feed([event]), lost);
    await page.getByRole('button', { name: '12 events lost' }).click();
    await page.getByText('may show what is gone, or miss what is there').waitFor();
    await page.close();
  });
});

describe('the lesson', () => {
  it('keeps its progress over a visit, says that the machine is a new one, and starts over', async () => {
    const { page, problems, terminalShows } = await open();
    await terminalShows(prompt);
    await page.click('.lesson .command');
    await page.waitForSelector('.check.met');
    await page.click('.next');
    await page.getByRole('button', { name: 'Hint' }).click();
    await page.getByRole('button', { name: 'Show the solution' }).click();
    await page.reload();
    await terminalShows(prompt);
    await page.getByRole('heading', { name: 'Go inside' }).waitFor();
    await page.getByText('This machine is a new one').waitFor();
    await page.getByText('1 of 5 done').waitFor();
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByRole('heading', { name: 'Say hello' }).waitFor();
    await page.getByText('0 of 5 done').waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('a recorded run', () => {
  it('is saved, and shown again without a machine, from its beginning to its end', async () => {
    const { page, problems, terminalShows, twinSays } = await open();
    await terminalShows(prompt);
    await page.evaluate(() => window.double?.run(1, 'web', 'nginx'));
    await page.getByText('Caught up').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save this run' }).click(),
    ]);
    const path = await download.path();

    await page.reload();
    await terminalShows(prompt);
    await page.keyboard.press('Alt+2');
    await page.locator('.timeline input[type=file]').setInputFiles({
      name: 'lecture.jsonl',
      mimeType: 'application/jsonl',
      buffer: readFileSync(path),
    });
    await page.getByText('A recorded run is shown: lecture.jsonl').waitFor();
    await page.getByText('The end', { exact: true }).waitFor();
    await twinSays('web: nginx');
    const range = page.getByRole('slider', { name: 'Position in the log of events' });
    await range.focus();
    await page.keyboard.press('Home');
    await page.getByText('To the end').waitFor();
    await twinSays('The VM itself runs 6 processes');
    await page.getByRole('button', { name: 'Start the machine' }).click();
    await terminalShows(prompt);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('a file that is none is refused in words, and the machine goes on', async () => {
    const { page, terminalShows } = await open();
    await terminalShows(prompt);
    await page.locator('.timeline input[type=file]').setInputFiles({
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('{"kind":3}\nnothing\n'),
    });
    await page.getByText('notes.txt is not a run recorded by Drydock').waitFor();
    await page.waitForSelector('.mark.good');
    await page.close();
  });
});

describe('the keyboard alone', () => {
  it('stays where it was put while the machine tells its status', async () => {
    const { page, terminalShows } = await open();
    await terminalShows(prompt);
    const splitter = page.getByRole('separator', { name: 'Width of the terminal' });
    await splitter.focus();
    await page.evaluate(async () => {
      window.double?.status({});
      await new Promise((frame) => requestAnimationFrame(frame));
    });
    expect(await splitter.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.close();
  });

  it('lists its keys, maximises, moves the splitter and changes the theme', async () => {
    const { page, terminalShows } = await open();
    await terminalShows(prompt);
    await page.keyboard.press('Alt+h');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Alt+t');
    await page.keyboard.press('Alt+m');
    await page.waitForSelector('.stage', { state: 'hidden' });
    await page.keyboard.press('Alt+m');
    await page.waitForSelector('.stage', { state: 'visible' });
    const splitter = page.getByRole('separator', { name: 'Width of the terminal' });
    const width = Number(await splitter.getAttribute('aria-valuenow'));
    await splitter.focus();
    await page.keyboard.press('ArrowRight');
    expect(Number(await splitter.getAttribute('aria-valuenow'))).toBe(width + 16);
    await page.keyboard.press('Alt+c');
    expect(await page.getAttribute('html', 'data-theme')).toBe('light');
    await page.reload();
    await page.waitForSelector('.stage');
    expect(await page.getAttribute('html', 'data-theme')).toBe('light');
    expect(Number(await splitter.getAttribute('aria-valuenow'))).toBe(width + 16);
    await page.close();
  });

  it('finds text in the terminal', async () => {
    const { page, terminalShows } = await open();
    await terminalShows(prompt);
    await page.keyboard.type('echo needle');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Shift+F');
    await page.keyboard.type('no such');
    await page.getByText('Not found').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForSelector('.find', { state: 'detached' });
    await page.close();
  });
});

describe('a narrow screen', () => {
  it('shows one pane at a time', async () => {
    const { page, terminalShows } = await open('', { viewport: { width: 420, height: 800 } });
    await terminalShows(prompt);
    expect(await page.isVisible('.stage')).toBe(false);
    await page.getByRole('tab', { name: 'Stage' }).click();
    await page.waitForSelector('.stage', { state: 'visible' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(420);
    await page.getByRole('tab', { name: 'Lesson' }).click();
    await page.waitForSelector('.lesson', { state: 'visible' });
    await page.close();
  });
});
