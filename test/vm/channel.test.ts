// The control channel under load, with the real guest: floods on four terminals, files both ways and the kernel's trace at once.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession, shell, type OpenedSession } from './harness.ts';

let vm: OpenedSession;
beforeAll(async () => {
  vm = await openSession();
});
afterAll(() => vm.session.stop());

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
/** The guest has no pkill. */
const KILL_AGENT =
  'for p in /proc/[0-9]*; do read -r n <$p/comm && [ "$n" = drydock-agent ] && kill -9 ${p#/proc/}; done';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

it('loses nothing under four floods, file transfers and trace', async () => {
  const { session, sink } = vm;
  await shell(session, 'seq 1 60000 >/tmp/flood');
  const expected = Array.from({ length: 60_000 }, (_, i) => `${i + 1}\r\n`).join('');
  const file = randomBytes(1_500_000);
  const floods = await Promise.all(
    [1, 2, 3, 4].map(() => session.openTerminal({ columns: 80, rows: 24 }, ['cat', '/tmp/flood'])),
  );
  const forks = shell(session, 'for i in $(seq 60); do /bin/true; done');
  await session.writeFile('/tmp/file', file);
  const back = await session.readFile('/tmp/file');
  await forks;
  await sink.until(() => floods.every((id) => sink.exits.has(id)));
  expect(md5(back)).toBe(md5(file));
  expect(await shell(session, 'md5sum </tmp/file')).toContain(md5(file));
  for (const id of floods) expect(md5(sink.output(id))).toBe(md5(encode(expected)));
  expect(session.machine.agent.badFrames).toBe(0);
  expect(sink.log.some((event) => event.kind === 'stream.lost')).toBe(false);
  expect(sink.log.every((event, i) => i === 0 || event.seq === (sink.log[i - 1]?.seq ?? 0) + 1)).toBe(true);
});

it('brings a key press through while another terminal floods, and Ctrl-C stops the flood', async () => {
  const { session, sink } = vm;
  const flood = await session.openTerminal({ columns: 80, rows: 24 });
  await session.write(flood, encode('yes\n'));
  await sink.until(() => sink.outputBytes(flood) > 100_000);
  const other = await session.openTerminal({ columns: 80, rows: 24 });
  await session.write(other, encode('echo $((6 * 7))\n'));
  // Not after a newline: bash ends its bracketed paste mode in front of the output.
  await sink.until(() => /\r42\r\n/.test(sink.text(other)));
  await session.write(flood, encode('\x03'));
  await session.write(flood, encode('echo sto""pped\n'));
  await sink.until(() => sink.text(flood).includes('stopped'));
  await session.closeTerminal(flood);
  await session.closeTerminal(other);
});

it('has a login shell on a terminal of its own, which knows its size', async () => {
  const { session, sink } = vm;
  const id = await session.openTerminal({ columns: 97, rows: 31 });
  await session.write(id, encode('stty size; shopt -q login_shell && echo login; tty\n'));
  await sink.until(() => /31 97\r\nlogin\r\n\/dev\/pts\/\d/.test(sink.text(id)));
  await session.resize(id, { columns: 120, rows: 40 });
  await session.write(id, encode('stty size; exit 3\n'));
  await sink.until(() => sink.exits.has(id));
  expect(sink.text(id)).toContain('40 120');
  expect(sink.exits.get(id)).toBe(3);
});

it('gives errors of the kernel by their names, and stays', async () => {
  const { session } = vm;
  await expect(session.readFile('/no/such')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(session.writeFile('/proc/version', encode('x'))).rejects.toMatchObject({ name: 'GuestError' });
  await expect(session.exec(['/no/such/program'])).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await session.readDirectory('/etc')).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'passwd', type: 'file', isFolder: false })]),
  );
  await session.exec(['sh', '-c', 'cd /tmp; ln -s /etc etc; ln -s passwd nowhere; ln -s loop loop']);
  const links = (await session.readDirectory('/tmp')).filter(({ type }) => type === 'symlink');
  expect(links.map(({ name, isFolder }) => `${name} ${isFolder}`).sort()).toEqual([
    'etc true',
    'loop false',
    'nowhere false',
  ]);
});

it('skips noise on the port and goes on', async () => {
  const { session } = vm;
  const noise = new Uint8Array(4000).fill(0xd0);
  for (const port of [1, 3]) session.machine.inject(port, noise);
  expect(await shell(session, 'echo still here')).toBe('still here\n');
});

it('ends what was open when the agent is killed, and works with its successor', async () => {
  const { session, sink } = vm;
  const id = await session.openTerminal({ columns: 80, rows: 24 });
  const hanging = session.exec(['sleep', '1000']);
  const lost = expect(hanging).rejects.toMatchObject({ code: 'ECONNRESET' });
  const restarted = new Promise<void>((resolve) => {
    const before = session.machine.agent.onStart;
    session.machine.agent.onStart = () => {
      before();
      resolve();
    };
  });
  await session.exec(['sh', '-c', KILL_AGENT]).catch(() => undefined);
  await restarted;
  await lost;
  expect(sink.exits.has(id)).toBe(true);
  expect(await shell(session, 'echo again')).toBe('again\n');
});
