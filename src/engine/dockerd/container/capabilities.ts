// Which capabilities a container's process has: Docker's fourteen, changed by --cap-add and --cap-drop. capabilities(7)
import type { Capabilities } from '../../runc/spec.ts';
import { invalidParameter } from '../errors.ts';
import type { HostConfig } from './types.ts';

const DEFAULT =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

const ALL =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
    .split(' ')
    .map((name) => `CAP_${name}`);

/** root gets the set in effect; another user only may keep it across an execve of a file that grants it. */
export function capabilitiesFor(host: HostConfig, isRoot: boolean): Capabilities {
  const names = host.Privileged ? ALL : adjusted(host.CapAdd ?? [], host.CapDrop ?? []);
  return isRoot ? { bounding: names, effective: names, permitted: names } : { bounding: names };
}

function adjusted(add: readonly string[], drop: readonly string[]): readonly string[] {
  if (add.length === 0 && drop.length === 0) return DEFAULT;
  const adding = add.map(normalise);
  const dropping = drop.map(normalise);
  const base = adding.includes('ALL') ? ALL : dropping.includes('ALL') ? [] : DEFAULT;
  const kept = base.filter((name) => !dropping.includes(name));
  return [...new Set([...kept, ...adding.filter((name) => name !== 'ALL')])];
}

function normalise(name: string): string {
  const upper = name.toUpperCase();
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

/** Called before a container is made. */
export function checkCapabilities(host: HostConfig): void {
  for (const field of ['CapAdd', 'CapDrop'] as const) {
    const unknown = (host[field] ?? []).map(normalise).find((name) => name !== 'ALL' && !ALL.includes(name));
    if (unknown !== undefined) throw invalidParameter(`invalid ${field}: unknown capability: "${unknown}"`);
  }
}
