// /dev/shm: POSIX shared memory, which goes with the IPC namespace. shm_overview(7). A private one is mounted by runc inside
// the container; one to be shared (--ipc shareable) lies in the VM's mount namespace, where a second container can bind it.
import type { Mount } from '../../runc/spec.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { invalidParameter } from '../errors.ts';
import type { Container } from './container.ts';

const DESTINATION = '/dev/shm';

function sharedDirectory(daemon: Daemon, id: string): string {
  return `${daemon.containers.directory(id)}/mounts/shm`;
}

const tmpfsOptions = (container: Container): string => `mode=1777,size=${container.hostConfig.ShmSize}`;

/** Makes the memory that others may join. Called by start; `unmountShm` takes it back. */
export function mountShm(daemon: Daemon, container: Container): void {
  if (container.hostConfig.IpcMode !== 'shareable') return;
  const directory = sharedDirectory(daemon, container.id);
  sys.mkdirAll(directory, 0o700);
  sys.mount('shm', directory, 'tmpfs', sys.MS.NOSUID | sys.MS.NODEV | sys.MS.NOEXEC, tmpfsOptions(container));
}

export function unmountShm(daemon: Daemon, container: Container): void {
  if (container.hostConfig.IpcMode === 'shareable') sys.umountQuietly(sharedDirectory(daemon, container.id));
}

/** What runc mounts at /dev/shm: its own, another container's, or the VM's. Throws if that container does not share. */
export function shmMount(daemon: Daemon, container: Container): Mount | undefined {
  const mode = container.hostConfig.IpcMode;
  const bind = (source: string): Mount => ({
    destination: DESTINATION,
    type: 'bind',
    source,
    options: ['rbind', 'rprivate'],
  });
  if (mode === 'none') return undefined;
  if (mode === 'host') return bind(DESTINATION);
  if (mode === 'shareable') return bind(sharedDirectory(daemon, container.id));
  if (mode.startsWith('container:')) {
    const donor = daemon.containers.require(mode.slice('container:'.length));
    if (donor.hostConfig.IpcMode !== 'shareable') {
      throw invalidParameter(
        `can't join IPC of container ${donor.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
      );
    }
    return bind(sharedDirectory(daemon, donor.id));
  }
  const options = ['nosuid', 'noexec', 'nodev', ...tmpfsOptions(container).split(',')];
  return { destination: DESTINATION, type: 'tmpfs', source: 'shm', options };
}
