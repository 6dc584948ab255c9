// The bench's guest: the built snapshot in a Session, as a visitor has it and watched as the page watches it, with the C programs put
// into it. Times are the guest's own clock, read by its bash just before and after a command; A and B take turns.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_FOLDER } from '../../src/vm/node/artefacts.ts';
import type { Session } from '../../src/vm/session.ts';
import { openSession, shell, type OpenedSession } from '../vm/harness.ts';
import { median } from './row.ts';

const PROGRAMS = ['cfloor', 'hello'];

export interface Measured {
  readonly medianMs: number;
  readonly samples: readonly number[];
  /** Millions an operation. */
  readonly instructions: number;
}

export class BenchGuest {
  private constructor(readonly opened: OpenedSession) {}

  /** `atPrompt`: after the moment that a visitor looks at the first prompt, in which the machine warms up. */
  static async open({ atPrompt = false } = {}): Promise<BenchGuest> {
    const opened = await openSession();
    if (atPrompt) await opened.session.warmedUp;
    for (const name of PROGRAMS) {
      await opened.session.writeFile(`/root/${name}`, readFileSync(join(KERNEL_FOLDER, 'native', name)));
      await shell(opened.session, `chmod 755 /root/${name}`);
    }
    return new BenchGuest(opened);
  }

  get session(): Session {
    return this.opened.session;
  }

  sh(script: string): Promise<string> {
    return shell(this.session, script);
  }

  close(): Promise<void> {
    return this.session.stop();
  }

  /** One run of a command, ms of guest time; its output goes nowhere. Fails if it fails. */
  async time(command: string): Promise<{ ms: number; instructions: number }> {
    const before = this.session.machine.instructions;
    const text = await this.sh(
      `s=\${EPOCHREALTIME/./}; { ${command}; } >/dev/null 2>&1 || exit; e=\${EPOCHREALTIME/./}; echo $((e - s))`,
    );
    return { ms: Number(text) / 1000, instructions: since(before, this.session.machine.instructions) };
  }

  /** Commands in turn: one unmeasured round or more to be warm, then `rounds` of each. */
  async compare(commands: readonly string[], rounds: number, warmUp = 3): Promise<Measured[]> {
    const samples = commands.map((): { ms: number; instructions: number }[] => []);
    for (let round = -warmUp; round < rounds; round++) {
      for (const [i, command] of commands.entries()) {
        const one = await this.time(command);
        if (round >= 0) samples[i]?.push(one);
      }
    }
    return samples.map(measured);
  }

  /** From Enter to the next prompt on a terminal: bash writes its clock before it runs a command and with the prompt. */
  async enterToPrompt(commands: readonly string[], rounds: number, warmUp = 3): Promise<Measured[]> {
    const { session, sink } = this.opened;
    const id = await session.openTerminal({ columns: 160, rows: 50 });
    const samples = commands.map((): { ms: number; instructions: number }[] => []);
    const type = async (line: string): Promise<string> => {
      const from = sink.output(id).length;
      const shown = (): string => sink.output(id).subarray(from).toString('latin1');
      await session.write(id, new TextEncoder().encode(`${line}\r`));
      await sink.until(() => /\[\d+\.\d+\]\$ $/.test(shown()));
      return shown();
    };
    await type(`PS0='<$EPOCHREALTIME>' PS1='[$EPOCHREALTIME]$ '`);
    for (let round = -warmUp; round < rounds; round++) {
      for (const [i, command] of commands.entries()) {
        const before = session.machine.instructions;
        const text = await type(command);
        const [start, end] = [/<(\d+\.\d+)>/.exec(text)?.[1], /\[(\d+\.\d+)\]\$ $/.exec(text)?.[1]];
        const ms = (Number(end) - Number(start)) * 1000;
        if (round >= 0) samples[i]?.push({ ms, instructions: since(before, session.machine.instructions) });
      }
    }
    await session.closeTerminal(id);
    return samples.map(measured);
  }

  /** The C floor (guest/native/cfloor.c) `rounds` times, by its own clock. Its root is what Docker gives busybox: init layer and image. */
  async floor(rounds: number): Promise<number> {
    const text = await this.sh(
      `cd /var/lib/docker/overlay2; i=$(echo *-init/diff); b=$(echo */diff/bin/busybox); b=\${b%% *}
       /root/cfloor "$PWD/$i:$PWD/\${b%/bin/busybox}" ${rounds} /bin/true`,
    );
    return medianIn(text);
  }

  /** fork, exec and wait of a static program in C, by its own clock. */
  async forkExecWait(rounds: number): Promise<number> {
    return medianIn(await this.sh(`/root/cfloor -s ${rounds} /root/hello | tail -n 1`));
  }
}

function medianIn(text: string): number {
  const found = /median ([\d.]+) ms/.exec(text)?.[1];
  if (found === undefined) throw new Error(`cfloor: ${text}`);
  return Number(found);
}

/** Millions of instructions between two readings; v86 counts in 32 bits. */
export const since = (before: number, after: number): number => ((after - before) >>> 0) / 1e6;

function measured(samples: readonly { ms: number; instructions: number }[]): Measured {
  const ms = samples.map((one) => one.ms);
  return { medianMs: median(ms), samples: ms, instructions: median(samples.map((one) => one.instructions)) };
}
