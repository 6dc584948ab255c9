// Terminals: termios(3), window size, pseudo-terminals. ioctl_tty(2), pty(7)

import { O_NOCTTY, O_RDWR } from './constants.ts';
import { raw, sys } from './error.ts';
import { open } from './file.ts';

const [TCGETS, TCSETS, TIOCSCTTY, TIOCGWINSZ, TIOCSWINSZ, TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER] = [
  0x5401, 0x5402, 0x540e, 0x5413, 0x5414, 0x80045430, 0x40045431, 0x5441,
];

/** The kernel's struct termios: four flag words, c_line, nineteen control characters. */
export interface Termios {
  iflag: number;
  oflag: number;
  cflag: number;
  lflag: number;
  line: number;
  cc: Uint8Array;
}

/** isatty(3). */
export function isatty(fd: number): boolean {
  return raw('ioctl', fd, TCGETS, new Uint8Array(36)) >= 0;
}

/** tcgetattr(3). */
export function tcgetattr(fd: number): Termios {
  const view = new DataView(new ArrayBuffer(36));
  sys('ioctl', fd, TCGETS, view);
  return {
    iflag: view.getUint32(0, true),
    oflag: view.getUint32(4, true),
    cflag: view.getUint32(8, true),
    lflag: view.getUint32(12, true),
    line: view.getUint8(16),
    cc: new Uint8Array(view.buffer, 17, 19),
  };
}

/** tcsetattr(3) with TCSANOW. */
export function tcsetattr(fd: number, termios: Termios): void {
  const view = new DataView(new ArrayBuffer(36));
  view.setUint32(0, termios.iflag, true);
  view.setUint32(4, termios.oflag, true);
  view.setUint32(8, termios.cflag, true);
  view.setUint32(12, termios.lflag, true);
  view.setUint8(16, termios.line);
  new Uint8Array(view.buffer, 17, 19).set(termios.cc);
  sys('ioctl', fd, TCSETS, view);
}

/** cfmakeraw(3) applied to a copy: no echo, no line editing, no signals, no output processing. */
export function rawMode(t: Termios): Termios {
  const cc = t.cc.slice();
  const [VTIME, VMIN] = [5, 6];
  cc[VTIME] = 0;
  cc[VMIN] = 1;
  return {
    iflag: t.iflag & ~0o2753, // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
    oflag: t.oflag & ~1, // OPOST
    cflag: (t.cflag & ~0o460) | 0o60, // CSIZE PARENB, then CS8
    lflag: t.lflag & ~0o100113, // ECHO ECHONL ICANON ISIG IEXTEN
    line: t.line,
    cc,
  };
}

/** A copy without ECHO, for passwords. */
export function noEcho(t: Termios): Termios {
  const ECHO = 0o10;
  return { ...t, lflag: t.lflag & ~ECHO };
}

export interface WindowSize {
  rows: number;
  cols: number;
}

/** TIOCGWINSZ. */
export function windowSize(fd: number): WindowSize {
  const size = new Uint16Array(4);
  sys('ioctl', fd, TIOCGWINSZ, size);
  return { rows: size[0] ?? 0, cols: size[1] ?? 0 };
}

/** TIOCSWINSZ: the foreground process group gets SIGWINCH if it changed. */
export function setWindowSize(fd: number, size: WindowSize): void {
  sys('ioctl', fd, TIOCSWINSZ, Uint16Array.of(size.rows, size.cols, 0, 0));
}

/** TIOCSCTTY: fd becomes the controlling terminal of the calling session leader. */
export function setControllingTerminal(fd: number): void {
  sys('ioctl', fd, TIOCSCTTY, 0);
}

/** A new pseudo-terminal of the devpts behind ptmxPath, its slave unlocked: the master and the slave's number (so /dev/pts/N). */
export function openPtyMaster(ptmxPath = '/dev/ptmx'): { master: number; number: number } {
  const master = open(ptmxPath, O_RDWR | O_NOCTTY);
  sys('ioctl', master, TIOCSPTLCK, Int32Array.of(0));
  const number = new Uint32Array(1);
  sys('ioctl', master, TIOCGPTN, number);
  return { master, number: number[0] ?? 0 };
}

/** TIOCGPTPEER: opens the slave by its master, whatever is mounted where. */
export function openPtySlave(master: number): number {
  return sys('ioctl', master, TIOCGPTPEER, O_RDWR | O_NOCTTY | 0o2000000);
}
