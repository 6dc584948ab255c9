// engine/sys, engine/loop and engine/http on the real runner and kernel: test/vm/native/program.ts runs in the guest and tells what it saw.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../guest/native/bundle.ts';
import { openSession, shell, type OpenedSession } from './harness.ts';

const RUNNER = '/usr/lib/drydock/drydock';
let opened: OpenedSession;

beforeAll(async () => {
  opened = await openSession();
});
afterAll(() => opened.session.stop());

it('does what the manual pages say, through every layer of the runner', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-'));
  const script = join(folder, 'program.js');
  await bundle(fileURLToPath(new URL('native/program.ts', import.meta.url)), script);
  await opened.session.machine.agent.writeFile('/tmp/program.js', new Uint8Array(readFileSync(script)));
  rmSync(folder, { recursive: true });
  await shell(opened.session, `${RUNNER} -c /tmp/program.js -o /tmp/program.bc`);
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

it('refuses bytecode of another build', async () => {
  const said = await shell(
    opened.session,
    `printf 'DDBCwrong-build-0123456789' >/tmp/x.bc; ${RUNNER} /tmp/x.bc 2>&1; echo $?`,
  );
  expect(said).toContain('bytecode of another build\n71');
});
