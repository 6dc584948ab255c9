// containerd: the daemon between dockerd and the containers. Started by init and restarted when it ends; the containers,
// being their shims' children, do not notice.
import { onSignal, run } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { DEFAULT_PARENT, prepareCgroupParent } from '../runc/cgroup.ts';
import { DEFAULT_CAPABILITIES } from '../runc/capabilities.ts';
import { seccompFilter } from '../runc/seccomp.ts';
import { CONTAINERD_SOCKET, RUNC_ROOT, TASK_ROOT, type RequestLine } from './api.ts';
import { JsonLines, listenUnix } from './lines.ts';
import { answer } from './rpc.ts';
import { TaskService } from './service.ts';

run(async () => {
  sys.setProcessTitle('containerd');
  for (const directory of [TASK_ROOT, RUNC_ROOT, '/run/containerd/s']) sys.mkdirAll(directory, 0o711);
  prepareCgroupParent(DEFAULT_PARENT);

  // Made once, here: every shim and runc has them by being forked from this process.
  seccompFilter('default', {
    args: [],
    env: [],
    cwd: '/',
    user: { uid: 0, gid: 0 },
    capabilities: { bounding: DEFAULT_CAPABILITIES },
  });

  const service = new TaskService();
  service.adopt();
  listenUnix(CONTAINERD_SOCKET, (fd) => {
    const lines: JsonLines = new JsonLines(fd, {
      onMessage: (message, text) => {
        const request = message as RequestLine;
        void answer(lines, request.seq, () => service.handle(request, text, lines));
      },
      onClose: () => service.forget(lines),
    });
  });

  await new Promise<void>((resolve) => {
    onSignal(sys.SIGNAL.SIGTERM, () => resolve());
    onSignal(sys.SIGNAL.SIGINT, () => resolve());
  });
  sys.removeQuietly(CONTAINERD_SOCKET);
});
