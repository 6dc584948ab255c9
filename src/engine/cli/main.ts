// The docker client. Started once, it stays resident with its code loaded (resident.ts). Started with arguments and no socket to
// listen on (the stub does so when nobody is resident), it runs that one command.
import { run } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { dispatch } from './dispatch.ts';
import { processIo } from './io.ts';
import { environment, resident } from './resident.ts';

if (sys.args()[0] === '--resident') run(resident);
// The first word is the name under which the stub was called.
else run(() => single(sys.args().slice(1)));

/** One command in this very process. */
function single(argv: readonly string[]): Promise<number> {
  return dispatch(
    { argv, env: environment(sys.readText('/proc/self/environ').split('\0')), cwd: sys.getcwd() },
    processIo(),
  );
}
