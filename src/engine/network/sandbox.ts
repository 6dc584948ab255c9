// A container's network namespace under a name of its own: /run/docker/netns/<key>, a bind mount of /proc/PID/ns/net, which
// `ip netns` and inspect's SandboxKey refer to. Also the way into a namespace for the one call that needs it: socket(2).
import * as sys from '../sys/index.ts';
import { RouteSocket } from './netlink.ts';

const NETNS_DIRECTORY = '/run/docker/netns';

/** Docker's sandbox keys have twelve characters. */
export const sandboxKey = (containerId: string): string => `${NETNS_DIRECTORY}/${containerId.slice(0, 12)}`;

/** Makes the name. False if it is there already: it stays as it is. */
export function nameSandbox(key: string, pid: number): boolean {
  sys.mkdirAll(NETNS_DIRECTORY);
  try {
    sys.closeQuietly(sys.open(key, sys.O_CREAT | sys.O_EXCL | sys.O_RDONLY, 0o444));
  } catch (error) {
    if (sys.isErrno(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    sys.mount(`/proc/${pid}/ns/net`, key, 'bind', sys.MS.BIND);
  } catch (error) {
    sys.removeQuietly(key);
    throw error;
  }
  return true;
}

export function removeSandbox(key: string): void {
  sys.umountQuietly(key);
  sys.removeQuietly(key);
}

export const listSandboxes = (): string[] => sys.listNames(NETNS_DIRECTORY).map((name) => `${NETNS_DIRECTORY}/${name}`);

let home = -1;

/** Runs `make` in the namespace `netnsFd`. It should make sockets and nothing else: from then on they belong there. setns(2) */
export function inNetns<T>(netnsFd: number, make: () => T): T {
  if (home < 0) home = sys.open('/proc/self/ns/net', sys.O_RDONLY);
  sys.setns(netnsFd, sys.CLONE_NEWNET);
  try {
    return make();
  } finally {
    sys.setns(home, sys.CLONE_NEWNET);
  }
}

/** Runs `work` with a netlink socket of the namespace `netnsFd`. */
export function withRouteSocket<T>(netnsFd: number, work: (route: RouteSocket) => T): T {
  const route = inNetns(netnsFd, () => new RouteSocket());
  try {
    return work(route);
  } finally {
    route.close();
  }
}

/** Opens a sandbox by its name for `work`. */
export function withSandbox<T>(key: string, work: (netnsFd: number) => T): T {
  const netns = sys.open(key, sys.O_RDONLY);
  try {
    return work(netns);
  } finally {
    sys.closeQuietly(netns);
  }
}
