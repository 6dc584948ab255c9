// The pure parts of a container's life: names, ports, mounts, users, capabilities, signals, policies, frames.
import { describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { detachKeys, scanKeys } from './attach.ts';
import { capabilitiesFor, checkCapabilities } from './capabilities.ts';
import { defaultConfig, defaultHostConfig, fill } from './defaults.ts';
import { nextDelay, shouldRestart } from './exit.ts';
import { judge, probeArgs } from './health.ts';
import { parseEntry } from './log-reader.ts';
import { rotationOf } from './logging.ts';
import { environment, mergeImageConfig } from './merge.ts';
import { cleanPath, parseBind } from './mounts.ts';
import { generateName, NAME_PATTERN } from './names.ts';
import { parsePort, portMap, portRequests, portSummaries } from './ports.ts';
import { securityOption } from './spec.ts';
import { blkio, flatKeyed } from './stats.ts';
import { parseSignal } from './signals.ts';
import { frame } from './streams.ts';
import { findUser } from './user.ts';
import { goMode } from '../api/container/archive.ts';
import type { HealthState } from './types.ts';

installDouble();

describe('names', () => {
  it('are words of ours, with a digit when tried again', () => {
    expect(generateName(() => 0, 0)).toMatch(/^[a-z]+_[a-z]+$/);
    expect(generateName(() => 3, 2)).toMatch(/^[a-z]+_[a-z]+3$/);
    expect(NAME_PATTERN.test(generateName(() => 5, 1))).toBe(true);
  });
});

describe('ports', () => {
  it('are parsed', () => {
    expect(parsePort('80')).toEqual({ port: 80, protocol: 'tcp' });
    expect(parsePort('53/udp')).toEqual({ port: 53, protocol: 'udp' });
    for (const text of ['x', '0', '70000', '80/sctp', '']) expect(() => parsePort(text)).toThrow('invalid');
  });
  it('are asked for by -p and -P', () => {
    const config = { ...defaultConfig(), ExposedPorts: { '80/tcp': {}, '443/tcp': {} } };
    const host = {
      ...defaultHostConfig(),
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8000-8010' }] },
    };
    expect(portRequests(config, host)).toEqual([
      { containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 8000, hostPortEnd: 8010 },
    ]);
    expect(portRequests(config, { ...host, PublishAllPorts: true })).toHaveLength(2);
    expect(() =>
      portRequests(config, { ...host, PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '9-8' }] } }),
    ).toThrow('invalid port');
  });
  it('are shown, bound or only exposed', () => {
    const map = portMap({ ...defaultConfig(), ExposedPorts: { '443/tcp': {} } }, [
      { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 },
    ]);
    expect(map).toEqual({ '443/tcp': null, '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] });
    expect(portSummaries(map)).toEqual([
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
      { PrivatePort: 443, Type: 'tcp' },
    ]);
  });
});

describe('mounts', () => {
  it.each([
    ['/a:/b', '/a', '/b', []],
    ['data:/b:ro', 'data', '/b', ['ro']],
    ['/anonymous', '', '/anonymous', []],
    ['/a:/b/../c/:rw,rshared', '/a', '/c', ['rw', 'rshared']],
  ])('%s', (text, source, target, modes) => {
    expect(parseBind(text)).toEqual({ source, target, modes });
  });
  it.each(['a:b', '/a:/', 'a:/b:wrong', ':/b', '/a:', 'a:/b:ro:x'])('refuses %s', (text) => {
    expect(() => parseBind(text)).toThrow('invalid');
  });
  it('cleans paths as Go does', () => {
    expect(cleanPath('/a/./b//c/../..')).toBe('/a');
    expect(cleanPath('/../..')).toBe('/');
  });
});

describe('users', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n';
  const group = 'root:x:0:\nwww-data:x:33:\nadm:x:4:www-data,other\n';
  it.each([
    ['www-data', undefined, { uid: 33, gid: 33, additionalGids: [33, 4] }],
    ['33', undefined, { uid: 33, gid: 33, additionalGids: [33, 4] }],
    ['1000', undefined, { uid: 1000, gid: 0, additionalGids: [0] }],
    ['www-data', 'adm', { uid: 33, gid: 4, additionalGids: [4] }],
    ['1000', '1000', { uid: 1000, gid: 1000, additionalGids: [1000] }],
  ])('%s:%s', (user, groupText, wanted) => {
    expect(findUser(passwd, group, user, groupText, [])).toEqual(wanted);
  });
  it('says who is not there', () => {
    expect(() => findUser(passwd, group, 'nobody', undefined, [])).toThrow(
      'unable to find user nobody: no matching entries in passwd file',
    );
    expect(() => findUser(passwd, group, '0', 'none', [])).toThrow('unable to find group none');
  });
});

