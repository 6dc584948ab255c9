// docker logout: what login kept is forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';
import { HOST } from '../registry.ts';

export const cases: Cases = ({ docker, typed, vm }) => {
  const config = JSON.stringify({ auths: { [HOST]: { auth: 'YTpi' }, other: { auth: 'YTpi' } } });

  it('takes one server’s password out of config.json, and no more', async () => {
    const file = join(docker.folder, 'config.json');
    writeFileSync(file, config);
    expect(await typed(`docker logout ${HOST}`)).toEqual(done(`Removing login credentials for ${HOST}`));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ auths: { other: { auth: 'YTpi' } } });
    expect(await typed(`docker logout ${HOST}`)).toEqual(done(`Removing login credentials for ${HOST}`));
    expect((await typed('docker logout a b')).exitCode).toBe(1);
    await typed('docker logout other');
  });

  it('is the same with the client in the VM', async () => {
    expect(
      await vm(`mkdir -p /root/.docker; echo '${config}' >/root/.docker/config.json
        docker logout ${HOST}; docker logout ${HOST}; grep -c '"auth":' /root/.docker/config.json; docker logout a b 2>/dev/null || echo $?
        rm /root/.docker/config.json`),
    ).toBe(`Removing login credentials for ${HOST}\nRemoving login credentials for ${HOST}\n1\n1\n`);
  });
};
