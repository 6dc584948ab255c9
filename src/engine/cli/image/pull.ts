// docker pull and push: POST /images/create and /images/NAME/push, and the progress that they stream.
import { argument, CommandError, query, type Command, type Invocation } from '../command.ts';
import type { FlagSpec } from '../flags.ts';
import { showOn, showProgress } from '../progress.ts';
import { parsePlatform } from '../../dockerd/platform.ts';
import { checkName } from './name.ts';
import { registryAuthHeader, serverOfImage } from '../registry/config.ts';

const enc = encodeURIComponent;

/** Split `name[:tag][@digest]` where the API wants two parameters. */
export function splitName(name: string): { repository: string; tag: string } {
  const at = name.indexOf('@');
  if (at >= 0) return { repository: name.slice(0, at), tag: name.slice(at + 1) };
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/')
    ? { repository: name.slice(0, colon), tag: name.slice(colon + 1) }
    : { repository: name, tag: '' };
}

/** The registry's login from the client's config file, as X-Registry-Auth wants it. */
export function registryAuth(call: Invocation, image: string): Record<string, string> {
  return { 'X-Registry-Auth': registryAuthHeader(call.env, serverOfImage(image)) };
}

/** Pull and show how it goes. Throws what the daemon answers. */
export async function pullImage(
  call: Invocation,
  image: string,
  options: { quiet: boolean; platform?: string; toStderr?: boolean; all?: boolean },
): Promise<void> {
  const { repository, tag } = splitName(image);
  const path = `/images/create${query({ fromImage: repository, tag: options.all ? '' : tag || 'latest', platform: options.platform })}`;
  const body = await call.api.stream('POST', path, undefined, registryAuth(call, image));
  const show = showOn(call.io, options.toStderr);
  await showProgress(body, options.quiet ? { ...show, terminal: false, print: () => undefined } : show);
}

const contentTrust: FlagSpec = {
  name: 'disable-content-trust',
  type: 'bool',
  help: 'Skip image verification',
  default: 'true',
  differs: 'there is no content trust to enable',
};

export const pull: Command = {
  names: ['pull', 'image pull'],
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  help: 'Download an image from a registry',
  args: [1, 1],
  flags: [
    { name: 'all-tags', short: 'a', type: 'bool', help: 'Download all tagged images in the repository' },
    contentTrust,
    { name: 'platform', type: 'string', help: 'Set platform if server is multi-platform capable' },
    { name: 'quiet', short: 'q', type: 'bool', help: 'Suppress verbose output' },
  ],
  async run(call) {
    const name = argument(call, 0);
    const all = call.flags.bool('all-tags');
    checkName(name);
    const { repository, tag } = splitName(name);
    if (all && tag !== '') throw new CommandError("tag can't be used with --all-tags/-a");
    if (!all && tag === '' && !call.flags.bool('quiet')) call.io.out('Using default tag: latest\n');
    await pullImage(call, name, { quiet: call.flags.bool('quiet'), platform: call.flags.text('platform'), all });
    call.io.out(`${canonical(repository)}${all ? '' : tag.includes(':') ? `@${tag}` : `:${tag || 'latest'}`}\n`);
    return 0;
  },
};

/** `nginx` is `docker.io/library/nginx`. */
function canonical(repository: string): string {
  const [first = ''] = repository.split('/');
  if (repository.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost'))
    return repository;
  return `docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`;
}

export const push: Command = {
  names: ['push', 'image push'],
  usage: '[OPTIONS] NAME[:TAG]',
  help: 'Upload an image to a registry',
  args: [1, 1],
  flags: [
    { name: 'all-tags', short: 'a', type: 'bool', help: 'Push all tags of an image to the repository' },
    { ...contentTrust, help: 'Skip image signing' },
    { name: 'platform', type: 'string', help: 'Push a platform-specific manifest as a single-platform image' },
    { name: 'quiet', short: 'q', type: 'bool', help: 'Suppress verbose output' },
  ],
  async run(call) {
    const name = argument(call, 0);
    const platform = platformToPush(call);
    checkName(name);
    const { repository, tag } = splitName(name);
    if (tag !== '' && call.flags.bool('all-tags')) throw new CommandError("tag can't be used with --all-tags/-a");
    if (tag === '' && !call.flags.bool('all-tags')) call.io.out('Using default tag: latest\n');
    const body = await call.api.stream(
      'POST',
      `/images/${enc(repository)}/push${query({ tag: call.flags.bool('all-tags') ? '' : tag || 'latest', platform })}`,
      undefined,
      registryAuth(call, name),
    );
    const show = showOn(call.io);
    await showProgress(body, call.flags.bool('quiet') ? { ...show, terminal: false, print: () => undefined } : show);
    if (call.flags.bool('quiet')) call.io.out(`${canonical(repository)}:${tag || 'latest'}\n`);
    return 0;
  },
};

/** --platform as the API wants it; a note about it first, as the real client has it. */
function platformToPush(call: Invocation): string {
  const text = call.flags.text('platform');
  if (text === '') return '';
  const platform = JSON.stringify(parsePlatform(text));
  call.io.err(
    `\n Info -> Using --platform pushes only the specified platform manifest of a multi-platform image index.
         Other components, like attestations, will not be included.
         To push the complete multi-platform image, remove the --platform flag.
         \n`,
  );
  return platform;
}
