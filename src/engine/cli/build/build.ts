// docker build: sends the context to POST /build and shows what the engine says. --check only reads the Dockerfile.
import { problemOfName } from '../image/name.ts';
import { argument, CommandError, query, type Command, type Invocation } from '../command.ts';
import type { FlagSpec } from '../flags.ts';
import { pairs } from '../container/options.ts';
import { humanSize } from '../format/units.ts';
import { showOn, showProgress } from '../progress.ts';
import type { ByteReader } from '../../loop/index.ts';
import { base64Encode, utf8Encode } from '../../sys/index.ts';
import { credentialsFor, INDEX_SERVER } from '../registry/config.ts';
import { check } from './check.ts';
import { openContext } from './context.ts';

const flags: readonly FlagSpec[] = [
  { name: 'add-host', type: 'list', help: 'Add a custom host-to-IP mapping ("host:ip")' },
  { name: 'build-arg', type: 'list', help: 'Set build-time variables' },
  { name: 'cache-from', type: 'list', help: 'Images to consider as cache sources' },
  { name: 'cgroup-parent', type: 'string', help: 'Set the parent cgroup for the "RUN" instructions during build' },
  { name: 'check', type: 'bool', help: 'Check the Dockerfile and build nothing' },
  { name: 'compress', type: 'bool', help: 'Compress the build context using gzip' },
  { name: 'cpu-period', type: 'int', help: 'Limit the CPU CFS (Completely Fair Scheduler) period' },
  { name: 'cpu-quota', type: 'int', help: 'Limit the CPU CFS (Completely Fair Scheduler) quota' },
  { name: 'cpu-shares', short: 'c', type: 'int', help: 'CPU shares (relative weight)' },
  { name: 'cpuset-cpus', type: 'string', help: 'CPUs in which to allow execution ("0-3", "0,1")' },
  { name: 'cpuset-mems', type: 'string', help: 'MEMs in which to allow execution ("0-3", "0,1")' },
  { name: 'disable-content-trust', type: 'bool', help: 'Skip image verification', default: 'true' },
  { name: 'file', short: 'f', type: 'string', help: 'Name of the Dockerfile (Default is "PATH/Dockerfile")' },
  { name: 'force-rm', type: 'bool', help: 'Always remove intermediate containers' },
  { name: 'iidfile', type: 'string', help: 'Write the image ID to the file' },
  { name: 'isolation', type: 'string', help: 'Container isolation technology' },
  { name: 'label', type: 'list', help: 'Set metadata for an image' },
  { name: 'memory', short: 'm', type: 'bytes', help: 'Memory limit' },
  { name: 'memory-swap', type: 'bytes', help: 'Swap limit equal to memory plus swap: -1 to enable unlimited swap' },
  { name: 'network', type: 'string', help: 'Set the networking mode for the "RUN" instructions during build' },
  { name: 'no-cache', type: 'bool', help: 'Do not use cache when building the image' },
  { name: 'platform', type: 'string', help: 'Set platform if server is multi-platform capable' },
  { name: 'progress', type: 'string', help: 'Set type of progress output (accepted; the output is always plain)' },
  { name: 'pull', type: 'bool', help: 'Always attempt to pull a newer version of the image' },
  { name: 'quiet', short: 'q', type: 'bool', help: 'Suppress the build output and print image ID on success' },
  { name: 'rm', type: 'bool', help: 'Remove intermediate containers after a successful build', default: 'true' },
  { name: 'security-opt', type: 'list', help: 'Security options' },
  { name: 'shm-size', type: 'bytes', help: 'Size of "/dev/shm"' },
  { name: 'squash', type: 'bool', help: 'Squash newly built layers into a single new layer' },
  {
    name: 'tag',
    short: 't',
    type: 'list',
    help: 'Name and optionally a tag in the "name:tag" format',
    check: problemOfName,
  },
  { name: 'target', type: 'string', help: 'Set the target build stage to build.' },
  { name: 'ulimit', type: 'list', help: 'Ulimit options' },
];

