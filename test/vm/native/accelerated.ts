// Runs in the guest: what the machine's accelerator may do, and C does as well. Digests of bytes at several places in a page, in a forked
// child too, and of memory that was never touched; then gzip of two members, in pieces.
import { offload, run } from '../../../src/engine/loop/index.ts';
import * as sys from '../../../src/engine/sys/index.ts';

const ROOT = '/tmp/accelerated-test';
const sizes = sys.args().map(Number);

/** Bytes i * 31 come again after so many: the rest is copied, as the interpreter is slow. */
const PERIOD = 256;

function digest(bytes: Uint8Array): string {
  const hash = new sys.Sha256();
  for (let at = 0; at < bytes.length; at += 200_000) hash.update(bytes.subarray(at, at + 200_000));
  return hash.hex();
}

const digests = (offset: number): string[] =>
  sizes.map((size) => {
    const bytes = new Uint8Array(offset + size).subarray(offset);
    for (let i = 0; i < Math.min(size, PERIOD); i++) bytes[i] = (i * 31) & 255;
    for (let done = PERIOD; done < size; done *= 2) bytes.copyWithin(done, 0, done);
    return digest(bytes);
  });

/** A tar of text, runs and noise, gzip'ed in two members: the digest of what comes out is that of what went in, whatever the pieces. */
function unpacked(): boolean[] {
  sys.mkdirAll(`${ROOT}/in`);
  for (let i = 0; i < 20; i++) {
    sys.writeFile(`${ROOT}/in/noise${i}`, sys.randomBytes(i * 1000));
    sys.writeFile(`${ROOT}/in/text${i}`, `line ${i} of a text `.repeat(i * 500));
  }
  const tar = sys.open(`${ROOT}/a.tar`, sys.O_RDWR | sys.O_CREAT);
  sys.tarCreate(`${ROOT}/in`, tar);
  const packed = sys.open(`${ROOT}/a.tar.gz`, sys.O_RDWR | sys.O_CREAT);
  sys.lseek(tar, 0);
  const whole = sys.sha256File(`${ROOT}/a.tar`);
  sys.gzip(tar, packed);
  // Archives end with zeros; more of them, as a member of their own, change the digest and nothing else.
  const zeros = sys.open(`${ROOT}/zeros`, sys.O_RDWR | sys.O_CREAT);
  sys.writeAll(zeros, new Uint8Array(50_000));
  sys.lseek(zeros, 0);
  sys.gzip(zeros, packed);
  const both = new sys.Sha256()
    .update(sys.readFile(`${ROOT}/a.tar`))
    .update(new Uint8Array(50_000))
    .hex();
  const stream = sys.readFile(`${ROOT}/a.tar.gz`);
  return [1 << 20, 65536, 4096, 1000, 333].map((piece, i) => {
    sys.mkdir(`${ROOT}/out${i}`);
    const extract = new sys.TarExtract(`${ROOT}/out${i}`, { verified: true });
    for (let at = 0; at < stream.length; at += piece) extract.push(stream.subarray(at, at + piece));
    const { diffId, entries } = extract.finish();
    return diffId === both && both !== whole && entries === 40;
  });
}

run(async () => {
  const lines = [0, 1, 63].flatMap(digests);
  lines.push(...(await offload(() => digests(4095))), digest(new Uint8Array(3_000_000)));
  sys.mkdirAll(ROOT);
  sys.mount('tmpfs', ROOT, 'tmpfs');
  const out = unpacked();
  sys.umount2(ROOT, sys.MNT_DETACH);
  sys.rmdir(ROOT);
  sys.writeAll(1, JSON.stringify({ digests: lines, unpacked: out }));
});
