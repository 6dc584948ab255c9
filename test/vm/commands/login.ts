// docker login: the registry says whether the password is right; it is kept in config.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cases } from '../docker-machine.ts';
import { HOST, PASSWORD, Registry, USER } from '../registry.ts';

export const cases: Cases = ({ docker, typed, vm, error, ok }) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await Registry.open(true);
  });
  afterAll(() => registry.close());
  const kept = (text: string): unknown => (JSON.parse(text) as { auths: unknown }).auths;
  const auths = { [HOST]: { auth: Buffer.from(`${USER}:${PASSWORD}`).toString('base64') } };

  it('refuses a wrong password, and keeps a right one', async () => {
    const wrong = await typed(`docker login -u ${USER} --password-stdin ${HOST}`, 'wrong');
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain(`login attempt to http://${HOST}/v2/ failed with status: 401 Unauthorized`);
    expect(await typed(`docker login -u ${USER} --password-stdin ${HOST}`, PASSWORD)).toMatchObject({
      exitCode: 0,
      stdout: 'Login Succeeded\n',
    });
    expect(kept(readFileSync(join(docker.folder, 'config.json'), 'utf8'))).toEqual(auths);
    expect(await ok('login', HOST)).toContain('Login Succeeded');
    await ok('logout', HOST);
  });

  it('takes no flags that clash, and asks nobody who has no terminal', async () => {
    expect(await error('login', '--password-stdin', HOST)).toContain(
      'the --password-stdin option requires --username to be set',
    );
    expect((await typed(`docker login -u a ${HOST}`)).exitCode).toBe(1);
  });

  it('is the same with the client in the VM: its file is for its owner alone', async () => {
    const ran = await docker.inVm(`
      echo wrong | docker login -u ${USER} --password-stdin ${HOST}; echo $?
      echo ${PASSWORD} | docker login -u ${USER} --password-stdin ${HOST} 2>/dev/null
      stat -c %a /root/.docker/config.json; cat /root/.docker/config.json; docker logout ${HOST} >/dev/null; rm /root/.docker/config.json`);
    const [status, words, mode, ...json] = ran.stdout.split('\n');
    expect([status, words, mode, kept(json.join('\n'))]).toEqual(['1', 'Login Succeeded', '600', auths]);
    expect(ran.stderr).toContain('401 Unauthorized');
    expect(await vm('ls /root/.docker/config.json 2>/dev/null; true')).toBe('');
  });
};
