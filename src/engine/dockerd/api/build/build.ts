// POST /build: the context is the body (a tar, compressed or not) or behind `remote`; the answer is the classic builder's
// output as a stream of JSON messages. What is wrong with the request or the Dockerfile is refused before the stream begins.
import { prepare, type BuildRequest } from '../../../build/builder.ts';
import { receiveContext } from '../../../build/context.ts';
import { parseDockerfile } from '../../../build/dockerfile/parse.ts';
import { readOptions, type BuildOptions } from '../../../build/options.ts';
import { BuildOutput } from '../../../build/output.ts';
import { reporting } from '../../../image/progress.ts';
import { familiar } from '../../../image/reference.ts';
import type { Image } from '../../../image/images.ts';
import { credentialsOf, type Credentials } from '../../../image/registry/auth.ts';
import { AbortController, treesRemoved } from '../../../loop/index.ts';
import { base64Decode, utf8Decode } from '../../../sys/index.ts';
import type { Daemon } from '../../daemon.ts';
import { stream, type ApiRequest, type Reply } from '../../request.ts';

/** Builds under way that named themselves, for POST /build/cancel. */
export const running = new Map<string, AbortController>();

export async function build(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const options = readOptions(request.query);
  const context = await receiveContext(daemon, request.body, options);
  const abort = new AbortController();
  const credentials = credentialsByDomain(request.header('x-registry-config'));
  let start: ReturnType<typeof prepare>;
  try {
    const file = parseDockerfile(context.dockerfile);
    const build: Omit<BuildRequest, 'output'> = {
      options,
      context,
      file,
      signal: abort.signal,
      span: request.span,
      credentials,
    };
    start = prepare(daemon, build);
  } catch (error) {
    context.remove();
    throw error;
  }
  return stream('application/json', async (out) => {
    const offAbort = request.signal.onAbort(() => abort.abort(new Error('Build cancelled')));
    if (options.buildId !== '') running.set(options.buildId, abort);
    try {
      await reporting(out, async (report) => {
        const output = new BuildOutput(report, options.quiet);
        try {
          finish(daemon, await start(output), options, output);
        } catch (error) {
          output.failed();
          throw error;
        }
      });
    } finally {
      running.delete(options.buildId);
      offAbort();
      context.remove();
      await treesRemoved();
    }
  });
}

function finish(daemon: Daemon, image: Image, options: BuildOptions, output: BuildOutput): void {
  output.print(`Successfully built ${image.id.slice(7, 19)}\n`);
  for (const tag of options.tags) {
    daemon.images.tag(tag, image.id);
    daemon.events.emit('image', 'tag', image.id, { name: familiar(tag) });
    output.print(`Successfully tagged ${familiar(tag)}\n`);
  }
  output.done(image.id);
}

/** X-Registry-Config: base64 of {"registry": {username, password}}. */
function credentialsByDomain(header: string | undefined): (domain: string) => Credentials | undefined {
  const bytes = header === undefined ? null : base64Decode(header);
  let known: Record<string, Record<string, unknown>> = {};
  try {
    if (bytes) known = (JSON.parse(utf8Decode(bytes)) as typeof known | null) ?? {};
  } catch {
    // As Docker does: without credentials.
  }
  return (domain) => {
    const entry = known[domain] ?? (domain === 'docker.io' ? known['https://index.docker.io/v1/'] : undefined);
    return entry && credentialsOf(entry);
  };
}
