// Finds an exec by ID among all containers. Called by the endpoints beneath /exec.
import type { Container } from '../../container/container.ts';
import type { Exec } from '../../container/exec.ts';
import type { Daemon } from '../../daemon.ts';
import { notFound } from '../../errors.ts';

export function findExec(daemon: Daemon, id: string): { container: Container; exec: Exec } {
  for (const container of daemon.containers.all()) {
    const exec = container.execs.get(id);
    if (exec) return { container, exec };
  }
  throw notFound(`No such exec instance: ${id}`);
}
