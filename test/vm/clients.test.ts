// The same command lines to both clients, the real one and the one in the VM: stdout, stderr and exit code are the same.
import { beforeAll, describe, expect, it } from 'vitest';
import { DIFFER, LINES } from './command-lines.ts';
import { inOneMachine, type DockerMachine } from './docker-machine.ts';
import type { Ran } from './docker.ts';

/** How long ago something was goes on while the two are asked; columns behind it move with it. */
const AGO = /\b(Less than a second|About an? (minute|hour)|\d+ (second|minute|hour)s?)( ago)?/g;
const spoken = (text: string): string =>
  text.match(AGO) ? text.replace(AGO, 'SOME TIME').replace(/[ ]{2,}/g, '  ') : text;
/** The VM's client does not say so; docs/fidelity.md does. */
const NOTICE = /^DEPRECATED: The legacy builder [^]*?\n\n/;
/** What a line made is another one each time. */
const IDS = /\b[0-9a-f]{64}\b/g;

const told = ({ exitCode, stdout, stderr }: Ran): Ran => ({
  exitCode,
  stdout: spoken(stdout),
  stderr: spoken(stderr).replace(IDS, 'ID').replace(NOTICE, ''),
});

async function prepare({ ok, vm }: DockerMachine): Promise<void> {
  await ok('network', 'create', '--subnet', '10.4.0.0/24', '--label', 'color=blue', 'blue');
  await ok('volume', 'create', '--label', 'color=red', 'data');
  await ok('create', '--name', 'made', 'busybox', 'true');
  // One name an image: the real client has several in any order.
  await ok('commit', 'made', 'mine/app:1');
  await ok(
    ...['run', '-d', '--name', 'old', '-l', 'role=back', '--log-opt', 'labels=role', 'busybox'],
    ...['sh', '-c', 'echo one; echo two >&2; echo three >/three; rm /etc/passwd; exit 3'],
  );
  const places = ['--network', 'blue', '-p', '8080:80', '-v', 'data:/d', '-v', '/tmp:/t:ro'];
  await ok('run', '-d', '--name', 'web', '-l', 'role=front', '-e', 'A=b c', ...places, 'busybox', 'sleep', '1000');
  await vm('docker wait old');
}

inOneMachine({
  'with either client': (machine) => {
    beforeAll(() => prepare(machine));

    describe.each(Object.entries(LINES))('%s', (_, lines) => {
      it.each(lines)('docker %s', async (line) => {
        const real = told(await machine.typed(`docker ${line}`));
        const ours = told(await machine.docker.inVm(`docker ${line}`));
        if (line in DIFFER) expect(ours, `it is the same now: take it out of DIFFER`).not.toEqual(real);
        else expect(ours).toEqual(real);
      });
    });
  },
});

it('what is known to differ is asked', () => {
  const lines = Object.values(LINES).flat();
  expect(Object.keys(DIFFER).filter((line) => !lines.includes(line))).toEqual([]);
  expect(lines.filter((line, i) => lines.indexOf(line) !== i)).toEqual([]);
});
