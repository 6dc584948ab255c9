// Blobs and manifests on their way to a registry: is it there, mount it from another repository, else POST, PATCH, PUT.
// OCI distribution-spec, "Pushing blobs" and "Pushing manifests". Called by push.
import { notFound, systemError } from '../../dockerd/errors.ts';
import type { ClientResponse } from '../../http/index.ts';
import type { ByteReader } from '../../loop/index.ts';
import type { RegistryClient } from './client.ts';

/** True if the repository has the blob. HEAD /v2/<name>/blobs/<digest> */
export async function hasBlob(client: RegistryClient, digest: string): Promise<boolean> {
  const response = await client.send('HEAD', `/v2/${client.repository}/blobs/${digest}`);
  response.close();
  if (response.status === 401 || response.status === 403) await client.refuse(response, digest);
  return response.ok;
}

/** Where to send a blob, or `mounted` if the registry took it from the repository `from`. */
export async function startUpload(
  client: RegistryClient,
  mount?: { readonly digest: string; readonly from: string },
): Promise<{ mounted: boolean; location: string }> {
  const query = mount ? `?mount=${mount.digest}&from=${encodeURIComponent(mount.from)}` : '';
  const response = await client.send('POST', `/v2/${client.repository}/blobs/uploads/${query}`);
  if (response.status !== 201 && response.status !== 202) await client.refuse(response, client.repository);
  const location = locationOf(response);
  await finish(response);
  return { mounted: response.status === 201, location };
}

/** Sends a blob of known length and closes the upload with its digest. Rejects if the registry counted or hashed something else. */
export async function sendBlob(
  client: RegistryClient,
  location: string,
  digest: string,
  sizeBytes: number,
  body: ByteReader,
): Promise<void> {
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(sizeBytes) };
  const sent = await client.follow('PATCH', location, { headers, body });
  if (sent.status !== 202) await client.refuse(sent, digest);
  const next = locationOf(sent);
  await finish(sent);
  const separator = next.includes('?') ? '&' : '?';
  const closed = await client.follow('PUT', `${next}${separator}digest=${encodeURIComponent(digest)}`);
  if (closed.status !== 201) await client.refuse(closed, digest);
  await finish(closed);
}

/** PUT /v2/<name>/manifests/<reference> */
export async function putManifest(
  client: RegistryClient,
  reference: string,
  mediaType: string,
  text: string,
): Promise<void> {
  const path = `/v2/${client.repository}/manifests/${reference}`;
  const response = await client.send('PUT', path, { headers: { 'Content-Type': mediaType }, body: text });
  if (response.status === 404) throw notFound(`manifest ${reference}: the registry does not take it`);
  if (!response.ok) await client.refuse(response, reference);
  await finish(response);
}

function locationOf(response: ClientResponse): string {
  const location = response.headers.get('location');
  if (location === undefined) throw systemError('the registry names no location for the upload');
  return location;
}

/** The connection can be used again only when the answer is read to its end. */
async function finish(response: ClientResponse): Promise<void> {
  await response.body.drain(64 * 1024);
  response.close();
}
