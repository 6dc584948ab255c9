// Why an exec could not begin, in Docker's words, and the exit code that inspect shows for it.
import type { Exec } from '../../container/exec.ts';
import { invalidParameter, messageOf } from '../../errors.ts';

export function execFailure(error: unknown, exec: Exec): Error {
  const text = messageOf(error);
  const missing = text.includes('executable file not found') || text.includes('no such file or directory');
  exec.exitCode = missing ? 127 : 126;
  return invalidParameter(
    text.startsWith('OCI runtime')
      ? text
      : `OCI runtime exec failed: exec failed: unable to start container process: ${text}`,
  );
}
