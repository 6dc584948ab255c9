// An OCI image with one layer in zstd, as buildkit makes them: no engine here writes that compression, so that the layer is a fixed one.
import { createHash } from 'node:crypto';

/** `zstd -19` of a tar with `hello` and forty similar lines in `sea/poem`. */
const LAYER = `
KLUv/WQAF80KAMYRMBlwS9vIZOcX/9PH9P+/hfTKbtvJ4FGtOEECKQAxACMAajHwGLW8EdVGgCjFAMyyVsM2DWRRHMbHoNpuY59Vz/Bu0saXNi
tJFCIoNQ1AQI5qIEdJEsfh7PcEFsc6ilqHwCJxFKVYhaMMieUoxHIGP0ppqAc6mpnhXSoCtmq307abqOmLemmJqnj2+1EiZLu/vf6i23xKSFOi
Lp71rhb2+XZ10389S1TFS3RfRQht8bdvtJo299Jx9c4SFe/QHY9yNWmoYWzmTlJnO3CXJEkaA2IQBiFQCGYQhuCWUtAQKAQHW64kD3FBA/4j5G
GRicv+Ht/SSqgwC0ooYJmvPN78+Z4S+3bu5jy1z0ctHb26TxLrVpEPFS++bMh0xF80zj35GBANi05EebWhpcYGRKMoZE9lfAAsBH0HoPPG89ye
pmPAFkOi9wU3RcZ2dfwApM7Eey0yx3JEGrsy8BY=
`;
const DIFF_ID = 'sha256:5f7545f0e2ce5e3c4642b887a9d271d249df1560139138cc5232e941c66bdf34';

export interface Blob {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
}

const blob = (mediaType: string, bytes: Buffer): Blob => {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { bytes, digest, descriptor: { mediaType, digest, size: bytes.length } };
};
const json = (mediaType: string, value: object): Blob => blob(mediaType, Buffer.from(JSON.stringify(value)));

const OCI = 'application/vnd.oci.image';
const layer = blob(`${OCI}.layer.v1.tar+zstd`, Buffer.from(LAYER, 'base64'));
const config = json(`${OCI}.config.v1+json`, {
  architecture: '386',
  os: 'linux',
  config: { Cmd: ['/none'] },
  rootfs: { type: 'layers', diff_ids: [DIFF_ID] },
  history: [{ created_by: 'zstd' }],
});
const manifest = json(`${OCI}.manifest.v1+json`, {
  schemaVersion: 2,
  mediaType: `${OCI}.manifest.v1+json`,
  config: config.descriptor,
  layers: [layer.descriptor],
});

export const ZSTD_IMAGE = { layer, config, manifest, diffId: DIFF_ID } as const;
