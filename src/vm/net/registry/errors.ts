// Errors as the OCI distribution spec writes them (section "Error Codes").
import type { ServedResponse } from '../http/server.ts';

const CODES = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_INVALID: [400, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  MANIFEST_BLOB_UNKNOWN: [404, 'manifest references a manifest or blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  NAME_INVALID: [400, 'invalid repository name'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  RANGE_INVALID: [416, 'invalid content range'],
  SIZE_INVALID: [413, 'provided length did not match content length'],
  UNSUPPORTED: [405, 'the operation is unsupported'],
  UNAVAILABLE: [502, 'the image files of this page cannot be fetched'],
  TOOMANY: [507, 'no room for more pushed bytes in this session'],
} as const;

export type RegistryErrorCode = keyof typeof CODES;

export class RegistryError extends Error {
  override readonly name = 'RegistryError';

  constructor(
    readonly code: RegistryErrorCode,
    readonly detail: unknown = null,
  ) {
    super(CODES[code][1]);
  }

  response(): ServedResponse {
    const { code, message, detail } = this;
    return json(CODES[code][0], { errors: [{ code, message, detail }] });
  }
}

export function json(
  status: number,
  body: unknown,
  headers: readonly (readonly [string, string])[] = [],
): ServedResponse {
  return {
    status,
    headers: [['Content-Type', 'application/json'], ...headers],
    body: new TextEncoder().encode(`${JSON.stringify(body)}\n`),
  };
}