export const build: Command = {
  names: ['build', 'image build', 'builder build'],
  usage: '[OPTIONS] PATH | URL | -',
  help: 'Build an image from a Dockerfile',
  flags,
  args: [1, 1],
  async run(call) {
    const { io } = call;
    const [path, file] = [argument(call, 0), call.flags.text('file')];
    if (call.flags.bool('check')) return check(call, path, file);
    const quiet = call.flags.bool('quiet');
    const context = await openContext(call, path, file);
    const print: string[] = [];
    let imageId = '';
    try {
      const body = context.body && counted(context.body, quiet ? undefined : (text) => io.out(text));
      const answer = await call.api.stream('POST', `/build${buildQuery(call, context)}`, body, {
        'Content-Type': 'application/x-tar',
        'X-Registry-Config': registryConfig(call),
      });
      const show = showOn(io);
      await showProgress(answer, {
        ...show,
        ...(quiet && { terminal: false, print: (text: string) => void print.push(text) }),
        onAux: (aux) => (imageId = (aux as { ID?: string }).ID ?? imageId),
      });
    } catch (error) {
      // What was kept back tells why.
      if (quiet) io.err(print.join(''));
      throw error;
    } finally {
      await context.close();
    }
    if (quiet) {
      imageId = print.join('').trim();
      io.out(`${imageId}\n`);
    }
    const iidfile = call.flags.text('iidfile');
    if (iidfile !== '') {
      if (imageId === '') throw new CommandError(`server did not provide an image ID. Cannot write ${iidfile}`);
      io.writeFile(iidfile, imageId);
    }
    return 0;
  },
};

/** Tells how much was sent, as the real client does: a line that is written over, and stays at the end. */
function counted(body: ByteReader, print: ((text: string) => void) | undefined): ByteReader {
  let sent = 0;
  let told = 0;
  const line = (): string => `Sending build context to Docker daemon  ${humanSize(sent, 4)}\r`;
  return {
    async read() {
      const bytes = await body.read();
      sent += bytes?.length ?? 0;
      if (bytes === null) print?.(`${line()}\r\n`);
      else if (sent - told > 512 * 1024) {
        told = sent;
        print?.(line());
      }
      return bytes;
    },
  };
}

function buildQuery(call: Invocation, context: { dockerfile: string; remote: string }): string {
  const { flags: given } = call;
  const json = (value: object): string | undefined => {
    const empty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
    return empty ? undefined : JSON.stringify(value);
  };
  const tags = given.list('tag').map((tag) => `&t=${encodeURIComponent(tag)}`);
  const parameters = query({
    dockerfile: context.dockerfile,
    remote: context.remote,
    rm: given.has('rm') && !given.bool('rm') ? '0' : '1',
    forcerm: given.bool('force-rm'),
    nocache: given.bool('no-cache'),
    pull: given.bool('pull'),
    q: given.bool('quiet'),
    target: given.text('target'),
    buildargs: json(buildArgs(call)),
    labels: json(pairs(given.list('label'))),
    cachefrom: json(given.list('cache-from')),
    networkmode: given.text('network'),
    extrahosts: json(given.list('add-host').map((entry) => entry.replace(/^([^:=]+)=/, '$1:'))),
    memory: given.number('memory'),
    memswap: given.number('memory-swap'),
    cpushares: given.number('cpu-shares'),
    cpuperiod: given.number('cpu-period'),
    cpuquota: given.number('cpu-quota'),
    cpusetcpus: given.text('cpuset-cpus'),
    cpusetmems: given.text('cpuset-mems'),
    cgroupparent: given.text('cgroup-parent'),
    shmsize: given.number('shm-size'),
    ulimits: json(given.list('ulimit').map(ulimit)),
    platform: given.text('platform'),
    isolation: given.text('isolation'),
    securityopt: json(given.list('security-opt')),
    squash: given.bool('squash'),
  });
  return parameters + tags.join('');
}

/** `--build-arg NAME` takes the client's own value. */
function buildArgs(call: Invocation): Record<string, string | null> {
  return Object.fromEntries(
    call.flags.list('build-arg').map((entry): [string, string | null] => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, call.env[entry] ?? null] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function ulimit(entry: string): { Name: string; Soft: number; Hard: number } {
  const found = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(entry);
  if (!found) throw new CommandError(`invalid ulimit argument: ${entry}`, 125);
  return { Name: found[1] ?? '', Soft: Number(found[2]), Hard: Number(found[3] ?? found[2]) };
}

/** X-Registry-Config: the logins for base images. */
function registryConfig(call: Invocation): string {
  const hub = credentialsFor(call.env, INDEX_SERVER);
  return base64Encode(utf8Encode(JSON.stringify(hub ? { [INDEX_SERVER]: hub } : {})));
}
