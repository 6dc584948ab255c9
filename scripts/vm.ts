// Runs a shell command in the VM: npx tsx scripts/vm.ts [options] -- 'command'. For working on the engine and on the tests.
//   (none)              restore the snapshot of `scripts/build-guest.ts`
//   --fresh             compile the engine as it is now, start its daemons in a restored bare machine
//   --base              the bare machine: kernel, user land and agent, no engine
//   --cold              boot instead of restoring
//   --put HOST:GUEST    copy a file into the guest first (executable bit kept); may be given several times
//   --tty               the command (or, without one, a login shell) on a terminal
//   --log               show the serial console      --events   print decoded kernel events as JSON lines
//   --time              print how long each part took
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Machine } from '../src/vm/machine/machine.ts';
import { openVm, type VmKind } from './guest/open.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fresh: { type: 'boolean' },
    base: { type: 'boolean' },
    cold: { type: 'boolean' },
    put: { type: 'string', multiple: true },
    tty: { type: 'boolean' },
    log: { type: 'boolean' },
    events: { type: 'boolean' },
    time: { type: 'boolean' },
  },
});

const started = performance.now();
const say = (line: string): void => {
  if (values.time) process.stderr.write(`[${((performance.now() - started) / 1000).toFixed(2)} s] ${line}\n`);
};

async function put(machine: Machine, pair: string): Promise<void> {
  const at = pair.lastIndexOf(':');
  const [host, guest] = [pair.slice(0, at), pair.slice(at + 1)];
  await machine.agent.writeFile(guest, readFileSync(host));
  if (statSync(host).mode & 0o100) await machine.agent.exec(['chmod', '755', guest]);
}

/** The command on a terminal that is this one. */
function onTerminal(machine: Machine, command: string): Promise<number> {
  const size = { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  const argv = command === '' ? undefined : ['bash', '-lc', command];
  return new Promise((resolve, reject) => {
    const stream = machine.agent.terminal(size, argv, {
      data: (bytes) => void process.stdout.write(bytes),
      close: ({ result, error }) =>
        error ? reject(new Error(error.message)) : resolve((result as { exitCode: number }).exitCode),
    });
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on('data', (bytes) => stream.send(new Uint8Array(bytes)));
    process.stdout.on('resize', () => stream.message({ columns: process.stdout.columns, rows: process.stdout.rows }));
  });
}

async function main(): Promise<number> {
  const kind: VmKind = values.base ? 'base' : values.fresh ? 'fresh' : 'snapshot';
  const vm = await openVm({
    kind,
    cold: values.cold ?? false,
    say,
    ...(values.log ? { onSerial: (bytes) => void process.stderr.write(bytes) } : {}),
    ...(values.events ? { onEvents: (events) => events.forEach((event) => console.log(JSON.stringify(event))) } : {}),
  });
  say('the machine runs');
  for (const pair of values.put ?? []) await put(vm.machine, pair);
  const command = positionals.join(' ');
  let code: number;
  if (values.tty || command === '') code = await onTerminal(vm.machine, command);
  else {
    const onOutput = (from: 'stdout' | 'stderr', bytes: Uint8Array): void => void process[from].write(bytes);
    code = (await vm.machine.agent.exec(['bash', '-lc', command], { onOutput })).exitCode;
  }
  say(`exit ${code}`);
  if (values.events) await vm.settle();
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(70);
  },
);
