// docker stats: what the cgroup's files say, by both clients.
import { beforeAll, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  beforeAll(async () => {
    await docker.ok(
      'run',
      '-d',
      '--name',
      'busy',
      '-m',
      '32m',
      '--pids-limit',
      '20',
      'busybox',
      'sh',
      '-c',
      'while :; do :; done',
    );
    await docker.ok('run', '-d', '--name', 'idle', 'busybox', 'sleep', '1000');
  });

  const HEAD = 'CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %';

  it('shows a row a container, from two readings', async () => {
    const [head, ...rows] = (await docker.ok('stats', '--no-stream')).trimEnd().split('\n');
    expect(head).toMatch(/^CONTAINER ID {3}NAME {6}CPU % {5}MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
    expect(rows).toHaveLength(2);
    const [name, cpu = '', memory, pids] = (
      await docker.ok('stats', '--no-stream', '--format', '{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.PIDs}}', 'busy')
    ).split('|');
    expect([name, pids]).toEqual(['busy', '1\n']);
    expect(Number(cpu.replace('%', ''))).toBeGreaterThan(20);
    expect(memory).toMatch(/iB \/ 32MiB$/);
  });

  it('has the limits of the cgroup’s own files', async () => {
    const id = (await docker.ok('inspect', '-f', '{{.Id}}', 'busy')).trim();
    const ran = await docker.inVm(`cd /sys/fs/cgroup/docker/${id} && cat memory.max pids.max`);
    expect(ran.stdout).toBe(`${32 * 1024 * 1024}\n20\n`);
  });

  it('goes on until it is ended', async () => {
    const stream = docker.follow(['stats', '--format', '{{.Name}} {{.PIDs}}']);
    await stream.until('idle 1');
    stream.stop();
  });

  it('fails for a container that is not there', async () => {
    const ran = await docker.run(['stats', '--no-stream', 'nosuch']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('No such container: nosuch');
  });

  it('is the same from the client in the VM, which draws over its own picture', async () => {
    const ran = await docker.inVm(`
      docker stats --no-stream idle
      docker stats --no-stream --format json idle | cut -c1-12
      docker container stats --no-stream nosuch; echo $?
      mkfifo /tmp/seen; docker stats idle >/tmp/seen & stats=$!
      { read -r head; while read -r line; do case $line in *idle*) break;; esac; done; } </tmp/seen
      kill $stats; wait $stats 2>/dev/null; rm /tmp/seen; printf '%s\\n' "$head" | od -An -c | head -1 | tr -d ' '`);
    const [head, row, json, status, drawn] = ran.stdout.split('\n');
    expect(head?.startsWith(HEAD)).toBe(true);
    expect(row).toMatch(/^[0-9a-f]{12} {3}idle {6}\d+\.\d\d% /);
    expect([json, status]).toEqual(['{"BlockIO":"', '1']);
    expect(drawn).toMatch(/^033\[HCONTAINER/);
  });
};
