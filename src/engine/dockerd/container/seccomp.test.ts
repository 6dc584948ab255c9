import { describe, expect, it } from 'vitest';
import { parseSeccomp } from './seccomp.ts';

const facts = { capabilities: ['CAP_CHOWN', 'CAP_SYS_CHROOT'], kernel: '6.12.38' };
const parse = (profile: unknown): ReturnType<typeof parseSeccomp> => parseSeccomp(JSON.stringify(profile), facts);
const allowing = (...syscalls: object[]): unknown => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: syscalls.map((call) => ({ action: 'SCMP_ACT_ALLOW', ...call })),
});
const names = (...syscalls: object[]): string[] =>
  parse(allowing(...syscalls)).syscalls.flatMap((rule) => [...rule.names]);

describe('a profile of one’s own', () => {
  it('becomes rules', () => {
    const args = [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }];
    expect(
      parse({
        defaultAction: 'SCMP_ACT_ALLOW',
        defaultErrnoRet: 1,
        archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
        syscalls: [
          {
            names: ['mkdir', 'mkdirat'],
            action: 'SCMP_ACT_ERRNO',
            errnoRet: 30,
            comment: 'x',
            includes: {},
            args: null,
          },
          { name: 'clone', action: 'SCMP_ACT_KILL_THREAD', args },
        ],
      }),
    ).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      defaultErrnoRet: 1,
      syscalls: [
        { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 30 },
        { names: ['clone'], action: 'SCMP_ACT_KILL_THREAD', args },
      ],
    });
  });

  it('has only the rules that are for this container and machine', () => {
    expect(
      names(
        { names: ['chroot'], includes: { caps: ['CAP_SYS_CHROOT'] } },
        { names: ['mount'], includes: { caps: ['CAP_SYS_ADMIN', 'CAP_CHOWN'] } },
        { names: ['clone'], excludes: { caps: ['CAP_SYS_ADMIN'] } },
        { names: ['clone3'], excludes: { caps: ['CAP_CHOWN'] } },
        { names: ['modify_ldt'], includes: { arches: ['amd64', 'x32', 'x86'] } },
        { names: ['sync_file_range2'], includes: { arches: ['ppc64le'] } },
        { names: ['personality'], excludes: { arches: ['s390'] } },
        { names: ['ptrace'], includes: { minKernel: '4.8' } },
        { names: ['future'], includes: { minKernel: '6.13' } },
        { names: ['past'], excludes: { minKernel: '6.12' } },
      ),
    ).toEqual(['chroot', 'clone', 'modify_ldt', 'personality', 'ptrace']);
  });

  it.each([
    ['{', 'decoding seccomp profile failed:'],
    ['[]', 'decoding seccomp profile failed: an object is expected'],
    ['{"defaultAction":"ALLOW"}', 'string ALLOW is not a valid action for seccomp'],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}}', 'a list is expected'],
    [
      JSON.stringify(allowing({ names: ['kill'], args: [{ index: 0, op: 'EQ' }] })),
      'string EQ is not a valid operator for seccomp',
    ],
    [
      JSON.stringify(allowing({ names: ['kill'], args: [{ index: 6, op: 'SCMP_CMP_EQ' }] })),
      'invalid argument index 6',
    ],
    [JSON.stringify(allowing({ name: 'kill', names: ['tkill'] })), "both 'name' and 'names' are specified"],
    ['{"architectures":["a"],"archMap":[{}]}', "both 'architectures' and 'archMap' are specified"],
  ])('says what is wrong with %s', (text, words) => {
    expect(() => parseSeccomp(text, facts)).toThrow(words);
  });
});
