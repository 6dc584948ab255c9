// Runs in the guest on the real runner: exercises engine/sys, engine/loop and engine/http against the real kernel and prints what it saw
// as JSON. test/vm/native.test.ts says what it should have seen.
import { HttpClient, listenTcp, listenUnix, pump, serve, type Handler } from '../../../src/engine/http/index.ts';
import {
  childExit,
  FdReader,
  hangup,
  offload,
  onReadable,
  onSignal,
  readable,
  readToEnd,
  run,
  sleep,
} from '../../../src/engine/loop/index.ts';
import { AbortSignal } from '../../../src/engine/loop/abort.ts';
import * as sys from '../../../src/engine/sys/index.ts';
import { jsonDifferences } from './json.ts';

const ROOT = '/tmp/native-test';

/** Code of the error that work ends with. */
function errorOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof sys.SyscallError || error instanceof sys.ArchiveError ? error.code : String(error);
  }
}

function archives(): unknown {
  const [upper, out] = [`${ROOT}/upper`, `${ROOT}/out`];
  sys.mkdirAll(`${upper}/opaque/${'deep/'.repeat(30)}end`);
  sys.writeFile(`${upper}/file`, 'x'.repeat(100_000));
  sys.chown(`${upper}/file`, 1000, 3_000_000);
  sys.chmod(`${upper}/file`, 0o4755);
  sys.link(`${upper}/file`, `${upper}/hardlink`);
  sys.symlink('../'.repeat(50), `${upper}/symlink`);
  sys.mknod(`${upper}/gone`, sys.S_IFCHR);
  sys.lsetxattr(`${upper}/opaque`, 'trusted.overlay.opaque', 'y');
  const tar = sys.open(`${ROOT}/a.tar`, sys.O_RDWR | sys.O_CREAT);
  const packedBytes = sys.tarCreate(upper, tar, { overlayUpper: true });
  sys.lseek(tar, 0);
  const gz = sys.open(`${ROOT}/a.tar.gz`, sys.O_RDWR | sys.O_CREAT);
  sys.gzip(tar, gz);
  sys.mkdir(out);
  const result = sys.extractFile(`${ROOT}/a.tar.gz`, out);
  const file = sys.lstat(`${out}/file`);
  return {
    sizes: result.uncompressedBytes === packedBytes,
    diffId: result.diffId === sys.sha256File(`${ROOT}/a.tar`),
    digest: result.compressedDigest === sys.sha256File(`${ROOT}/a.tar.gz`),
    file: [file.uid, file.gid, file.mode & 0o7777, file.size, file.nlink],
    symlink: sys.readlink(`${out}/symlink`).length,
    whiteout: sys.lstat(`${out}/gone`).mode & sys.S_IFMT,
    opaque: sys.utf8Decode(sys.lgetxattr(`${out}/opaque`, 'trusted.overlay.opaque') ?? new Uint8Array()),
    deep: sys.exists(`${out}/opaque/${'deep/'.repeat(30)}end`),
    usage: sys.diskUsage(out).apparentBytes,
    copied: [sys.copyTree(out, `${ROOT}/copy`) > 30, sys.lstat(`${ROOT}/copy/hardlink`).nlink],
    hostile: HOSTILE.map((entries) => errorOf(() => extractHostile(entries))),
    escaped: sys.exists('/tmp/escaped'),
  };
}

/** Entries of archives that try to leave their root: [name, type, link]. */
const HOSTILE: readonly (readonly (readonly [string, string, string])[])[] = [
  [['../escaped', '0', '']],
  [
    ['d', '2', '/tmp'],
    ['d/escaped', '0', ''],
  ],
  [
    ['d', '2', '../../../../tmp'],
    ['d/escaped', '0', ''],
  ],
  [['h', '1', '../../../../etc/passwd']],
  [['/etc/../../escaped', '0', '']],
];

function extractHostile(entries: readonly (readonly [string, string, string])[]): void {
  sys.removeTree(`${ROOT}/hostile`);
  sys.mkdirAll(`${ROOT}/hostile`);
  const extract = new sys.TarExtract(`${ROOT}/hostile`);
  for (const [name, type, link] of entries) extract.push(header(name, type, link));
  extract.push(new Uint8Array(1024));
  extract.finish();
}