describe('capabilities', () => {
  const host = defaultHostConfig();
  it('are fourteen, changed by add and drop', () => {
    expect(capabilitiesFor(host, true).bounding).toHaveLength(14);
    expect(capabilitiesFor({ ...host, CapDrop: ['ALL'], CapAdd: ['net_admin'] }, true).effective).toEqual([
      'CAP_NET_ADMIN',
    ]);
    expect(capabilitiesFor({ ...host, CapAdd: ['ALL'], CapDrop: ['CAP_SYS_ADMIN'] }, true).bounding).not.toContain(
      'CAP_SYS_ADMIN',
    );
    expect(capabilitiesFor({ ...host, Privileged: true }, true).bounding).toHaveLength(41);
    expect(capabilitiesFor(host, false).effective).toBeUndefined();
    expect(() => checkCapabilities({ ...host, CapAdd: ['FLY'] })).toThrow(
      'invalid CapAdd: unknown capability: "CAP_FLY"',
    );
    expect(() => checkCapabilities({ ...host, CapDrop: ['all', 'cap_kill'] })).not.toThrow();
  });
});

describe('signals', () => {
  it.each([
    ['KILL', 9],
    ['sigterm', 15],
    ['9', 9],
    ['', 15],
    ['RTMIN+3', 37],
    ['WINCH', 28],
  ])('%s', (text, number) => {
    expect(parseSignal(text, 15)).toBe(number);
  });
  it.each(['NOPE', '0', '65', '-1'])('refuses %s', (text) => {
    expect(() => parseSignal(text, 15)).toThrow(`invalid signal: ${text}`);
  });
});

describe('restart', () => {
  it('follows the policy', () => {
    expect(shouldRestart({ Name: 'no', MaximumRetryCount: 0 }, 1, 0)).toBe(false);
    expect(shouldRestart({ Name: 'always', MaximumRetryCount: 0 }, 0, 9)).toBe(true);
    expect(shouldRestart({ Name: 'on-failure', MaximumRetryCount: 2 }, 1, 1)).toBe(true);
    expect(shouldRestart({ Name: 'on-failure', MaximumRetryCount: 2 }, 1, 2)).toBe(false);
    expect(shouldRestart({ Name: 'on-failure', MaximumRetryCount: 0 }, 0, 0)).toBe(false);
  });
  it('waits longer each time, at most a minute, and forgets after ten seconds of running', () => {
    expect([nextDelay(0, 0), nextDelay(100, 0), nextDelay(51200, 0), nextDelay(800, 10_000)]).toEqual([
      100, 200, 60_000, 100,
    ]);
  });
});

describe('health', () => {
  const probe = (ExitCode: number): { Start: string; End: string; ExitCode: number; Output: string } => ({
    Start: '',
    End: '',
    ExitCode,
    Output: '',
  });
  it('needs some failures in a row, and none counts in the start period', () => {
    const health: HealthState = { Status: 'starting', FailingStreak: 0, Log: [] };
    judge(health, probe(1), 2, true);
    expect(health).toMatchObject({ Status: 'starting', FailingStreak: 0 });
    judge(health, probe(1), 2, false);
    judge(health, probe(1), 2, false);
    expect(health).toMatchObject({ Status: 'unhealthy', FailingStreak: 2 });
    judge(health, probe(0), 2, false);
    expect(health).toMatchObject({ Status: 'healthy', FailingStreak: 0 });
    for (let n = 0; n < 9; n += 1) judge(health, probe(0), 2, false);
    expect(health.Log).toHaveLength(5);
  });
  it('runs CMD as it is and CMD-SHELL by the shell', () => {
    expect(probeArgs({ Test: ['CMD', 'a', 'b'] }, ['/bin/sh', '-c'])).toEqual(['a', 'b']);
    expect(probeArgs({ Test: ['CMD-SHELL', 'a b'] }, ['/bin/sh', '-c'])).toEqual(['/bin/sh', '-c', 'a b']);
    expect(probeArgs({ Test: ['NONE'] }, [])).toBeUndefined();
  });
});

