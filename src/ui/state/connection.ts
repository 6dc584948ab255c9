// The page's line to the VM's worker. The ui knows only this interface, so a test can put a recorded machine behind it.
import * as Comlink from 'comlink';
import type { StartOptions, VmApi, VmSink } from '../../protocol/vm-api.ts';

/** The machine's calls, less `start`, which needs the sink carried over the border. */
export type MachineCalls = Omit<VmApi, 'start'>;

export interface Connection {
  readonly calls: MachineCalls;
  start(options: StartOptions, sink: VmSink): Promise<void>;
  /** The worker ended by itself: out of memory, a script that did not load, an error that nobody caught. */
  onDeath(listener: (reason: string) => void): void;
  dispose(): void;
}

export type Connect = () => Connection;

/** A new worker with a new machine in it. */
export function connectWorker(): Connection {
  const worker = new Worker(new URL('../../vm/worker.ts', import.meta.url), { type: 'module', name: 'drydock-vm' });
  const remote = Comlink.wrap<VmApi>(worker);
  return {
    calls: remote as unknown as MachineCalls,
    start: (options, sink) => remote.start(options, Comlink.proxy(sink)),
    onDeath(listener) {
      worker.addEventListener('error', (event) => listener(event.message || 'its script could not be loaded'));
      worker.addEventListener('messageerror', () => listener('a message between page and worker could not be read'));
      worker.addEventListener('message', ({ data }: MessageEvent<{ heldForLife?: string }>) => {
        if (data.heldForLife !== undefined)
          void navigator.locks.request(data.heldForLife, () => listener('it ended without a word.'));
      });
    },
    dispose: () => worker.terminate(),
  };
}
