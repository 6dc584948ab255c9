// The plug is pulled: a machine's memory is gone, and its disk is as it was at that moment. Another machine boots from cold with that
// disk. What the engine had said was done must be there and whole; what was under way is there or not, but never by halves.
//
// A disk changes by writes only, so a moment is the one before a write, with all that the engine had answered until then; the disks of
// several moments come out of one run of work. The last of them goes on: it is worked on until it is cut off in turn, its boot
// included. The disk has no cache of its own: each write that the kernel has handed over is there, in order and whole, and what
// the kernel still held in memory is lost. (A disk with a cache may lose more; the kernel asks this one for no flush, as it has none.)
import { bundlePrograms } from '../../scripts/guest/bundle.ts';
import { booted, compile } from '../../scripts/guest/compile.ts';
import { engineAnswers } from '../../scripts/guest/engine.ts';
import { initramfs } from '../../scripts/guest/parts.ts';
import { PROGRAMS } from '../../src/vm/image/assemble.ts';
import type { SparseDisk } from '../../src/vm/machine/disk.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { exchangeOn } from '../../src/vm/net/http/client.ts';
import { machineParts } from '../../src/vm/node/artefacts.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { chanceFrom, type Chance } from './chance.ts';
import { inspect, Ledger, work } from './ledger.ts';
import { leavesNothing, removeAll, REST, vm, type Guest, type Say } from './suites.ts';

type DiskState = ReturnType<SparseDisk['get_state']>;

/** What is left of a machine, and what its engine had answered for. */
interface Cut {
  readonly disk: DiskState;
  readonly ledger: Ledger;
  readonly moment: string;
}

/** Moments out of one run of work. */
const CUTS_A_RUN = 4;
/** A cut comes within so many answers or so many writes of the one before: half of them right behind an answer. */
const ANSWERS_MAX = 6;
const WRITES_MAX = 250;

/** Watches a disk, and keeps what stands on it at moments by chance. */
class Moments {
  readonly cuts: Cut[] = [];
  #answers = 0;
  #writes = 0;
  #written = 0;

  constructor(
    private readonly chance: Chance,
    private readonly ledger: Ledger,
    private readonly count: number,
  ) {
    this.#choose();
  }

  watch(disk: SparseDisk): void {
    const write = disk.set.bind(disk);
    disk.set = (...request) => {
      if (this.#writes > 0 && --this.#writes === 0) this.#take(disk.get_state());
      this.#written++;
      write(...request);
    };
  }

  get isDone(): boolean {
    return this.cuts.length === this.count;
  }

  answered(): void {
    if (this.#answers > 0 && --this.#answers === 0) this.#writes = 1;
  }

  #choose(): void {
    if (this.isDone) return;
    if (this.chance.below(2)) this.#answers = 1 + this.chance.below(ANSWERS_MAX);
    else this.#writes = 1 + this.chance.below(WRITES_MAX);
  }

  #take(disk: DiskState): void {
    this.cuts.push({ disk, ledger: this.ledger.copy(), moment: `before write ${this.#written}` });
    this.#choose();
  }
}

interface Running {
  readonly guest: Guest;
  readonly disk: SparseDisk;
}

/** Boots from cold, with the disk of a cut or a new one; `watch` sees the disk before the machine does. */
async function bootFrom(
  initrd: Uint8Array<ArrayBuffer>,
  state: DiskState | undefined,
  watch?: (disk: SparseDisk) => void,
): Promise<Running> {
  const parts = machineParts(initrd);
  if (state) parts.disk.set_state(state);
  watch?.(parts.disk);
  const machine = await Machine.create(parts);
  attachNetwork(machine);
  await machine.run();
  await booted(machine);
  if (!(await engineAnswers(machine))) throw new Error(`no engine after the cut:\n${machine.serialLog.slice(-3000)}`);
  const engine: Guest['engine'] = async (method, path, body) => {
    const stream = machine.agent.connect('/var/run/docker.sock');
    const bytes = body instanceof Uint8Array ? body : body && new TextEncoder().encode(JSON.stringify(body));
    const type = body instanceof Uint8Array ? 'application/x-tar' : 'application/json';
    try {
      const request = { method, path, headers: bytes ? ([['Content-Type', type]] as const) : [] };
      const whole = bytes ? { ...request, body: bytes as Uint8Array } : request;
      const answer = await exchangeOn(stream, whole, { hostName: 'docker' });
      return { status: answer.status, body: new TextDecoder().decode(answer.body) };
    } finally {
      stream.abort();
    }
  };
  const exec: Guest['exec'] = (argv, stdin) => machine.agent.exec(argv, stdin ? { stdin } : {});
  return { guest: { machine, engine, exec }, disk: parts.disk };
}

/** Directories that stay come with the first container. */
const RUN = 'docker run --rm busybox true';

/** All that can be taken away is, and what is left is what was there before anything was made. */
async function clear(guest: Guest, before: string, context: string): Promise<void> {
  await vm(guest, RUN);
  await removeAll(guest);
  const images = JSON.parse((await guest.engine('GET', '/images/json')).body) as { Id: string; RepoTags: string[] }[];
  for (const { Id, RepoTags } of images)
    if (!RepoTags.includes('busybox:latest')) await guest.engine('DELETE', `/images/${Id}?force=1`);
  await leavesNothing(guest, before, `${context}, after removing everything`);
}

/** `count` cuts, each at a moment by chance while things are made and removed. */
export async function powerCuts(seed: number, count: number, say: Say): Promise<void> {
  const initrd = initramfs(await compile(await bundlePrograms(PROGRAMS), () => undefined));
  const [works, chance] = [chanceFrom(seed), chanceFrom(~seed)];
  const began = performance.now();
  let made = 0;
  let checked = 0;
  const check = async (guest: Guest, { ledger, moment }: Cut): Promise<string> => {
    const context = `seed ${seed}, cut ${checked++}, ${moment}`;
    await inspect(guest, ledger, context);
    say(`${context}: ${String(ledger)} are there (${((performance.now() - began) / 1000).toFixed(0)} s)`);
    return context;
  };

  const first = await bootFrom(initrd, undefined);
  await vm(first.guest, `until docker pull -q busybox; do sleep 1; done; ${RUN}; sync`);
  const before = await vm(first.guest, REST);
  let from: Cut = { disk: first.disk.get_state(), ledger: new Ledger(), moment: 'before any' };
  await first.guest.machine.destroy();
  for (let left = count; left > 0; left -= CUTS_A_RUN) {
    const { ledger } = from;
    const moments = new Moments(chance, ledger, Math.min(CUTS_A_RUN, left));
    const { guest } = await bootFrom(initrd, from.disk, (disk) => moments.watch(disk));
    await check(guest, from);
    while (!moments.isDone) {
      await work({ guest, chance: works, ledger, name: `n${made++}` });
      moments.answered();
    }
    await guest.machine.destroy();
    from = moments.cuts.pop() ?? from;
    for (const cut of moments.cuts) await endsWith(cut);
  }
  await endsWith(from);
  say(`power cuts: ${count}, seed ${seed}, ${made} works: all that was answered for is there`);

  async function endsWith(cut: Cut): Promise<void> {
    const { guest } = await bootFrom(initrd, cut.disk);
    await clear(guest, before, await check(guest, cut));
    await guest.machine.destroy();
  }
}
