// engine/sys, engine/loop and engine/http on the real runner and kernel: test/vm/native/program.ts runs in the guest and tells what it saw.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../guest/native/bundle.ts';
import { openSession, shell, type OpenedSession } from './harness.ts';

const RUNNER = '/usr/lib/drydock/drydock';
const SIZES = [0, 1, 64, 255, 256, 4096, 65_537, 300_000];
let opened: OpenedSession;

beforeAll(async () => {
  opened = await openSession();
});
afterAll(() => opened.session.stop());

/** Puts a program of test/vm/native/ into the guest. Answers its script. */
async function install(name: string, extension = 'ts'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-'));
  const script = join(folder, 'program.js');
  await bundle(fileURLToPath(new URL(`native/${name}.${extension}`, import.meta.url)), script);
  const text = readFileSync(script);
  await opened.session.machine.agent.writeFile(`/tmp/${name}.js`, new Uint8Array(text));
  rmSync(folder, { recursive: true });
  await shell(opened.session, `${RUNNER} -c /tmp/${name}.js -o /tmp/${name}.bc`);
  return text.toString();
}

it('does what the manual pages say, through every layer of the runner', async () => {
  await install('program');
  const seen = JSON.parse(await shell(opened.session, `${RUNNER} /tmp/program.bc`)) as unknown;
  expect(seen).toMatchObject({
    archives: {
      sizes: true,
      diffId: true,
      digest: true,
      file: [1000, 3_000_000, 0o4755, 100_000, 2],
      symlink: 150,
      whiteout: 0o020000,
      opaque: 'y',
      deep: true,
      usage: 100_000,
      copied: [true, 2],
      hostile: ['EXDEV', 'ENOENT', 'ENOENT', 'EXDEV', 'EXDEV'],
      escaped: false,
    },
    processes: {
      seen: 'runc:[2:INIT] of a test|runc:[2:INIT]|5',
      status: { kind: 'exited', code: 7 },
      signalled: true,
      nested: 3,
      killed: 137,
      failure: 'ENOENT',
      missing: 'ENOENT',
      blocked: '0000000000000200',
    },
    borrowed: {
      status: { kind: 'exited', code: 5 },
      grandchild: 9,
      title: 'borrower of a test',
      otherPid: true,
      thrown: 'ENOENT',
      killed: 137,
      woken: 'woken',
      same: true,
    },
    reusedNumber: 'in time',
    descriptors: { through: 'through', names: ['noticed'], timeout: 'TimeoutError' },
    http: {
      answers: Array(2)
        .fill([{ path: '/json', body: { i: 0 } }, { path: '/json', body: { i: 1 } }, 1_000_000, 'stdin end'])
        .flat(),
      refused: 'ENOENT',
    },
    jsonDifferences: [],
  });
  const { terminals } = seen as { terminals: { lines: string[]; expected: string; exit: unknown } };
  expect(terminals.lines).toEqual([terminals.expected, '33', '101', 'SigBlk:', '0000000000000000']);
});

it("hashes and inflates alike with the machine's accelerator and without", async () => {
  const { machine } = opened.session;
  await install('accelerated');
  const digests = SIZES.map((size) =>
    createHash('sha256')
      .update(Uint8Array.from({ length: size }, (_, i) => (i * 31) & 255))
      .digest('hex'),
  );
  const untouched = createHash('sha256').update(new Uint8Array(3_000_000)).digest('hex');
  const expected = { digests: [...Array<string[]>(4).fill(digests).flat(), untouched], unpacked: Array(5).fill(true) };
  const run = `exec ${RUNNER} /tmp/accelerated.bc ${SIZES.join(' ')}`;
  const before = machine.accelerated;
  expect(JSON.parse(await shell(opened.session, run))).toEqual(expected);
  const after = machine.accelerated;
  const hashed = SIZES.reduce((sum, size) => sum + size, 0) * 4 + 3_000_000;
  expect(after.hashedBytes - before.hashedBytes).toBeGreaterThan(hashed * 0.9);
  expect(after.inflatedBytes - before.inflatedBytes).toBeGreaterThan(5 * 1_000_000);
  const hidden = await shell(opened.session, `unshare -m sh -c 'mount -t tmpfs none /sys && ${run}'`);
  expect(JSON.parse(hidden)).toEqual(expected);
  expect(machine.accelerated).toEqual(after);
});

it("gives what V8 gives where the interpreter's patch takes a short way", async () => {
  const script = await install('semantics', 'js');
  const { stdout } = spawnSync(process.execPath, ['-'], { input: script, encoding: 'utf8' });
  const seen = await shell(opened.session, `${RUNNER} /tmp/semantics.bc`);
  expect(stdout.split('\n').length).toBeGreaterThan(100);
  expect(seen.trim().split('\n')).toEqual(stdout.trim().split('\n'));
});

it('refuses bytecode of another build', async () => {
  const said = await shell(
    opened.session,
    `printf 'DDBCwrong-build-0123456789' >/tmp/x.bc; ${RUNNER} /tmp/x.bc 2>&1; echo $?`,
  );
  expect(said).toContain('bytecode of another build\n71');
});
