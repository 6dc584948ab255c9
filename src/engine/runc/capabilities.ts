// Capabilities: root's power in about forty pieces. A container's root keeps fourteen of them. capabilities(7)
import * as sys from '../sys/index.ts';
import type { Capabilities } from './spec.ts';

/** Bit number of each capability: its place in include/uapi/linux/capability.h. */
export const CAPABILITIES: readonly string[] = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_SETGID', 'CAP_SETUID',
  'CAP_SETPCAP', 'CAP_LINUX_IMMUTABLE', 'CAP_NET_BIND_SERVICE', 'CAP_NET_BROADCAST', 'CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_IPC_LOCK',
  'CAP_IPC_OWNER', 'CAP_SYS_MODULE', 'CAP_SYS_RAWIO', 'CAP_SYS_CHROOT', 'CAP_SYS_PTRACE', 'CAP_SYS_PACCT', 'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT', 'CAP_SYS_NICE', 'CAP_SYS_RESOURCE', 'CAP_SYS_TIME', 'CAP_SYS_TTY_CONFIG', 'CAP_MKNOD', 'CAP_LEASE',
  'CAP_AUDIT_WRITE', 'CAP_AUDIT_CONTROL', 'CAP_SETFCAP', 'CAP_MAC_OVERRIDE', 'CAP_MAC_ADMIN', 'CAP_SYSLOG', 'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND', 'CAP_AUDIT_READ', 'CAP_PERFMON', 'CAP_BPF', 'CAP_CHECKPOINT_RESTORE',
]; // prettier-ignore

/** What Docker leaves to a container unless --cap-add, --cap-drop or --privileged say otherwise. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SETFCAP',
  'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT', 'CAP_KILL', 'CAP_AUDIT_WRITE',
]; // prettier-ignore

const BIT: ReadonlyMap<string, number> = new Map(CAPABILITIES.map((name, bit) => [name, bit]));

/** Set of names to bit mask, in halves of 32 bits. A name that this kernel does not know is left out, as runc does (with a warning). */
function halves(names: readonly string[] | undefined): [low: number, high: number] {
  let [low, high] = [0, 0];
  for (const name of names ?? []) {
    const bit = BIT.get(name);
    if (bit === undefined) continue;
    if (bit < 32) low |= 1 << bit;
    else high |= 1 << (bit - 32);
  }
  return [low >>> 0, high >>> 0];
}

/** The mask as one number. */
export function capabilityMask(names: readonly string[] | undefined): bigint {
  const [low, high] = halves(names);
  return (BigInt(high) << 32n) | BigInt(low);
}

/**
 * The bounding set is the most that this process and its children can ever get: what is dropped here does not come back, not
 * even by a setuid program. One prctl(PR_CAPBSET_DROP) for each capability that is not in the set.
 */
export function dropBoundingSet(capabilities: Capabilities): void {
  const [low, high] = halves(capabilities.bounding);
  sys.dropBoundingSet(low, high, CAPABILITIES.length);
}

/** The sets of the process itself, and the ambient set, which a program without file capabilities inherits through execve. */
export function applyCapabilities(capabilities: Capabilities): void {
  const effective = capabilityMask(capabilities.effective);
  const sameSet = String(capabilities.permitted) === String(capabilities.effective);
  sys.capset({
    effective,
    permitted: sameSet ? effective : capabilityMask(capabilities.permitted),
    inheritable: capabilityMask(capabilities.inheritable),
  });
  const [PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_CLEAR_ALL] = [2, 4];
  sys.prctl(sys.PR.CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  for (const name of capabilities.ambient ?? []) {
    const bit = BIT.get(name);
    if (bit !== undefined) sys.prctl(sys.PR.CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit);
  }
}
