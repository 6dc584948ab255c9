// GET /version
import * as sys from '../../../sys/index.ts';
import type { Daemon } from '../../daemon.ts';
import { ARCHITECTURE, OS } from '../../platform.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { API_VERSION, MIN_API_VERSION } from '../../router.ts';
import { GIT_COMMIT, VERSION } from '../../version.ts';

export async function version(daemon: Daemon, _request: ApiRequest): Promise<Reply> {
  const containerd = await daemon.containerd
    .call('version', {})
    .catch(() => ({ version: 'unknown', revision: '', runc: 'unknown' }));
  const kernel = kernelVersion();
  const engine = {
    ApiVersion: `1.${API_VERSION}`,
    Arch: ARCHITECTURE,
    BuildTime: '',
    Experimental: 'false',
    GitCommit: GIT_COMMIT,
    GoVersion: 'none (TypeScript on QuickJS)',
    KernelVersion: kernel,
    MinAPIVersion: `1.${MIN_API_VERSION}`,
    Os: OS,
  };
  return json({
    Platform: { Name: 'Drydock Engine' },
    Components: [
      { Name: 'Engine', Version: VERSION, Details: engine },
      { Name: 'containerd', Version: containerd.version, Details: { GitCommit: containerd.revision } },
      { Name: 'runc', Version: containerd.runc, Details: { GitCommit: containerd.revision } },
      { Name: 'docker-init', Version: '0.1.0', Details: { GitCommit: GIT_COMMIT } },
    ],
    Version: VERSION,
    ApiVersion: engine.ApiVersion,
    MinAPIVersion: engine.MinAPIVersion,
    GitCommit: GIT_COMMIT,
    GoVersion: engine.GoVersion,
    Os: OS,
    Arch: ARCHITECTURE,
    KernelVersion: kernel,
    BuildTime: '',
  });
}

export function kernelVersion(): string {
  return (sys.readTextIfExists('/proc/sys/kernel/osrelease') ?? '').trim();
}