function header(name: string, type: string, link: string): Uint8Array {
  const block = new Uint8Array(512);
  const put = (text: string, at: number): void => block.set(sys.latin1Encode(text), at);
  put(name, 0);
  put('0000644\0' + '0000000\0'.repeat(2) + '00000000000\0'.repeat(2) + ' '.repeat(8) + type + link, 100);
  put('ustar\0' + '00', 257);
  put(
    block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0') + '\0 ',
    148,
  );
  return block;
}

async function processes(): Promise<unknown> {
  const [read, write] = sys.pipe2();
  const child = sys.fork(
    () => {
      sys.writeAll(
        write,
        `${sys.readText('/proc/self/cmdline').split('\0')[0]}|${sys.readText('/proc/self/comm').trim()}|${sys.listNames('/proc/self/fd').length}`,
      );
      return 7;
    },
    { title: 'runc:[2:INIT] of a test', keep: [write], flags: sys.CLONE_NEWUTS | sys.CLONE_NEWPID },
  );
  sys.close(write);
  const seen = sys.utf8Decode(await readToEnd(new FdReader(read)));
  const status = await childExit(child);
  let signalled = 0;
  onSignal(sys.SIGNAL.SIGUSR1, ({ pid }) => (signalled = pid));
  sys.kill(sys.getpid(), sys.SIGNAL.SIGUSR1);
  await sleep(1);
  const nested = sys.fork(() => run(async () => sleep(1).then(() => 3)), { keep: [] });
  const failure = await offload(() => sys.rmdir('/nowhere')).catch(
    (error: unknown) => (error as sys.SyscallError).code,
  );
  const killed = sys.fork(() => run(() => sleep(60_000)), { keep: [] });
  sys.kill(killed.pid, sys.SIGNAL.SIGKILL);
  return {
    seen,
    status,
    signalled: signalled === sys.getpid(),
    nested: sys.exitCode(await childExit(nested)),
    killed: sys.exitCode(await childExit(killed)),
    failure,
    missing: errorOf(() => sys.spawn('/bin/nothing', ['nothing'])),
    blocked: sys.readText('/proc/self/status').match(/SigBlk:\s*(\w+)/)?.[1],
  };
}

/** A child in this process's memory: its descriptors and title are its own, what it makes is there afterwards, the loop goes on. */
async function borrowed(): Promise<unknown> {
  const [read, write] = sys.pipe2();
  const waiting = new FdReader(read).read();
  const title = (): string => sys.readText('/proc/self/cmdline').split('\0')[0] ?? '';
  const before = { title: title(), fds: sys.listNames('/proc/self/fd').length, pid: sys.getpid() };
  const made: { pid?: number; title?: string; grandchild?: number } = {};
  const status = sys.vfork(
    () => {
      // The numbers of descriptors that the parent waits on are free here, and used anew.
      const [a, b] = sys.pipe2();
      const child = sys.fork(() => 9, { keep: [] });
      const ended = sys.waitpid(child.pid);
      made.grandchild = ended.kind === 'exited' ? ended.code : -1;
      for (const fd of [a, b, child.pidfd]) sys.closeQuietly(fd);
      Object.assign(made, { pid: sys.getpid(), title: title() });
      return 5;
    },
    { keep: [], title: 'borrower of a test' },
  );
  const thrown = errorOf(() => sys.vfork(() => sys.rmdir('/nowhere') as never));
  const killed = sys.vfork(() => {
    sys.kill(sys.getpid(), sys.SIGNAL.SIGKILL);
    return 0;
  });
  sys.writeAll(write, 'woken');
  const woken = sys.utf8Decode((await waiting) ?? new Uint8Array(0));
  const after = { title: title(), fds: sys.listNames('/proc/self/fd').length, pid: sys.getpid() };
  for (const fd of [read, write]) sys.closeQuietly(fd);
  return {
    status,
    grandchild: made.grandchild,
    title: made.title,
    otherPid: made.pid !== before.pid,
    thrown,
    killed: sys.exitCode(killed),
    woken,
    same: JSON.stringify(before) === JSON.stringify(after),
  };
}

async function terminals(): Promise<unknown> {
  const { master, number } = sys.openPtyMaster();
  const slave = sys.openPtySlave(master);
  sys.setWindowSize(master, { rows: 33, cols: 101 });
  const pid = sys.spawn('/bin/sh', ['sh', '-c', 'tty; stty size; grep SigBlk /proc/self/status'], {
    fds: [slave, slave, slave],
    setsid: true,
    controllingTerminal: true,
    env: ['PATH=/bin:/usr/bin'],
  });
  sys.close(slave);
  const text = sys.utf8Decode(await readToEnd(new FdReader(master)));
  return { lines: text.trim().split(/\s+/), expected: `/dev/pts/${number}`, exit: sys.waitpid(pid) };
}

