// bpf(2): loading a program and attaching it to a cgroup. Used by runc/device-filter.ts.

import { native } from './native.ts';
import { sys } from './error.ts';

const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;

/** BPF_PROG_LOAD: a descriptor of the program. code: struct bpf_insn, eight bytes each. */
export function bpfProgLoad(type: number, code: Uint8Array): number {
  const licence = native.utf8Encode('MIT\0');
  const attribute = new Uint32Array(32);
  attribute[0] = type;
  attribute[1] = code.byteLength / 8;
  attribute[2] = native.address(code);
  attribute[4] = native.address(licence);
  return sys('bpf', BPF_PROG_LOAD, attribute, attribute.byteLength);
}

/** BPF_PROG_ATTACH to a cgroup directory. */
export function bpfProgAttach(cgroupFd: number, programFd: number, attachType: number, flags: number): void {
  sys('bpf', BPF_PROG_ATTACH, Uint32Array.of(cgroupFd, programFd, attachType, flags), 16);
}
