import { describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { textCodecs } from '../../sys/double-codecs.ts';
import { describeProcesses } from './processes.ts';

const ESRCH = 3;

function files(pid: number, state: string, cmdline: string): Record<string, string> {
  return {
    [`/proc/${pid}/stat`]: `${pid} (my (odd) sh) ${state} 7 1 1 0 -1 0 0 0 0 0 3 4 0 0 20 0 1 0 100 4096 2 0`,
    [`/proc/${pid}/status`]: 'Name:\tsh\nUid:\t0\t0\t0\t0\n',
    [`/proc/${pid}/cmdline`]: cmdline,
  };
}

const CLOCK = {
  '/proc/uptime': '10.00 9.00\n',
  '/proc/meminfo': 'MemTotal: 1000 kB\n',
  '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
};

describe('docker top', () => {
  it('lists what runs, and says of a zombie that it is one', () => {
    installDouble({ files: { ...CLOCK, ...files(8, 'S', 'sh\0-c\0true\0'), ...files(9, 'Z', '') } });
    expect(describeProcesses([8, 9], '-o pid,ppid,args').Processes).toEqual([
      ['8', '7', 'sh -c true'],
      ['9', '7', '[my (odd) sh] <defunct>'],
    ]);
  });

  it('leaves out a process that ends between the open of its file and the read', () => {
    const all = { ...CLOCK, ...files(8, 'S', 'sh\0'), ...files(9, 'S', 'cat\0') };
    const paths = new Map<number, string>();
    let fd = 20;
    installDouble({
      syscalls: {
        openat: (_dir, path) => {
          paths.set(++fd, String(path));
          return fd;
        },
      },
      native: {
        readAll: (one) => {
          const path = paths.get(one) ?? '';
          return path.startsWith('/proc/9/') ? -ESRCH : textCodecs().utf8Encode(all[path as keyof typeof all]);
        },
      },
    });
    expect(describeProcesses([8, 9], '-o pid,args').Processes).toEqual([['8', 'sh']]);
  });
});
