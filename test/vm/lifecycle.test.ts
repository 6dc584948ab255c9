// From created to removed: states, signals, exit codes, restart policies, health, limits that change. The real client.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DockerClient } from './docker.ts';

let docker: DockerClient;
beforeAll(async () => {
  docker = await DockerClient.open();
});
afterAll(() => docker.close());

const ok = async (...args: string[]): Promise<string> => {
  const ran = await docker.run(args);
  expect(ran, `docker ${args.join(' ')}: ${ran.stderr}`).toMatchObject({ exitCode: 0 });
  return ran.stdout.trimEnd();
};
const fails = async (...args: string[]): Promise<string> => {
  const ran = await docker.run(args);
  expect(ran.exitCode, ran.stdout).not.toBe(0);
  return ran.stderr.trim();
};
const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);

it('goes from created through running and paused to exited', async () => {
  await ok('create', '--name', 'life', 'busybox', 'sh', '-c', 'trap "exit 5" TERM; while :; do sleep 0.1; done');
  expect(await inspect('life', '{{.State.Status}} {{.State.Pid}}')).toBe('created 0');
  await ok('start', 'life');
  expect(await inspect('life', '{{.State.Status}} {{gt .State.Pid 1}}')).toBe('running true');
  await ok('pause', 'life');
  expect(await inspect('life', '{{.State.Status}} {{.State.Paused}}')).toBe('paused true');
  expect(await fails('pause', 'life')).toContain('is already paused');
  expect(await fails('exec', 'life', 'true')).toContain('is paused, unpause the container before exec');
  await ok('unpause', 'life');
  expect(await fails('unpause', 'life')).toContain('is not paused');
  await ok('stop', 'life');
  expect(await inspect('life', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 5');
  expect(await fails('exec', 'life', 'true')).toContain('is not running');
  await ok('restart', '-t', '0', 'life');
  expect(await inspect('life', '{{.State.Status}}')).toBe('running');
  expect(await fails('rm', 'life')).toContain(
    'container is running: stop the container before removing or force remove',
  );
});

it('takes signals, and none that do not exist', async () => {
  expect(await fails('kill', '-s', 'FOO', 'life')).toContain('invalid signal: FOO');
  const wait = docker.run(['wait', 'life']);
  await ok('kill', '-s', 'TERM', 'life');
  expect((await wait).stdout).toBe('5\n');
  expect(await fails('kill', 'life')).toContain('is not running');
});

it('is renamed, but not to a name that is taken', async () => {
  await ok('create', '--name', 'taken', 'busybox');
  expect(await fails('rename', 'life', 'taken')).toContain(
    'Conflict. The container name "/taken" is already in use by container',
  );
  await ok('rename', 'life', 'lived');
  expect(await ok('rm', 'lived', 'taken')).toBe('lived\ntaken');
  expect(await fails('rm', 'lived')).toContain('No such container: lived');
});

it('stops by the signal that it asks for, and by SIGKILL when the time is over', async () => {
  await ok(
    'run',
    '-d',
    '--name',
    'int',
    '--stop-signal',
    'INT',
    'busybox',
    'sh',
    '-c',
    'trap "exit 3" INT; while :; do sleep 0.1; done',
  );
  await ok('stop', 'int');
  expect(await inspect('int', '{{.State.ExitCode}}')).toBe('3');
  await ok(
    'run',
    '-d',
    '--name',
    'deaf',
    '--stop-timeout',
    '1',
    'busybox',
    'sh',
    '-c',
    'trap "" TERM; while :; do sleep 0.1; done',
  );
  await ok('stop', 'deaf');
  expect(await inspect('deaf', '{{.State.ExitCode}}')).toBe('137');
  await ok('rm', 'int', 'deaf');
});

it('starts again as its restart policy says', async () => {
  const since = await ok('info', '--format', '{{.SystemTime}}');
  await ok('run', '-d', '--name', 'again', '--restart', 'on-failure:2', 'busybox', 'false');
  const told = docker.follow(['events', '--since', since, '--filter', 'container=again', '--format', '{{.Action}}']);
  await told.until(/(die[^]*){3}/);
  told.stop();
  expect(await inspect('again', '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}')).toBe('exited 1 2');
  expect(told.output().match(/start/g)).toHaveLength(3);
  await ok('rm', 'again');
});

it('changes limits while it runs', async () => {
  await ok('run', '-d', '--name', 'up', '-m', '50m', 'busybox', 'sleep', '1000');
  await ok('update', '-m', '40m', '--memory-swap', '80m', '--cpus', '0.5', '--pids-limit', '30', 'up');
  expect(await ok('exec', 'up', 'sh', '-c', 'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max')).toBe(
    '41943040\n50000 100000\n30',
  );
  expect(await fails('update', '-m', '1m', 'up')).toContain('Minimum memory limit allowed is 6MB');
  await ok('rm', '-f', 'up');
});

it('is healthy when its check says so', async () => {
  const check = ['--health-cmd', 'test -f /ok', '--health-interval', '200ms', '--health-retries', '2'];
  const since = await ok('info', '--format', '{{.SystemTime}}');
  await ok('run', '-d', '--name', 'hc', ...check, 'busybox', 'sleep', '1000');
  const told = docker.follow(['events', '--since', since, '--filter', 'container=hc', '--format', '{{.Action}}']);
  await told.until('health_status: unhealthy');
  expect(await ok('ps', '--format', '{{.Status}}', '--filter', 'health=unhealthy')).toContain('(unhealthy)');
  await ok('exec', 'hc', 'touch', '/ok');
  await told.until('health_status: healthy');
  told.stop();
  expect(await inspect('hc', '{{.State.Health.Status}} {{.State.Health.FailingStreak}}')).toBe('healthy 0');
  await ok('rm', '-f', 'hc');
});

it('is pruned by label and age', async () => {
  await ok('create', '-l', 'keep=yes', '--name', 'kept', 'busybox');
  const gone = await ok('create', 'busybox');
  expect(await ok('container', 'prune', '-f', '--filter', 'until=1h')).toContain('Total reclaimed space: 0B');
  expect(await ok('container', 'prune', '-f', '--filter', 'label!=keep')).toContain(gone);
  expect(await ok('ps', '-a', '--format', '{{.Names}}')).toBe('kept');
  await ok('rm', 'kept');
});

it('shows and follows what it printed', async () => {
  const script = 'for i in 1 2 3 4 5; do echo line $i; done; echo bad >&2; sleep 1000';
  await ok(
    'run',
    '-d',
    '--name',
    'log',
    '--log-opt',
    'max-size=1k',
    '--log-opt',
    'max-file=2',
    'busybox',
    'sh',
    '-c',
    script,
  );
  const follow = docker.follow(['logs', '-f', 'log']);
  await follow.until('line 5\n');
  follow.stop();
  expect(await ok('logs', '--tail', '3', 'log')).toBe('line 4\nline 5');
  expect((await docker.run(['logs', 'log'])).stderr).toBe('bad\n');
  expect((await ok('logs', '-t', '--tail', '2', 'log')).split(' ')[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d+Z$/);
  expect(await ok('logs', '--since', '2030-01-01', 'log')).toBe('');
  expect(await ok('logs', '--until', '2020-01-01', 'log')).toBe('');
  expect(await ok('top', 'log', '-o', 'pid,comm')).toMatch(/^PID +COMMAND\n\d+ +sleep/);
  expect(await ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', 'log')).toBe('log 1');
  await ok('exec', 'log', 'sh', '-c', 'echo x > /new; rm /etc/passwd');
  expect((await ok('diff', 'log')).split('\n').sort()).toEqual(['A /new', 'C /etc', 'D /etc/passwd']);
  await ok('rm', '-f', 'log');
});

it('shows with a line what was asked for beside it', async () => {
  const options = ['--log-opt', 'labels=tier', '--log-opt', 'env=MODE', '--log-opt', 'tag={{.Name}}'];
  await ok('run', '--name', 'told', '-l', 'tier=front', '-e', 'MODE=a b', ...options, 'busybox', 'echo', 'hello');
  expect(await ok('logs', '--details', 'told')).toBe('tier=front,MODE=a+b,tag=told hello');
  expect(await ok('logs', 'told')).toBe('hello');
  const guest = await docker.inVm('docker logs --details told; docker rm told');
  expect(guest.stdout).toBe('tier=front,MODE=a+b,tag=told hello\ntold\n');
});

/** A WebSocket to an address of the API, with its first bytes. RFC 6455's own example of a key. */
function webSocket(path: string): Promise<{ socket: Duplex; accept: string | undefined }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: docker.host.replace('unix://', ''), path, headers });
    asked.on('upgrade', (response, socket) => {
      resolve({ socket, accept: response.headers['sec-websocket-accept'] });
    });
    asked.on('response', (response) => reject(new Error(`HTTP ${response.statusCode}`)));
    asked.on('error', reject);
    asked.end();
  });
}

it('attaches by WebSocket', async () => {
  await ok('create', '-i', '--name', 'web', 'busybox', 'sh', '-c', 'read name; echo hello $name; echo bad >&2');
  await expect(webSocket('/v1.47/containers/nosuch/attach/ws')).rejects.toThrow('HTTP 404');
  const { socket, accept } = await webSocket('/v1.47/containers/web/attach/ws?stream=1&stdin=1&stdout=1&stderr=1');
  expect(accept).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  const ended = new Promise((resolve) => socket.on('close', resolve));
  await ok('start', 'web');
  // One masked message: mask 0, so that the bytes stand as they are.
  socket.write(Uint8Array.from([0x82, 0x80 | 4, 0, 0, 0, 0, ...Buffer.from('sea\n')]));
  await ended;
  const text = Buffer.concat(received).toString('latin1');
  expect(text).toContain('hello sea\n');
  expect(text).toContain('bad\n');
  expect(text.endsWith('\x88\x02\x03\xe8')).toBe(true);
  await ok('rm', 'web');
});
