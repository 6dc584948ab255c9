// What an unprivileged container must not reach or change: each attempt runs inside one, and must fail there; what it was after is
// looked at from outside before and after.
import type { Session } from '../../src/vm/session.ts';
import { vm, type Say } from './suites.ts';

/** What is tried: a name and a shell command that ends with 0 if it succeeds. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  'mount a tmpfs': 'mount -t tmpfs none /mnt',
  'mount proc anew': 'mkdir -p /p && mount -t proc proc /p',
  'remount / of the kernel settings writable': 'mount -o remount,rw /proc/sys',
  'remount the cgroups writable': 'mount -o remount,rw /sys/fs/cgroup',
  'unmount a masked path': 'umount /proc/kcore || umount /sys/firmware',
  'bind over a file': 'mount --bind /etc/passwd /etc/hosts',
  'a new mount namespace': 'unshare -m true',
  'a new user namespace': 'unshare -U true',
  "the host's namespaces": 'nsenter -t 1 -m -p true 2>/dev/null && [ -d /var/lib/docker ]',
  'write a kernel setting': 'echo 1 >/proc/sys/kernel/panic',
  'write a network setting': 'echo 0 >/proc/sys/net/ipv4/ip_forward',
  'the sysrq trigger': 'echo h >/proc/sysrq-trigger',
  'a new core pattern': 'echo "|/bin/sh" >/proc/sys/kernel/core_pattern',
  'the kernel memory': 'head -c 1 /dev/mem || head -c 1 /dev/kmem || [ "$(head -c 1 /proc/kcore | wc -c)" = 1 ]',
  'the disk, by a node of its own': 'mknod /sda b 8 0 && head -c 1 /sda',
  'memory, by a node of its own': 'mknod /mem c 1 1 && head -c 1 /mem',
  'the control ports': 'mknod /vport c 241 1 && head -c 1 /vport',
  'the trace': 'ls /sys/kernel/tracing/events/sched',
  debugfs: 'mount -t debugfs none /mnt',
  'raise its memory limit': 'echo max >/sys/fs/cgroup/memory.max',
  'leave its cgroup': 'echo $$ >/sys/fs/cgroup/../cgroup.procs',
  'make a cgroup': 'mkdir /sys/fs/cgroup/mine',
  "see the host's processes": 'ps -o args | grep -q "[d]ockerd"',
  'kill a process outside': 'for p in 2 3 4 50 64 65 66; do kill -9 $p 2>/dev/null && exit 0; done; exit 1',
  'load a module': 'insmod /etc/hosts',
  'restart the machine': 'reboot -f',
  'set the clock': 'date -s 2001-01-01; [ "$(date +%Y)" = 2001 ]',
  'rename the machine': 'hostname pwned',
  'add an interface': 'ip link add dummy0 type dummy',
  'change its address': 'ip address add 10.9.9.9/24 dev eth0',
  'set a firewall rule': 'iptables -A INPUT -j DROP',
  "the engine's socket": '[ -S /var/run/docker.sock ]',
  'leave by chroot': 'mkdir -p /c && chroot /c /bin/true',
  "the host's files through /proc": '[ -e /proc/1/root/var/lib/docker ]',
  swap: 'swapon /etc/hosts',
  'raise its own limits': 'ulimit -Hn 2000000',
  'a lower nice value': 'nice -n -20 true 2>&1 | grep -q . && exit 1; [ "$(nice -n -20 nice)" = -20 ]',
  'the kernel log': 'dmesg >/dev/null',
  'write the image': 'touch /dev/sda',
};

/** Attempts that only make a file in the container's own layer prove nothing by success. */
const HARMLESS = new Set(['write the image', 'leave by chroot']);

/** To be the same before and after. */
const OUTSIDE = `cat /proc/sys/kernel/{panic,core_pattern,hostname} /proc/sys/net/ipv4/ip_forward; ip -o link | cut -d: -f2; iptables-save | grep -v '^[:#]'
  pidof dockerd containerd; grep -v overlay /proc/mounts; ls /sys/fs/cgroup`;

export async function escapes(session: Session, say: Say): Promise<void> {
  await vm(
    session,
    'docker run -d --name cage busybox sleep 10000 >/dev/null; docker run -d --name other busybox sleep 9999 >/dev/null',
  );
  const before = await vm(session, OUTSIDE);
  const succeeded: string[] = [];
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    const { exitCode } = await session.exec(['docker', 'exec', 'cage', 'sh', '-c', attempt]);
    if (exitCode === 0 && !HARMLESS.has(name)) succeeded.push(name);
  }
  const after = await vm(session, OUTSIDE);
  const running = await vm(session, "docker ps --format '{{.Names}}' | sort | tr '\\n' ' '");
  await vm(session, 'docker rm -f cage other >/dev/null');
  if (succeeded.length > 0) throw new Error(`succeeded inside a container: ${succeeded.join('; ')}`);
  if (after !== before) throw new Error(`changed from inside a container:\n${before}\n-- now --\n${after}`);
  if (running !== 'cage other ') throw new Error(`containers ended: ${running}`);
  say(`isolation: ${Object.keys(ATTEMPTS).length} attempts, none came through`);
}