describe('config', () => {
  it("is laid over the image's", () => {
    const image = {
      Cmd: ['nginx'],
      Entrypoint: ['/entry'],
      Env: ['A=1', 'B=1'],
      ExposedPorts: { '80': {} },
      WorkingDir: '/srv',
      Labels: { a: 'i', b: 'i' },
    };
    const user = fill(defaultConfig(), { Env: ['A=2'], Labels: { a: 'u' } }, 'Config');
    expect(mergeImageConfig(user, image)).toMatchObject({
      Cmd: ['nginx'],
      Entrypoint: ['/entry'],
      Env: ['A=2', 'B=1'],
      ExposedPorts: { '80/tcp': {} },
      WorkingDir: '/srv',
      Labels: { a: 'u', b: 'i' },
    });
    expect(mergeImageConfig(fill(defaultConfig(), { Entrypoint: ['sh'] }, 'Config'), image)).toMatchObject({
      Entrypoint: ['sh'],
      Cmd: null,
    });
    expect(mergeImageConfig(fill(defaultConfig(), { Entrypoint: [''], Cmd: ['x'] }, 'Config'), image)).toMatchObject({
      Entrypoint: null,
      Cmd: ['x'],
    });
    expect(mergeImageConfig(fill(defaultConfig(), { Cmd: ['x'] }, 'Config'), image)).toMatchObject({
      Entrypoint: ['/entry'],
      Cmd: ['x'],
    });
  });
  it('becomes an environment; a bare name takes a variable away', () => {
    const config = { ...defaultConfig(), Hostname: 'box', Env: ['X=1', 'PATH'] };
    expect(environment(config)).toEqual(['HOSTNAME=box', 'X=1']);
    expect(environment({ ...config, Env: null, Tty: true }, ['TERM=vt100'])).toContain('TERM=vt100');
  });
  it('refuses what Go could not decode', () => {
    expect(() => fill(defaultConfig(), { Tty: 'yes' }, 'Config')).toThrow(
      'json: cannot unmarshal string into Go struct field Config.Tty',
    );
    expect(fill(defaultConfig(), { Unknown: 1, Cmd: 'word', Env: null }, 'Config')).toMatchObject({
      Cmd: ['word'],
      Env: null,
    });
    expect(fill(defaultHostConfig(), { PidsLimit: 5, Init: true }, 'HostConfig')).toMatchObject({
      PidsLimit: 5,
      Init: true,
    });
  });
  it('knows security options in both spellings', () => {
    expect(securityOption(['no-new-privileges'], 'no-new-privileges')).toBe('true');
    expect(securityOption(['seccomp:unconfined'], 'seccomp')).toBe('unconfined');
    expect(securityOption(null, 'seccomp')).toBeUndefined();
  });
});

describe('streams', () => {
  it('are framed', () => {
    expect([...frame('stderr', Uint8Array.of(1, 2))]).toEqual([2, 0, 0, 0, 0, 0, 0, 2, 1, 2]);
    expect(frame('stdout', new Uint8Array(70000))[5]).toBe(1);
  });
  it('end at the detach keys, wherever they are cut', () => {
    const keys = detachKeys('');
    expect(keys).toEqual([16, 17]);
    expect(scanKeys(Uint8Array.of(97, 98), keys, 0)).toMatchObject({ complete: false, seen: 0 });
    const first = scanKeys(Uint8Array.of(97, 16), keys, 0);
    expect([[...first.pass], first.seen]).toEqual([[97], 1]);
    expect(scanKeys(Uint8Array.of(17), keys, first.seen).complete).toBe(true);
    expect([...scanKeys(Uint8Array.of(98), keys, first.seen).pass]).toEqual([16, 98]);
    expect(detachKeys('ctrl-a,x')).toEqual([1, 120]);
    expect(() => detachKeys('ctrl-1')).toThrow('Invalid detach keys');
  });
});

describe('logs', () => {
  it('leave out damaged lines', () => {
    expect(parseEntry('{"log":"a\\n","stream":"stdout","time":"2024-01-01T00:00:00Z"}')).toMatchObject({ log: 'a\n' });
    for (const line of ['', '{"log":"a', 'null5', '{"log":1,"time":"x"}']) expect(parseEntry(line)).toBeUndefined();
  });
  it('rotate by size', () => {
    const three = { 'max-size': '10k', 'max-file': '3' };
    expect(rotationOf(three)).toEqual({ maxSizeBytes: 10_000, maxFiles: 3, compress: false });
    expect(rotationOf({ ...three, compress: 'true' }).compress).toBe(true);
    expect(rotationOf({})).toEqual({ maxSizeBytes: 0, maxFiles: 1, compress: false });
    expect(() => rotationOf({ 'max-size': 'big' })).toThrow("invalid size: 'big'");
    expect(() => rotationOf({ 'max-file': '0' })).toThrow('max-file cannot be less than 1');
    expect(() => rotationOf({ compress: 'yes' })).toThrow('strconv.ParseBool');
    expect(() => rotationOf({ 'max-file': '2', compress: '1' })).toThrow('compress cannot be true when');
  });
});

describe('stats', () => {
  it('read cgroup files', () => {
    expect(flatKeyed('usage_usec 5\nuser_usec 3\n')).toEqual({ usage_usec: 5, user_usec: 3 });
    expect(blkio('8:0 rbytes=4096 wbytes=0 rios=1 wios=0\n')).toMatchObject({
      io_service_bytes_recursive: [
        { major: 8, minor: 0, op: 'read', value: 4096 },
        { major: 8, minor: 0, op: 'write', value: 0 },
      ],
    });
    expect(blkio('')).toMatchObject({ io_service_bytes_recursive: null });
  });
});

it("modes are Go's", () => {
  expect(goMode(0o040755)).toBe(2 ** 31 + 0o755);
  expect(goMode(0o120777)).toBe(2 ** 27 + 0o777);
  expect(goMode(0o101644)).toBe(2 ** 20 + 0o644);
});
