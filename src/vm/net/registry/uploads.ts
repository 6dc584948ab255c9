// Blob uploads: POST opens a session, PATCH adds bytes, PUT closes it with the digest. OCI distribution spec, "Pushing blobs".
import { concatBytes } from '../../platform.ts';
import { headerValue, type Headers } from '../http/message.ts';
import type { ServedRequest, ServedResponse } from '../http/server.ts';
import { collect, DIGEST, type RegistryContent } from './content.ts';
import { RegistryError } from './errors.ts';

interface Upload {
  readonly repository: string;
  readonly parts: Uint8Array[];
  length: number;
}

const UPLOADS_MAX = 64;

export class Uploads {
  readonly #open = new Map<string, Upload>();

  constructor(private readonly content: RegistryContent) {}

  async start(name: string, request: ServedRequest): Promise<ServedResponse> {
    const { query } = request;
    const mount = query.get('mount');
    const from = query.get('from');
    if (mount && from && (await this.content.mountBlob(name, from, mount))) return created(name, mount);
    const digest = query.get('digest');
    if (digest !== null) return this.#store(name, digest, await collect(request.body));
    if (this.#open.size >= UPLOADS_MAX) this.#open.delete(this.#open.keys().next().value ?? '');
    const id = uuid();
    this.#open.set(id, { repository: name, parts: [], length: 0 });
    return accepted(name, id, 0);
  }

  async handle(name: string, id: string, request: ServedRequest): Promise<ServedResponse> {
    const upload = this.#open.get(id);
    if (!upload || upload.repository !== name) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    switch (request.method) {
      case 'GET':
        return { status: 204, headers: progress(name, id, upload.length) };
      case 'PATCH':
        await append(upload, request);
        return accepted(name, id, upload.length);
      case 'PUT': {
        await append(upload, request);
        this.#open.delete(id);
        return this.#store(name, request.query.get('digest') ?? '', concatBytes(upload.parts));
      }
      case 'DELETE':
        this.#open.delete(id);
        return { status: 204 };
      default:
        throw new RegistryError('UNSUPPORTED');
    }
  }

  async #store(name: string, digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<ServedResponse> {
    if (!DIGEST.test(digest)) throw new RegistryError('DIGEST_INVALID', { digest });
    await this.content.addBlob(name, digest, bytes);
    return created(name, digest);
  }
}

async function append(upload: Upload, request: ServedRequest): Promise<void> {
  // Chunks must come in order: where this one says it starts must be where the last one ended.
  const range = headerValue(request.headers, 'content-range');
  const start = range === undefined ? undefined : /^(?:bytes )?(\d+)-\d+/.exec(range)?.[1];
  if (range !== undefined && Number(start ?? NaN) !== upload.length) throw new RegistryError('RANGE_INVALID');
  for await (const bytes of request.body) {
    upload.parts.push(bytes);
    upload.length += bytes.length;
  }
}

function progress(name: string, id: string, length: number): Headers {
  return [
    ['Location', `/v2/${name}/blobs/uploads/${id}`],
    ['Range', `0-${Math.max(0, length - 1)}`],
    ['Docker-Upload-UUID', id],
  ];
}

const accepted = (name: string, id: string, length: number): ServedResponse => ({
  status: 202,
  headers: progress(name, id, length),
});

const created = (name: string, digest: string): ServedResponse => ({
  status: 201,
  headers: [
    ['Location', `/v2/${name}/blobs/${digest}`],
    ['Docker-Content-Digest', digest],
  ],
});

/** Version 4, from what every context has (randomUUID wants a secure one). */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
