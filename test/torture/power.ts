// The plug is pulled: the machine stops between two instructions while operations run, its memory is gone, and its disk is as it
// was at that moment. Another machine boots with that disk. What the engine had said was done must be there and whole; what was
// under way is there or not, but never by halves.
import { bundlePrograms } from '../../scripts/guest/bundle.ts';
import { booted, compile } from '../../scripts/guest/compile.ts';
import { engineAnswers } from '../../scripts/guest/engine.ts';
import { initramfs } from '../../scripts/guest/parts.ts';
import { PROGRAMS } from '../../src/vm/image/assemble.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { exchangeOn } from '../../src/vm/net/http/client.ts';
import { machineParts } from '../../src/vm/node/artefacts.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { agree } from './agreement.ts';
import { chanceFrom, type Chance } from './chance.ts';
import { vm, type Guest, type Say } from './suites.ts';
import { tarOf } from './tar.ts';

type Disk = ReturnType<ReturnType<typeof machineParts>['disk']['get_state']>;

/** Boots a machine with this disk, or a new one; `stop` gives the disk as it is and ends it. */
async function bootWith(disk: Disk | undefined): Promise<{ guest: Guest; pull: () => Promise<Disk> }> {
  const programs = await compile(await bundlePrograms(PROGRAMS), () => undefined);
  const parts = machineParts(initramfs(programs));
  if (disk) parts.disk.set_state(disk);
  const machine = await Machine.create(parts);
  attachNetwork(machine);
  await machine.run();
  await booted(machine);
  if (!(await engineAnswers(machine))) throw new Error(`no engine after the cut:\n${machine.serialLog.slice(-3000)}`);
  const guest: Guest = {
    machine,
    exec: (argv, stdin) => machine.agent.exec(argv, stdin ? { stdin } : {}),
    async engine(method, path, body) {
      const stream = machine.agent.connect('/var/run/docker.sock');
      const bytes = body instanceof Uint8Array ? body : body && new TextEncoder().encode(JSON.stringify(body));
      const type = body instanceof Uint8Array ? 'application/x-tar' : 'application/json';
      try {
        const request = { method, path, headers: bytes ? ([['Content-Type', type]] as const) : [] };
        const answer = await exchangeOn(stream, bytes ? { ...request, body: bytes as Uint8Array } : request, {
          hostName: 'docker',
        });
        return { status: answer.status, body: new TextDecoder().decode(answer.body) };
      } finally {
        stream.abort();
      }
    },
  };
  const pull = async (): Promise<Disk> => {
    await machine.pause();
    const state = parts.disk.get_state();
    await machine.destroy();
    return state;
  };
  return { guest, pull };
}

/** What the engine has answered for. */
interface Ledger {
  /** Name of an image to what stands in its file. */
  readonly images: Map<string, string>;
  /** Name of a container to the image that it is of. */
  readonly containers: Map<string, string>;
  readonly volumes: Set<string>;
  count: number;
}

/** One thing made or taken away; it is in the ledger from the moment of the answer. */
async function work(guest: Guest, chance: Chance, ledger: Ledger): Promise<void> {
  const good = async (method: string, path: string, body?: unknown): Promise<boolean> => {
    const { status, body: said } = await guest.engine(method, path, body);
    if (status >= 400 || said.includes('"error"')) throw new Error(`${method} ${path}: ${status} ${said}`);
    return true;
  };
  const name = `n${ledger.count++}`;
  switch (chance.below(6)) {
    case 0:
    case 1: {
      const text = `${name} ${chance.below(1 << 30)} `.repeat(1 + chance.below(4000));
      const archive = tarOf(
        { name: 'file', content: text },
        ...Array.from({ length: 20 }, (_, i) => ({ name: `more/${i}`, content: text.slice(0, i * 500) })),
      );
      await good('POST', `/images/create?fromSrc=-&repo=${name}&changes=${encodeURIComponent('CMD ["x"]')}`, archive);
      ledger.images.set(name, text);
      break;
    }
    case 2:
    case 3: {
      const image = chance.below(2) && ledger.images.size > 0 ? chance.pick([...ledger.images.keys()]) : 'busybox';
      await good('POST', `/containers/create?name=${name}`, { Image: image, Cmd: ['sleep', '1000'] });
      ledger.containers.set(name, image);
      if (image === 'busybox') await good('POST', `/containers/${name}/start`);
      break;
    }
    case 4:
      await good('POST', '/volumes/create', { Name: name });
      ledger.volumes.add(name);
      break;
    default: {
      const [gone] = ledger.containers.keys();
      if (gone === undefined) return;
      ledger.containers.delete(gone);
      await good('DELETE', `/containers/${gone}?force=1`);
    }
  }
}

async function inspect(guest: Guest, ledger: Ledger, context: string): Promise<void> {
  const wrong: string[] = [];
  const exists = async (path: string): Promise<boolean> => (await guest.engine('GET', path)).status === 200;
  for (const name of ledger.volumes) if (!(await exists(`/volumes/${name}`))) wrong.push(`volume ${name} is gone`);
  for (const name of ledger.containers.keys())
    if (!(await exists(`/containers/${name}/json`))) wrong.push(`container ${name} is gone`);
  for (const [name, text] of ledger.images) {
    const made = await guest.engine('POST', `/containers/create?name=look-${name}`, { Image: name });
    if (made.status !== 201) {
      wrong.push(`image ${name}: ${made.status} ${made.body}`);
      continue;
    }
    const found = await vm(guest, `docker cp look-${name}:/file - | tar xO; docker rm look-${name} >/dev/null`);
    if (found !== text) wrong.push(`image ${name}: its file has ${found.length} bytes of ${text.length}`);
  }
  // All that is listed can be used: started, inspected, removed.
  const listed = JSON.parse((await guest.engine('GET', '/containers/json?all=1')).body) as {
    Id: string;
    State: string;
  }[];
  for (const { Id, State } of listed) {
    const { status, body } = await guest.engine('GET', `/containers/${Id}/json`);
    if (status !== 200) wrong.push(`${Id}: ${status} ${body}`);
    if (State === 'running') wrong.push(`${Id.slice(0, 12)} is said to run`);
  }
  if (wrong.length > 0) throw new Error(`${context}:\n  ${wrong.join('\n  ')}`);
  await agree(guest, context);
}

/** `count` cuts, each at a moment by chance while things are made and removed; the disk goes on from cut to cut. */
export async function powerCuts(seed: number, count: number, say: Say): Promise<void> {
  const chance = chanceFrom(seed);
  const ledger: Ledger = { images: new Map(), containers: new Map(), volumes: new Set(), count: 0 };
  let { guest, pull } = await bootWith(undefined);
  await vm(guest, 'until docker pull -q busybox; do sleep 1; done');
  for (let i = 0; i < count; i++) {
    for (let n = 0; n < 4; n++) await work(guest, chance, ledger);
    const moment = chance.below(400);
    let isCut = false;
    const going = (async () => {
      while (!isCut) await work(guest, chance, ledger);
    })().catch((error: unknown) => {
      if (!isCut) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, moment));
    isCut = true;
    const disk = await pull();
    await Promise.race([going, new Promise((resolve) => setTimeout(resolve, 1000))]);
    ({ guest, pull } = await bootWith(disk));
    await inspect(guest, ledger, `seed ${seed}, cut ${i} after ${moment} ms`);
  }
  const { images, containers, volumes } = ledger;
  await pull();
  say(
    `power cuts: ${count}, seed ${seed}: ${images.size} images, ${containers.size} containers, ${volumes.size} volumes are there`,
  );
}
