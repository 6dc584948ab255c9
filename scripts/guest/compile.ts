// Source to bytecode, by the native runner itself: inside the VM, so that any host that runs Node can build. Each bundle's result is
// kept under the hash of bundle and runner; nothing is booted if all are known.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../src/vm/image/assemble.ts';
import { CACHE_FOLDER, machineParts, readBytes } from '../../src/vm/node/artefacts.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { bundlePrograms } from './bundle.ts';
import { cached, hardwareHash, initramfs, nativePrograms, sha256, writeWhole } from './parts.ts';

const encoder = new TextEncoder();

async function baseInitramfs(): Promise<Uint8Array<ArrayBuffer>> {
  const agent = (await bundlePrograms(['agent'])).get('agent') ?? '';
  // The runner tells source from bytecode by its first bytes.
  return initramfs(new Map([['agent', encoder.encode(agent)]]));
}

/** Hash of everything in the base machine. */
export async function baseId(): Promise<string> {
  return sha256(hardwareHash(), await baseInitramfs());
}

/** A machine in which only the agent runs, from a cached state if there is one. */
export async function baseMachine(log: (line: string) => void): Promise<Machine> {
  const initrd = await baseInitramfs();
  const machine = await Machine.create(machineParts(initrd));
  const name = `base/${sha256(hardwareHash(), initrd)}.state`;
  const path = join(CACHE_FOLDER, name);
  if (existsSync(path)) {
    await machine.restore(readBytes(path).buffer);
    await machine.run();
    await wake(machine);
    return machine;
  }
  log('booting the base machine');
  await machine.run();
  await booted(machine);
  await cached(name, async () => new Uint8Array(await machine.save()));
  return machine;
}

/** Waits for the agent; a boot that hangs fails with what the kernel said. */
export async function booted(machine: Machine, limitMs = 120_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the agent did not come up:\n${machine.serialLog.slice(-2000)}`)),
      limitMs,
    );
  });
  await Promise.race([machine.agent.ready, late]).finally(() => clearTimeout(timer));
}

export async function wake(machine: Machine): Promise<void> {
  await machine.agent.wake(Date.now(), crypto.getRandomValues(new Uint8Array(64)));
}

export async function compile(
  bundles: ReadonlyMap<Program, string>,
  log: (line: string) => void,
): Promise<Map<Program, Uint8Array>> {
  const runner = nativePrograms().get('usr/lib/drydock/drydock');
  if (!runner) throw new Error('public/kernel/native/drydock is missing');
  const path = (bundle: string): string => join(CACHE_FOLDER, 'bytecode', `${sha256(bundle, runner)}.bc`);
  const missing = [...bundles].filter(([, bundle]) => !existsSync(path(bundle)));
  if (missing.length > 0) {
    const machine = await baseMachine(log);
    for (const [name, bundle] of missing) {
      log(`compiling ${name} (${Math.round(bundle.length / 1024)} KB)`);
      writeWhole(path(bundle), await compileIn(machine, name, bundle));
    }
    await machine.destroy();
  }
  return new Map([...bundles].map(([name, bundle]) => [name, readBytes(path(bundle))]));
}

async function compileIn(machine: Machine, name: string, bundle: string): Promise<Uint8Array> {
  const [source, output] = [`/tmp/${name}.js`, `/tmp/${name}.bc`];
  await machine.agent.writeFile(source, encoder.encode(bundle));
  const result = await machine.agent.exec(['/usr/lib/drydock/drydock', '-c', source, '-o', output]);
  if (result.exitCode !== 0) throw new Error(`compiling ${name}: ${new TextDecoder().decode(result.stderr)}`);
  return machine.agent.readFile(output);
}
