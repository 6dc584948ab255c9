// docker manifest inspect: the one command that asks the registry itself, as Docker's client does. Which registries there are
// and which may be spoken to in plain HTTP is the daemon's to say (GET /info).
import { parseReference, withDefaultTag, familiar } from '../../image/reference.ts';
import { credentialsOf } from '../../image/registry/auth.ts';
import { RegistryClient, type FetchedManifest } from '../../image/registry/client.ts';
import { endpointsOf } from '../../image/registry/endpoints.ts';
import { MEDIA, type Descriptor, type ImageConfig, type Index, type Manifest } from '../../image/types.ts';
import * as sys from '../../sys/index.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { credentialsFor, serverOfImage } from './config.ts';

interface RegistryConfig {
  readonly Mirrors?: readonly string[] | null;
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Name: string; readonly Secure: boolean }>>;
}

export const manifestInspect: Command = {
  names: ['manifest inspect'],
  usage: '[OPTIONS] [MANIFEST_LIST] MANIFEST',
  help: 'Display an image manifest, or manifest list',
  args: [1, 2],
  flags: [
    { name: 'insecure', type: 'bool', help: 'Allow communication with an insecure registry' },
    { name: 'verbose', short: 'v', type: 'bool', help: 'Output additional info including layers and platform' },
  ],
  async run(call) {
    const name = call.args.at(-1) ?? '';
    const ref = withDefaultTag(parseReference(name));
    const { RegistryConfig: config } = await call.api.json<{ RegistryConfig: RegistryConfig | null }>('GET', '/info');
    const insecure = Object.values(config?.IndexConfigs ?? {}).flatMap(({ Name, Secure }) => (Secure ? [] : [Name]));
    const [endpoint] = endpointsOf(ref.domain, {
      registryMirrors: config?.Mirrors ?? [],
      insecureRegistries: [
        ...insecure,
        ...(config?.InsecureRegistryCIDRs ?? []),
        ...(call.flags.bool('insecure') ? [ref.domain] : []),
      ],
    });
    if (!endpoint) throw new CommandError(`no such manifest: ${name}`);
    const known = credentialsFor(call.env, serverOfImage(name));
    const client = new RegistryClient(endpoint, ref.path, known && credentialsOf({ ...known }), 'pull');
    try {
      const found = await client.manifest(ref.digest ?? ref.tag ?? 'latest').catch((error: unknown) => {
        if ((error as { kind?: string }).kind === 'notFound') throw new CommandError(`no such manifest: ${name}`);
        throw error;
      });
      const shown = call.flags.bool('verbose') ? await verbose(client, familiar(ref), found) : JSON.parse(found.text);
      print(call, shown);
      return 0;
    } finally {
      client.close();
    }
  },
};

function print(call: Invocation, value: unknown): void {
  call.io.out(`${JSON.stringify(value, null, '\t')}\n`);
}

/** Each platform's manifest with its descriptor; a list of them for an index. */
async function verbose(client: RegistryClient, name: string, found: FetchedManifest): Promise<unknown> {
  const parsed = JSON.parse(found.text) as Manifest | Index;
  if (!('manifests' in parsed)) {
    const config = JSON.parse(await client.blobText(parsed.config.digest)) as ImageConfig;
    const { architecture, os } = config;
    return entry(name, { ...descriptorOf(found), platform: { architecture, os } }, parsed);
  }
  const entries: unknown[] = [];
  for (const descriptor of parsed.manifests) {
    const inner = JSON.parse((await client.manifest(descriptor.digest)).text) as Manifest;
    entries.push(entry(`${name}@${descriptor.digest}`, descriptor, inner));
  }
  return entries;
}

function descriptorOf({ mediaType, digest, text }: FetchedManifest): Descriptor {
  return { mediaType, digest, size: sys.utf8Encode(text).byteLength };
}

function entry(Ref: string, Descriptor: Descriptor, manifest: Manifest): object {
  const Raw = sys.base64Encode(sys.utf8Encode(JSON.stringify(manifest)));
  const key = manifest.mediaType === MEDIA.dockerManifest ? 'SchemaV2Manifest' : 'OCIManifest';
  return { Ref, Descriptor, Raw, [key]: manifest };
}
