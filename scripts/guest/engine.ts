// Asking the engine in a machine, for scripts.
import type { Machine } from '../../src/vm/machine/machine.ts';
import { exchangeOn } from '../../src/vm/net/http/client.ts';

const DOCKER_SOCKET = '/var/run/docker.sock';
/** Generous: two cores may be shared with a dozen other machines. */
const ANSWERS_WITHIN_MS = 400_000;

/** The status that a request is answered with. */
export async function engine(machine: Machine, method: string, path: string): Promise<number> {
  const stream = machine.agent.connect(DOCKER_SOCKET);
  try {
    return (await exchangeOn(stream, { method, path, headers: [] })).status;
  } finally {
    stream.abort();
  }
}

/** Waits for dockerd to answer; false if it does not. Asked from here, because a shell that polls in the guest takes dockerd's time. */
export async function engineAnswers(machine: Machine): Promise<boolean> {
  const until = performance.now() + ANSWERS_WITHIN_MS;
  while (performance.now() < until) {
    if ((await engine(machine, 'GET', '/_ping').catch(() => 0)) === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
