// The product as it is built, with the real machine in its worker, from a static host under some path.
import { gzipSync } from 'node:zlib';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseLesson } from '../../src/lessons/parse.ts';
import { launch, openPage, type TestPage } from './browser.ts';
import { distDirectory } from './build.ts';
import { readLessonFolder } from './lesson-folder.ts';
import { serveStatic, type StaticHost } from './static-host.ts';

const root = join(import.meta.dirname, '../..');
const prompt = /root@drydock:[^#]*# *$/;
/** Where the README's picture lies; written there only when asked for, so that a test leaves the tree alone. */
const screenshot = process.env['UPDATE_SCREENSHOT']
  ? join(root, 'docs/screenshot.png')
  : join(root, 'test-results/screenshot.png');

let browser: Browser;
let hosts: StaticHost[] = [];
const openOn = async (
  broken?: ReadonlyMap<string, 'missing' | 'changed'>,
  query = '',
): Promise<TestPage & { host: StaticHost }> => {
  const host = await serveStatic(distDirectory, 'some/where', broken);
  hosts.push(host);
  return { ...(await openPage(browser, host.url + query)), host };
};

/** Scenes by their names: their numbers change with every new one. */
const lookAt = (page: Page, scene: string): Promise<void> => page.getByRole('tab', { name: scene }).click();

async function type(page: Page, command: string): Promise<void> {
  await page.keyboard.press('Alt+t');
  await page.keyboard.type(command);
  await page.keyboard.press('Enter');
}

/** Types a command, and waits until the terminal has echoed it and a prompt is back, inside a container or outside. */
async function run(page: Page, command: string): Promise<void> {
  const screen = await page.textContent('.terminal.active .xterm-rows');
  const text = command.replace(/\s+/g, '');
  const before = (screen ?? '').replace(/\s+/g, '').split(text).length;
  await type(page, command);
  await page.waitForFunction(
    ({ text, before }) => {
      const shown = document.querySelector('.terminal.active .xterm-rows')?.textContent ?? '';
      return shown.replace(/\s+/g, '').split(text).length > before && /[#$]$/.test(shown.trimEnd());
    },
    { text, before },
    { polling: 200 },
  );
}

beforeAll(async () => {
  browser = await launch();
  mkdirSync(join(root, 'test-results'), { recursive: true });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await Promise.all(hosts.map((host) => host.close()));
  hosts = [];
});
afterAll(() => browser.close());

describe('from a static host under any path', () => {
  it('comes to a prompt that answers docker ps, within its budget and without an error', async () => {
    const { page, problems, terminalShows, host } = await openOn();
    await terminalShows(prompt);
    const files = [...host.sent];
    const scripts = files
      .filter(([file]) => file.endsWith('.js'))
      .map(([file]) => readFileSync(join(distDirectory, file)));
    expect(files.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(24e6);
    expect(scripts.reduce((sum, script) => sum + gzipSync(script).length, 0)).toBeLessThan(400e3);
    await type(page, 'docker ps');
    await terminalShows(/CONTAINER ID/);
    expect(problems).toEqual([]);
  });

  it('boots cold when asked to, and shows the kernel’s log', async () => {
    const { page, terminalShows } = await openOn(undefined, '?boot=cold');
    await terminalShows(/Run \/init as init process/);
    await page.waitForSelector('.mark.good');
    await page.keyboard.press('Alt+t');
    await terminalShows(prompt);
  });
});

describe('watching', () => {
  it('shows what a student does by hand, as it shows what Docker does', async () => {
    const { page, problems, terminalShows, twinSays } = await openOn();
    await terminalShows(prompt);
    await lookAt(page, 'Layers');
    const dirs =
      'cd /run; mkdir -p low up work all; mount -t overlay hand -o lowerdir=low,upperdir=up,workdir=work all';
    await run(page, `${dirs}; echo hi > all/hello`);
    await twinSays('all: writable layer on 1 read-only layer; /hello added');
    await lookAt(page, 'Processes');
    await run(page, 'unshare -n sleep 1000 &');
    await twinSays(/Made by hand: sleep .* in net:\[\d+\]/);
    await lookAt(page, 'Network');
    await type(page, 'ip link add left0 type veth peer name right0');
    await twinSays('left0');
    await lookAt(page, 'Cgroups');
    await type(page, 'mkdir /sys/fs/cgroup/byhand');
    await twinSays('byhand');
    expect(problems).toEqual([]);
  });

  it('does not let a limit be missed: an OOM kill, a throttled group', async () => {
    const { page, problems, terminalShows, twinSays } = await openOn();
    await terminalShows(prompt);
    await lookAt(page, 'Cgroups');
    await run(page, "docker run --name hog -m 16m busybox sh -c 'x=a; while :; do x=$x$x; done'");
    await twinSays('hog: killed: out of memory at its limit of 16 MiB.');
    await run(page, "docker run -d --name busy --cpus 0.2 busybox sh -c 'while :; do :; done'");
    await twinSays(/Control group busy: .*of 20 %, throttled \d+×/);
    await run(page, 'docker rm -f busy hog');
    expect(problems).toEqual([]);
  });

  it('serves a published port in the browser pane, and lets the packets be followed', async () => {
    const { page, problems, terminalShows, twinSays } = await openOn();
    await terminalShows(prompt);
    await lookAt(page, 'Network');
    await run(page, 'docker run -d --name web -p 8080:80 nginx');
    await twinSays('web: eth0 172.17.0.2/16');
    await run(page, 'docker network create back');
    await run(page, 'docker run -d --name db --network back busybox sleep 1d');
    await page.keyboard.press('Alt+w');
    await page.click('.ports button');
    const frame = await (await page.waitForSelector('.browser iframe')).contentFrame();
    await frame?.getByText('Welcome to nginx').first().waitFor();
    // The answer was there, so what asked for it has come through the door: that stays true, whatever passes afterwards.
    await twinSays(
      /Through port 8080 came last: tcp \w+ \S+ → 10\.0\.2\.15:8080 ⇒ \S+ → 172\.17\.0\.2:80 via eth0 › docker0 › veth\w+ › eth0/,
    );
    await page.getByText('Caught up').waitFor();
    await page.keyboard.press('Alt+t');
    await page.screenshot({ path: screenshot });
    await page
      .getByRole('button', { name: /^tcp.* via eth0/ })
      .first()
      .click();
    await page.waitForSelector('aside.operation');
    expect(await page.textContent('aside.operation h2')).toContain('TCP packet');
    expect(problems).toEqual([]);
  });
});

describe('every lesson, played', () => {
  const lessons = readLessonFolder(join(root, 'content'));
  it('finds lessons', () => expect(lessons.length).toBeGreaterThan(0));

  it.each(lessons.map(([id, files]) => parseLesson(id, files)))('$id', async (lesson) => {
    const { page, terminalShows } = await openOn();
    await terminalShows(prompt);
    for (const [i, step] of lesson.steps.entries()) {
      await page.getByText(step.title, { exact: true }).first().waitFor();
      await page.waitForSelector('.check:not(.met)');
      // One command after another: the next is typed when the one before has given a prompt back, inside or outside.
      for (const command of step.solution) await run(page, command);
      await page.waitForSelector('.check.met');
      if (i < lesson.steps.length - 1) await page.click('.next');
    }
    await page.getByText('That was the lesson').waitFor();
  });
});

describe('bad luck', () => {
  it('a damaged snapshot: boots cold and says so', async () => {
    const { page, terminalShows } = await openOn(new Map([['state.bin', 'changed']]));
    await page.getByText('Booted cold, because').waitFor();
    await terminalShows(prompt);
  });

  it('a kernel with the wrong hash: refused in words', async () => {
    const { page } = await openOn(new Map([['bzImage', 'changed']]), '?boot=cold');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('not what it should be');
    expect(await page.getByRole('button', { name: 'Start again' }).isVisible()).toBe(true);
  });

  it('a part that is missing: said in words', async () => {
    const { page } = await openOn(new Map([['v86.bin', 'missing']]));
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('could not be loaded');
  });

  it('too little memory: said in words', async () => {
    const poor = await launch('--js-flags=--wasm-max-mem-pages=1000');
    try {
      const host = await serveStatic(distDirectory, 'some/where');
      hosts.push(host);
      const { page } = await openPage(poor, host.url);
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').textContent()).toContain('not enough memory for the virtual machine');
      expect(await page.getByRole('button', { name: 'Start again' }).isVisible()).toBe(true);
    } finally {
      await poor.close();
    }
  });

  it('a kernel that panics: said in words, with its log, and a new start', async () => {
    const { page, terminalShows } = await openOn();
    await terminalShows(prompt);
    await type(page, 'echo 2 > /proc/sys/vm/panic_on_oom; exec tail /dev/zero');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('kernel panic');
    await page.getByRole('button', { name: 'Kernel log' }).click();
    await terminalShows('Kernel panic - not syncing');
    await page.getByRole('tab', { name: 'Terminal' }).click();
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.waitForSelector('.mark.good');
    await terminalShows(prompt);
  });

  it('a worker that dies: said in words, and a new start', async () => {
    const { page, terminalShows } = await openOn();
    await terminalShows(prompt);
    // An error that nobody caught is not the end of it; to be closed is.
    const worker = page.workers().find((each) => each.url().includes('worker'));
    await worker?.evaluate(() => void setTimeout(() => Promise.reject(new Error('a test'))));
    await run(page, 'docker ps');
    await worker?.evaluate(() => close());
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('worker stopped');
    expect(await page.getByRole('alert').textContent()).toContain('ended without a word');
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.waitForSelector('.mark.good');
    await terminalShows(prompt);
  });

  it('a disk that is full: said in words, and the words go when there is room again', async () => {
    const { page, terminalShows } = await openOn();
    await terminalShows(prompt);
    await run(page, 'cd /var/lib/docker; fallocate -l $(($(stat -f -c "%a * %S" .) - 4000000)) fill');
    await run(page, 'dd if=/dev/zero of=rest bs=1M');
    await page.getByText('disk is full').waitFor();
    await page.getByText('docker system prune').first().waitFor();
    await run(page, 'rm fill rest');
    await page.getByText('disk is full').waitFor({ state: 'detached' });
  });

  it('a dockerd that is killed comes back', async () => {
    const { page, terminalShows } = await openOn();
    await terminalShows(prompt);
    await type(
      page,
      "kill -9 $(pgrep -f 'dockerd[.]bc'); docker version --format {{.Server.Version}} || docker info > /dev/null; until docker ps -q; do usleep 100000; done; echo ba''ck",
    );
    await terminalShows('back');
    await page.waitForSelector('.mark.good');
  });
});