async function descriptors(): Promise<unknown> {
  const [a, b] = sys.socketpair();
  const [read, write] = sys.pipe2();
  sys.sendmsg(a, sys.utf8Encode('fds'), [write]);
  const got = sys.recvmsg(b, new Uint8Array(16));
  sys.writeAll(got?.fds[0] ?? -1, 'through');
  const through = new Uint8Array(7);
  sys.read(read, through);
  const watch = sys.inotifyInit();
  sys.inotifyAddWatch(watch, ROOT, sys.IN.CREATE);
  const names: string[] = [];
  const stop = onReadable(watch, () => names.push(...sys.readInotify(watch).map(({ name }) => name)));
  sys.writeFile(`${ROOT}/noticed`, '');
  await sleep(5);
  stop();
  const timeout = await hangup(a, AbortSignal.timeout(5)).catch((error: unknown) => (error as Error).name);
  sys.close(b);
  await hangup(a);
  return { through: sys.utf8Decode(through), names, timeout };
}

/**
 * Two pipes are ready in one turn. Whichever is heard first closes the other, whose number another pipe gets at once: the event
 * that is still to come of that number is not the new pipe's.
 */
async function reusedNumber(): Promise<unknown> {
  const pipes = [sys.pipe2(), sys.pipe2()] as const;
  const [fresh, freshEnd] = sys.pipe2();
  let heard: 'nothing' | 'too early' | 'in time' = 'nothing';
  let isWritten = false;
  const claim = async (mine: number, others: number): Promise<void> => {
    await readable(mine);
    sys.close(others);
    sys.dup3(fresh, others, sys.O_CLOEXEC);
    await readable(others);
    heard = isWritten ? 'in time' : 'too early';
  };
  const [[a], [b]] = pipes;
  const claims = [claim(a, b), claim(b, a)].map((each) => each.catch(() => undefined));
  for (const [, end] of pipes) sys.writeAll(end, sys.utf8Encode('x'));
  await sleep(5);
  isWritten = true;
  sys.writeAll(freshEnd, sys.utf8Encode('x'));
  await Promise.all(claims);
  return heard;
}

const handler: Handler = async (request, response) => {
  if (request.path === '/hijack') {
    const raw = await response.hijack(101, { Connection: 'Upgrade', Upgrade: 'tcp' });
    await pump(raw, raw);
    await raw.write(sys.utf8Encode(' end'));
    return raw.close();
  }
  if (request.path === '/big') return pump(request.body, await response.stream(200)).then(() => undefined);
  return response.json(200, { path: request.path, body: await request.body.json() });
};

async function http(): Promise<unknown> {
  serve(listenUnix(`${ROOT}/s`), handler);
  serve(listenTcp('127.0.0.1', 7999), handler);
  const answers: unknown[] = [];
  for (const client of [new HttpClient({ unix: `${ROOT}/s` }), new HttpClient({ host: '127.0.0.1', port: 7999 })]) {
    for (let i = 0; i < 2; i++)
      answers.push(await (await client.request('POST', '/json', { body: { json: { i } } })).json());
    const big = await client.request('POST', '/big', { body: new Uint8Array(1_000_000) });
    answers.push((await big.body.bytes()).byteLength);
    big.close();
    const upgraded = await client.upgrade('POST', '/hijack');
    if (!('stream' in upgraded)) continue;
    await upgraded.stream.write(sys.utf8Encode('stdin'));
    await upgraded.stream.end();
    answers.push(sys.utf8Decode(await readToEnd(upgraded.stream)));
    upgraded.stream.close();
  }
  const refused = await new HttpClient({ unix: `${ROOT}/none` })
    .request('GET', '/')
    .catch((error: unknown) => (error as sys.SyscallError).code);
  return { answers, refused };
}

run(async () => {
  sys.removeTree(ROOT);
  sys.mkdirAll(ROOT);
  sys.mount('tmpfs', ROOT, 'tmpfs');
  const seen = {
    archives: archives(),
    processes: await processes(),
    borrowed: await borrowed(),
    terminals: await terminals(),
    descriptors: await descriptors(),
    reusedNumber: await reusedNumber(),
    http: await http(),
    jsonDifferences: jsonDifferences(),
  };
  sys.umount2(ROOT, sys.MNT_DETACH);
  sys.rmdir(ROOT);
  sys.writeAll(1, JSON.stringify(seen));
});
