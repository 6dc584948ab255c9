// What looks at its terminal: docker stats and docker login on one, typed at as a person would, with the client in the VM.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export const cases: Cases = (machine) => {
  /** A login shell on a terminal; what it has shown since the last line was typed. */
  const openTerminal = async () => {
    const { session, sink } = machine;
    const id = await session.openTerminal({ columns: 120, rows: 30 });
    let from = 0;
    const shown = (): string => sink.output(id).toString('latin1', from);
    const type = async (text: string): Promise<void> => {
      from = sink.outputBytes(id);
      await session.write(id, encode(text));
    };
    const until = (wanted: RegExp): Promise<void> => sink.until(() => wanted.test(shown()));
    return { type, until, shown, close: () => session.closeTerminal(id) };
  };

  it('stats draws over its own picture until Ctrl-C', async () => {
    await machine.ok('run', '-d', '--name', 'idle', 'busybox', 'sleep', '1000');
    const terminal = await openTerminal();
    await terminal.type('docker stats\n');
    // Two pictures, each from the upper left corner, and each line wiped to its end.
    await terminal.until(/\x1b\[H[^\x1b]*CONTAINER ID[^]*idle[^]*\x1b\[H[^\x1b]*CONTAINER ID[^]*idle/);
    await terminal.type('\x03');
    await terminal.type('echo code $?\n');
    await terminal.until(/\rcode 130|\ncode 130|code 0/);
    await terminal.close();
  });

  it('login asks for name and password, and does not show the password', async () => {
    const terminal = await openTerminal();
    await terminal.type('docker login registry.drydock.internal\n');
    await terminal.until(/Username: $/);
    await terminal.type('sailor\n');
    await terminal.until(/Password: $/);
    await terminal.type('knot-of-mine\n');
    await terminal.type('echo code $?\n');
    await terminal.until(/code \d/);
    expect(terminal.shown()).not.toContain('knot-of-mine');
    await terminal.close();
    await machine.vm('rm -f /root/.docker/config.json');
  });
};
