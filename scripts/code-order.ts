// Writes guest/kernel/functions.txt and guest/native/functions.txt: which functions of the kernel and of the runner share a page, by what
// they do when Docker's commands run (docs/decisions/speed.md, "Where code lies"). The two build.sh link in that order.
//   npx tsx scripts/code-order.ts KERNEL-BUILD/tree/vmlinux NATIVE-BUILD/drydock.symbols
// Both programs must be the committed ones' twins with symbols, and the snapshot must be built. Takes some four minutes.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../src/vm/node/artefacts.ts';
import { pagesOf } from './order/pages.ts';
import { SampledMachine, type Sample } from './order/sampler.ts';
import { Symbols } from './order/symbols.ts';

const KERNEL_START = 0xc0000000;

/** Rounds and a shell script each: what students type most counts most. */
const WORK: readonly (readonly [rounds: number, script: string])[] = [
  [30, 'docker run --rm busybox true'],
  [15, 'docker exec box true'],
  [10, 'docker ps'],
  [3, 'docker images; docker ps -a; docker inspect box; docker logs box; docker version; docker info'],
  [
    4,
    `docker run -d --name web -p 8080:80 busybox httpd -f; docker stop -t 0 web; docker start web; docker restart -t 0 web
     docker pause web; docker unpause web; docker top web; docker stats --no-stream web
     docker cp /etc/hosts web:/h; docker diff web; docker commit web webi; docker rm -f web; docker rmi webi`,
  ],
  [3, 'cd /root/build; echo $RANDOM > a; docker build -q -t built .; docker build -q -t built .'],
  [
    3,
    `docker network create net; docker run -d --name other --network net -v vol:/v --memory 20m busybox sleep 1000
     docker run --rm --network net busybox nslookup other; docker network connect bridge other
     docker network disconnect bridge other; docker rm -f other; docker network rm net; docker volume rm vol`,
  ],
  [
    1,
    'docker pull -q nginx; docker run -d --name nginx nginx; docker logs nginx; docker rm -f nginx; docker rmi nginx',
  ],
];
const SETUP = `docker pull -q busybox; docker run --rm busybox true; docker run -d --name box busybox sleep 100000
  mkdir -p /root/build; cd /root/build; echo 1 >a
  printf 'FROM busybox\\nCOPY a /a\\nRUN echo hi > /x\\nENV A=b\\nWORKDIR /w\\nRUN cat /a\\nCMD ["true"]\\n' >Dockerfile`;

/** What ran in one program: instructions by address, and which address followed which. */
class Profile {
  readonly #instructions = new Map<number, number>();
  readonly #flow = new Map<number, Map<number, number>>();

  constructor(private readonly symbols: Symbols) {}

  add({ last, next, instructions }: Sample): void {
    const [from, to] = [this.symbols.at(last)?.address, this.symbols.at(next)?.address];
    if (from === undefined || to === undefined) return;
    this.#instructions.set(from, (this.#instructions.get(from) ?? 0) + instructions);
    const flow = this.#flow.get(from) ?? new Map<number, number>();
    this.#flow.set(from, flow.set(to, (flow.get(to) ?? 0) + instructions));
  }

  /** A name a line, a blank line between pages. */
  write(path: string): void {
    const flow = [...this.#flow].flatMap(([from, tos]) => [...tos].map(([to, weight]) => ({ from, to, weight })));
    const pages = pagesOf(this.symbols.functions, { instructions: this.#instructions, flow });
    writeFileSync(
      join(ROOT, path),
      pages.map((page) => page.flatMap((func) => this.symbols.names(func)).join('\n')).join('\n\n') + '\n',
    );
    console.log(`${path}: ${pages.flat().length} functions on ${pages.length} pages`);
  }
}

const [vmlinux, runner] = process.argv.slice(2);
if (!vmlinux || !runner) throw new Error('which programs? See the head of this file.');
const kernel = new Profile(new Symbols(vmlinux));
const native = new Profile(new Symbols(runner));
const text = textSegment(readFileSync(join(ROOT, 'public/kernel/native/drydock')));
const guest = await SampledMachine.restore();

async function shell(script: string): Promise<void> {
  const { exitCode, stderr } = await guest.machine.agent.exec(['bash', '-ec', script]);
  if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}: ${new TextDecoder().decode(stderr)}`);
}

await shell(SETUP);
for (const [rounds, script] of WORK)
  await guest.sampled(
    async () => {
      for (let round = 0; round < rounds; round++) await shell(script);
    },
    (sample) => {
      if (sample.last >= KERNEL_START) kernel.add(sample);
      else if (isRunner(sample.last)) native.add(sample);
    },
  );
kernel.write('guest/kernel/functions.txt');
native.write('guest/native/functions.txt');
process.exit(0);

/** Other programs lie at the same addresses: the runner's bytes tell. */
function isRunner(address: number): boolean {
  const at = address - text.address;
  if (at < 0 || at >= text.bytes.length) return false;
  const seen = guest.bytesAt(address, 8);
  return seen?.every((byte, i) => byte === text.bytes[at + i]) ?? false;
}

/** The executable segment of a 32-bit ELF file. elf(5) */
function textSegment(file: Buffer): { address: number; bytes: Buffer } {
  const PT_LOAD = 1;
  const PF_X = 1;
  for (let i = 0; i < file.readUInt16LE(44); i++) {
    const header = file.readUInt32LE(28) + i * 32;
    if (file.readUInt32LE(header) !== PT_LOAD || !(file.readUInt32LE(header + 24) & PF_X)) continue;
    const [offset, address] = [file.readUInt32LE(header + 4), file.readUInt32LE(header + 8)];
    return { address, bytes: file.subarray(offset, offset + file.readUInt32LE(header + 16)) };
  }
  throw new Error('no executable segment');
}
