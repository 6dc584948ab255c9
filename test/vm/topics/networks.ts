// docker network with the real client: what it prints, what inspect says, and what stands in the kernel: links, addresses,
// routes, rules, packets that arrive and packets that do not.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

/** That a bridge has lost its last cable the kernel's linkwatch notices up to a second later: `linkdown` is left out. */
const TRACES = `ip -o link | cut -d: -f2; ip -o -4 address | awk '{print $2, $4}'; ip route | sed 's/linkdown *$//'; iptables-save | grep -v '^[:#]'
  ls /run/docker/netns /run/docker/network; ps -o args | grep ^docker-proxy; true`;
const SERVE = 'hostname >index.html; httpd -f';

export const cases: Cases = (machine) => {
  const { ok, error } = machine;
  let before: string;
  beforeAll(async () => {
    before = await machine.vm(TRACES);
  });
  const inside = (name: string, ...command: string[]): Promise<string> => ok('exec', name, ...command);
  const field = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);
  /** What nslookup found: the lines behind the server's own two. */
  const lookup = async (from: string, name: string): Promise<string> =>
    (await machine.docker.run(['exec', from, 'nslookup', name])).stdout.split('\n').slice(3).filter(Boolean).join(' ');
  const get = (url: string): string => `timeout 5 wget -qO- ${url}`;
  const reaches = async (from: string, url: string): Promise<boolean> =>
    (await machine.docker.run(['exec', from, 'timeout', '30', 'wget', '-qO-', url])).exitCode === 0;
  /** No answer in a second, where the same machine answers others at once. */
  const isClosed = async (from: string, url: string): Promise<boolean> =>
    (await machine.docker.run(['exec', from, 'timeout', '1', 'wget', '-qO-', url])).exitCode !== 0;

  describe('a user-defined network', () => {
    it('is made as asked for', async () => {
      const id = await ok(
        ...['network', 'create', '--subnet', '10.5.0.0/24', '--gateway', '10.5.0.254', '--ip-range', '10.5.0.128/25'],
        ...['--label', 'color=blue', '-o', 'com.docker.network.bridge.name=blue0', 'blue'],
      );
      expect(
        await field(
          'blue',
          '{{.Id}} {{range .IPAM.Config}}{{.Subnet}} {{.IPRange}} {{.Gateway}}{{end}} {{json .Labels}} {{.Internal}}',
        ),
      ).toBe(`${id} 10.5.0.0/24 10.5.0.128/25 10.5.0.254 {"color":"blue"} false`);
      expect(await machine.vm('ip -o -4 address show dev blue0')).toContain('10.5.0.254/24');
      expect(await ok('network', 'ls', '--filter', 'label=color', '--format', '{{.Name}} {{.Driver}} {{.Scope}}')).toBe(
        'blue bridge local',
      );
    });

    it('gives addresses from its range, the asked-for one, and none twice', async () => {
      await ok('run', '-d', '--name', 'anna', '--network', 'blue', 'busybox', 'sleep', '1000');
      await ok(
        ...[
          'run',
          '-d',
          '--name',
          'bert',
          '--network',
          'blue',
          '--ip',
          '10.5.0.7',
          '--network-alias',
          'www',
          '-h',
          'bee',
        ],
        ...['-p', '8080:80', 'busybox', 'sh', '-c', SERVE],
      );
      const address = '{{.NetworkSettings.Networks.blue.IPAddress}}';
      expect(await field('anna', address)).toBe('10.5.0.128');
      expect(await field('bert', address)).toBe('10.5.0.7');
      expect(await inside('anna', 'ip', 'route')).toBe(
        'default via 10.5.0.254 dev eth0 \n10.5.0.0/24 dev eth0 scope link  src 10.5.0.128 ',
      );
      expect(await error('run', '--rm', '--network', 'blue', '--ip', '10.5.0.7', 'busybox', 'true')).toContain(
        'Address already in use',
      );
    });

    it('knows its containers by name, alias, host name, short id and backwards', async () => {
      const shortId = (await field('bert', '{{.Id}}')).slice(0, 12);
      for (const name of ['bert', 'BERT', 'www', 'bee', shortId, 'bert.blue'])
        expect(await lookup('anna', name)).toBe(`Name:\t${name} Address: 10.5.0.7`);
      expect(await lookup('anna', '10.5.0.7')).toBe('7.0.5.10.in-addr.arpa\tname = bert.blue');
      expect(await lookup('anna', 'nobody')).toContain('NXDOMAIN');
      expect(await lookup('anna', 'example.com')).toContain('SERVFAIL');
      expect(await lookup('anna', 'registry.drydock.internal')).toContain('Address: 10.0.2.3');
      expect(await inside('anna', 'cat', '/etc/resolv.conf')).toMatch(/^nameserver 127\.0\.0\.11\noptions ndots:0$/m);
      expect(await inside('anna', 'wget', '-qO-', 'http://www/')).toBe('bee');
      const pid = await field('anna', '{{.State.Pid}}');
      const rules = await machine.vm(`nsenter -t ${pid} -n iptables -t nat -S`);
      expect(rules).toMatch(
        /-A DOCKER_OUTPUT -d 127\.0\.0\.11\/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127\.0\.0\.11:\d+/,
      );
      expect(rules).toMatch(
        /-A DOCKER_POSTROUTING -s 127\.0\.0\.11\/32 -p tcp -m tcp --sport \d+ -j SNAT --to-source :53/,
      );
    });

    it('answers by name again after dockerd was killed', async () => {
      await machine.vm('kill -9 $(pidof dockerd); until docker ps >/dev/null 2>&1; do usleep 100000; done');
      expect(await lookup('anna', 'www')).toContain('Address: 10.5.0.7');
      await ok('rename', 'bert', 'otto');
      expect(await lookup('anna', 'otto')).toContain('Address: 10.5.0.7');
      expect(await lookup('anna', 'bert')).toContain('NXDOMAIN');
      await ok('rename', 'otto', 'bert');
    });

    it("is reached at a published port: from the page, the VM, itself, and another network's container", async () => {
      const page = await machine.session.http(8080, { method: 'GET', path: '/', headers: [] });
      expect(Buffer.from(page.body).toString()).toBe('bee\n');
      expect(await machine.vm(`${get('http://127.0.0.1:8080')}; ${get('http://10.0.2.15:8080')}`)).toBe('bee\nbee\n');
      for (const network of ['blue', 'bridge'])
        expect(await ok('run', '--rm', '--network', network, 'busybox', 'wget', '-qO-', 'http://10.0.2.15:8080')).toBe(
          'bee',
        );
      expect(await inside('bert', 'wget', '-qO-', 'http://10.0.2.15:8080')).toBe('bee');
      expect(await machine.vm('iptables -t nat -S DOCKER')).toContain(
        '-A DOCKER ! -i blue0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.5.0.7:80',
      );
    });

    it('is closed to other networks, and an internal one to the world', async () => {
      await ok('network', 'create', 'red');
      await ok('network', 'create', '--internal', 'cellar');
      await ok('run', '-d', '--name', 'rosa', '--network', 'red', 'busybox', 'sleep', '1000');
      await ok('run', '-d', '--name', 'cora', '--network', 'cellar', '-p', '8081:80', 'busybox', 'sh', '-c', SERVE);
      await ok('run', '-d', '--name', 'dora', '--network', 'cellar', 'busybox', 'sleep', '1000');
      expect(await isClosed('rosa', 'http://10.5.0.7/')).toBe(true);
      expect(await machine.vm('iptables -vS DOCKER-ISOLATION-STAGE-2')).toMatch(/-o blue0 -c [1-9]\d* \d+ -j DROP/);
      expect(await lookup('rosa', 'www')).toContain('NXDOMAIN');
      expect(await reaches('dora', 'http://cora/')).toBe(true);
      expect(await isClosed('dora', 'http://10.0.2.3/v2/')).toBe(true);
      expect(await reaches('rosa', 'http://10.0.2.3/v2/')).toBe(true);
      expect(await inside('dora', 'ip', 'route')).not.toContain('default');
      expect(await ok('port', 'cora')).toBe('');
      await ok('rm', '-f', 'cora', 'dora');
    });
  });

  describe('connect and disconnect, while it runs', () => {
    it('adds an interface with names, and moves the default route and the ports to the first network by name', async () => {
      await ok('network', 'connect', '--alias', 'rb', 'red', 'bert');
      expect(await machine.vm(`ls /proc/$(docker inspect -f '{{.State.Pid}}' bert)/root/sys/class/net`)).toBe(
        'eth0\neth1\nlo\n',
      );
      expect(await inside('bert', 'ip', 'route')).toContain('default via 10.5.0.254 dev eth0');
      expect(await lookup('rosa', 'rb')).toMatch(/Address: 172\.\d+\.0\.3/);
      expect(await lookup('anna', 'rb')).toContain('NXDOMAIN');
      await ok('network', 'disconnect', 'blue', 'bert');
      expect(await inside('bert', 'ip', 'route')).toMatch(/default via 172\.\d+\.0\.1 dev eth1/);
      expect(await ok('port', 'bert')).toBe('80/tcp -> 0.0.0.0:8080');
      expect(await machine.vm(get('http://10.0.2.15:8080'))).toBe('bee\n');
      await ok('network', 'connect', '--ip', '10.5.0.9', 'blue', 'bert');
      expect(await inside('bert', 'ip', 'route')).toContain('default via 10.5.0.254 dev eth0');
      expect(await machine.vm(get('http://10.0.2.15:8080'))).toBe('bee\n');
      expect(await field('bert', '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}')).toBe(
        'blue red ',
      );
      expect(await field('red', '{{range .Containers}}{{.Name}} {{end}}')).toMatch(/^(bert rosa|rosa bert) $/);
    });

    it('gives and takes the name server with the last network that has names', async () => {
      await ok('run', '-d', '--name', 'plain', 'busybox', 'sleep', '1000');
      expect(await inside('plain', 'cat', '/etc/resolv.conf')).toContain('nameserver 10.0.2.3');
      await ok('network', 'connect', 'blue', 'plain');
      expect(await lookup('plain', 'anna')).toContain('10.5.0.128');
      await ok('network', 'disconnect', 'blue', 'plain');
      expect(await inside('plain', 'cat', '/etc/resolv.conf')).toContain('nameserver 10.0.2.3');
      await ok('rm', '-f', 'plain');
    });

    it('keeps the namespace of a container that has left its last network, and plugs it in again', async () => {
      await ok('run', '-d', '--name', 'alone', 'busybox', 'sleep', '1000');
      const key = await field('alone', '{{.NetworkSettings.SandboxKey}}');
      await ok('network', 'disconnect', 'bridge', 'alone');
      expect(await machine.vm(`nsenter --net=${key} ls /sys/class/net; ls ${key}`)).toContain(key);
      expect(await inside('alone', 'ip', '-o', 'link')).not.toContain('eth0');
      await ok('network', 'connect', 'blue', 'alone');
      expect(await lookup('alone', 'anna')).toContain('10.5.0.128');
      await ok('network', 'disconnect', 'blue', 'alone');
      await ok('restart', '-t', '0', 'alone');
      expect(await field('alone', '{{.NetworkSettings.SandboxKey}}')).toBe(key);
      expect(await machine.vm(`nsenter --net=${key} ip -o addr`)).toMatch(/^1: lo +inet 127\.0\.0\.1\/8[^\n]*\n/);
      await ok('network', 'connect', 'blue', 'alone');
      expect(await lookup('alone', 'anna')).toContain('10.5.0.128');
      await ok('rm', '-f', 'alone');
      expect(await machine.vm(`ls ${key} 2>&1 || true`)).toContain('No such file');
    });

    it("says why not, in Docker's words", async () => {
      const said: Record<string, string> = {
        'network connect blue anna': 'endpoint with name anna already exists in network blue',
        'network connect nosuch a': 'network nosuch not found',
        'network connect blue nosuch': 'No such container: nosuch',
        'network connect --ip 172.20.0.9 red anna':
          'invalid endpoint settings:\nuser specified IP address is supported only when connecting to networks with user configured subnets',
        'network disconnect bridge anna': ' is not connected to network bridge',
        'network connect host anna':
          'container cannot be connected to host network - container must be created in host network mode',
        'run --rm --ip 1.2.3.4 busybox true':
          'invalid config for network bridge: invalid endpoint settings:\nuser specified IP address is supported on user defined networks only',
        'run --rm --network nosuch busybox true': 'network nosuch not found',
        'network create --subnet 10.5.0.0/16 x':
          'invalid pool request: Pool overlaps with other one on this address space',
        'network create --subnet 10.5.0.1/16 x': 'invalid subnet 10.5.0.1/16: it should be 10.5.0.0/16',
        'network create blue': 'network with name blue already exists',
        'network create bridge': 'operation is not permitted on predefined bridge network',
        'network create -d nosuch x': 'could not resolve driver nosuch in registry',
        'network rm bridge': 'bridge is a pre-defined network and cannot be removed',
        'network rm nosuch': 'network nosuch not found',
        'network rm red': 'error while removing network: network red has active endpoints (name:"',
      };
      for (const [command, words] of Object.entries(said))
        expect(await error(...command.split(' ')), command).toContain(words);
    });
  });

  describe('modes', () => {
    it('none has loopback only, host is the machine itself, container: shares', async () => {
      expect(await ok('run', '--rm', '--network', 'none', 'busybox', 'ip', '-o', '-4', 'address')).toMatch(
        /^1: lo .*127\.0\.0\.1\/8[^\n]*$/,
      );
      const host = await machine.vm('readlink /proc/1/ns/net');
      expect(await ok('run', '--rm', '--network', 'host', 'busybox', 'readlink', '/proc/self/ns/net')).toBe(
        host.trim(),
      );
      expect(await ok('run', '--rm', '--network', 'host', 'busybox', 'hostname')).toBe('drydock');
      const shared = await ok(
        'run',
        '--rm',
        '--network',
        'container:bert',
        'busybox',
        'sh',
        '-c',
        'hostname; wget -qO- http://127.0.0.1; nslookup anna',
      );
      expect(shared).toMatch(/^bee\nbee\n[^]*Address: 10\.5\.0\.128/);
      expect(await error('run', '--rm', '--network', 'container:bert', '-p', '1:1', 'busybox', 'true')).toContain(
        'conflicting options: port publishing and the container type network mode',
      );
    });
  });

  describe('ports', () => {
    it('are published at an address, from a range, by -P, and for UDP', async () => {
      await ok(
        'run',
        '-d',
        '--name',
        'pia',
        '-p',
        '127.0.0.1:8090:80',
        '-p',
        '9000-9001:9000-9001',
        '-p',
        '5000:5000/udp',
        'busybox',
        'sh',
        '-c',
        SERVE,
      );
      await ok('run', '-d', '--name', 'quin', '-p', '8090-8099:80', 'busybox', 'sh', '-c', SERVE);
      expect((await ok('port', 'pia')).split('\n').sort()).toEqual([
        '5000/udp -> 0.0.0.0:5000',
        '80/tcp -> 127.0.0.1:8090',
        '9000/tcp -> 0.0.0.0:9000',
        '9001/tcp -> 0.0.0.0:9001',
      ]);
      expect(await ok('port', 'quin')).toMatch(/^80\/tcp -> 0\.0\.0\.0:8091$/);
      expect(
        await machine.vm(`${get('http://127.0.0.1:8090')} | wc -l; ${get('http://10.0.2.15:8090')} || echo closed`),
      ).toBe('1\nclosed\n');
      expect(await machine.vm('iptables -t nat -S DOCKER')).toContain(
        '-d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8090',
      );
      // Nobody listens there, and the container's kernel counts it (udp(7), NoPorts).
      await machine.vm(`echo ping >/dev/udp/10.0.2.15/5000
      until docker exec pia awk '/^Udp:/ && $3 + 0 > 0 {found = 1} END {exit !found}' /proc/net/snmp; do usleep 20000; done`);
      expect(await error('run', '-d', '--name', 'second', '-p', '9000:80', 'busybox', 'true')).toMatch(
        /^driver failed programming external connectivity on endpoint second \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:9000 failed: port is already allocated$/,
      );
      await ok('run', '-d', '--name', 'any', '-P', '--expose', '81', '--expose', '82/udp', 'busybox', 'sleep', '1000');
      expect(await ok('port', 'any')).toMatch(/^81\/tcp -> 0\.0\.0\.0:3\d{4}\n82\/udp -> 0\.0\.0\.0:3\d{4}$/);
      await ok('rm', '-f', 'pia', 'quin', 'second', 'any');
    });
  });

  it('leaves no link, address, route, rule or proxy behind', async () => {
    await ok('rm', '-f', 'anna', 'bert', 'rosa');
    expect((await ok('network', 'prune', '-f')).split('\n').slice(1).filter(Boolean).sort()).toEqual([
      'blue',
      'cellar',
      'red',
    ]);
    expect(await machine.vm(TRACES)).toBe(before);
  });
};
