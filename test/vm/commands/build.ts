// docker build with the real client (the classic builder's POST /build).
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';
import type { Ran } from '../docker.ts';

export const cases: Cases = ({ docker }) => {
  const folders: string[] = [];
  beforeAll(() => docker.ok('pull', '-q', 'busybox'));
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const ok = (...args: string[]): Promise<string> => docker.ok(...args);

  /** A build context; a name that ends with a slash is a directory, `-> x` a symlink. */
  function contextOf(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-build-'));
    folders.push(folder);
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      if (text.startsWith('-> ')) symlinkSync(text.slice(3), path);
      else writeFileSync(path, text);
    }
    return folder;
  }

  const build = (files: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> =>
    docker.run(['build', ...args, contextOf(files)]);
  const built = async (files: Readonly<Record<string, string>>, ...args: string[]): Promise<string> => {
    const ran = await build(files, ...args);
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 });
    return ran.stdout;
  };
  const inside = (image: string, script: string): Promise<string> => ok('run', '--rm', image, 'sh', '-c', script);

  describe('a build', () => {
    const files = {
      Dockerfile: `FROM busybox
ARG WHO=world
ENV HELLO="hello $WHO"
WORKDIR /app
COPY a.txt sub ./
RUN echo "$HELLO" > said && echo out && echo err >&2
CMD ["cat", "said"]
`,
      'a.txt': 'a\n',
      'sub/b.txt': 'b\n',
    };

    it('says what the classic builder says, and runs', async () => {
      const lines = (await built(files, '-t', 'one', '-t', 'other:2')).replaceAll('\r', '').split('\n');
      const shown = lines.filter(Boolean).map((line) => line.replace(/\b[0-9a-f]{12}\b/g, 'ID'));
      expect(shown.slice(0, 6)).toEqual([
        expect.stringMatching(/^Sending build context to Docker daemon +[\d.]+kB$/),
        'Step 1/7 : FROM busybox',
        ' ---> ID',
        'Step 2/7 : ARG WHO=world',
        ' ---> Running in ID',
        ' ---> Removed intermediate container ID',
      ]);
      expect(shown.join('\n')).toContain(
        'Step 6/7 : RUN echo "$HELLO" > said && echo out && echo err >&2\n ---> Running in ID',
      );
      expect(shown).toContain('out');
      expect(lines.join('\n')).toContain('\x1b[91merr\n\x1b[0m');
      expect(shown.slice(-3)).toEqual([
        'Successfully built ID',
        'Successfully tagged one:latest',
        'Successfully tagged other:2',
      ]);
      expect(await ok('run', '--rm', 'one')).toBe('hello world\n');
      expect(await inside('one', 'ls; stat -c %U:%a:%Y said a.txt | cut -d: -f1,2')).toBe(
        'a.txt\nb.txt\nsaid\nroot:644\nroot:644\n',
      );
    });

    it('comes from the cache when nothing changed, whatever the times of files; from the first change on it does not', async () => {
      const steps = (out: string): number => out.split('Using cache').length - 1;
      expect(steps(await built(files))).toBe(6);
      expect(steps(await built({ ...files, 'sub/b.txt': 'changed\n' }))).toBe(3);
      expect(steps(await built(files, '--build-arg', 'WHO=you'))).toBe(1);
      expect(steps(await built(files, '--no-cache'))).toBe(0);
      expect(steps(await built({ ...files, Dockerfile: files.Dockerfile.replace('echo out', 'echo in') }))).toBe(4);
    });

    it('has a history as Docker writes it', async () => {
      const history = (await ok('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'one')).split('\n');
      expect(history.slice(0, 6)).toEqual([
        '/bin/sh -c #(nop)  CMD ["cat" "said"]',
        '|1 WHO=world /bin/sh -c echo "$HELLO" > said && echo out && echo err >&2',
        expect.stringMatching(/^\/bin\/sh -c #\(nop\) COPY multi:[0-9a-f]{64} in .\/ $/),
        '/bin/sh -c #(nop) WORKDIR /app',
        '/bin/sh -c #(nop)  ENV HELLO=hello world',
        '/bin/sh -c #(nop)  ARG WHO=world',
      ]);
    });

    it('prints only the ID with -q, and writes it to a file', async () => {
      const file = join(contextOf({}), 'id');
      const id = (await built(files, '-q', '--iidfile', file)).trim();
      expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(readFileSync(file, 'utf8').trim()).toBe(id);
    });

    it('warns of arguments that nobody wants', async () => {
      expect(await built(files, '--build-arg', 'NOBODY=x')).toContain(
        '[Warning] One or more build-args [NOBODY] were not consumed\n',
      );
    });
  });

  describe('stages', () => {
    const Dockerfile = `ARG BASE=busybox
FROM \${BASE} AS tools
RUN mkdir /out && echo tool > /out/tool && chmod 755 /out/tool && chown 5:6 /out/tool && ln -s tool /out/link
FROM busybox AS unused
RUN false
FROM tools AS more
RUN echo more > /out/more
FROM scratch
COPY --from=busybox /bin/busybox /bin/
COPY --from=tools /out/ /kept/
COPY --from=more --chown=33:44 --chmod=0640 /out/more /owned
COPY --from=1 --link /etc/passwd /
ENTRYPOINT ["/bin/busybox"]
`;
    it('give their files to one another; those that nobody needs are skipped', async () => {
      await built({ Dockerfile: Dockerfile.replace('COPY --from=1 --link /etc/passwd /\n', '') }, '-t', 'staged');
      const stat = (path: string): Promise<string> => ok('run', '--rm', 'staged', 'stat', '-c', '%u:%g:%a', path);
      expect([await stat('/kept/tool'), await stat('/owned')]).toEqual(['5:6:755\n', '33:44:640\n']);
      expect(await ok('run', '--rm', 'staged', 'ls', '/')).not.toContain('out');
    });
    it('fail when one that is needed fails', async () => {
      const ran = await build({ Dockerfile });
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain("The command '/bin/sh -c false' returned a non-zero code: 1");
    });
    it('can be the target', async () => {
      expect(await built({ Dockerfile }, '--target', 'MORE', '-t', 'target')).toContain('Step 5/5 : RUN echo more');
      expect(await inside('target', 'stat -c %u:%g:%a /out/tool; readlink /out/link; cat /out/more')).toBe(
        '5:6:755\ntool\nmore\n',
      );
      const ran = await build({ Dockerfile }, '--target', 'nosuch');
      expect(ran.stderr).toContain('target stage "nosuch" could not be found');
    });
  });

  describe('COPY and ADD', () => {
    it('keep to their rules of directories, wildcards, owners and symlinks', async () => {
      const files = {
        Dockerfile: `FROM busybox
RUN mkdir -p /real/dir && chmod 700 /real && ln -s /real /alias
COPY *.txt /texts/
COPY --chown=www-data --chmod=600 one.txt /owned/file
COPY dir /alias/dir
COPY link.txt /followed
COPY dir/sub /new/deep/er
COPY ["with blank", "/blank/"]
ADD --chown=7:8 made.tar.gz /unpacked/
COPY made.tar.gz /packed/
COPY --exclude=*.o dir /excluded
COPY <<A <<'B' /docs/
home=$HOME
A
raw=$HOME
B
`,
        'one.txt': '1\n',
        'two.txt': '2\n',
        'dir/f': 'f\n',
        'dir/x.o': 'o\n',
        'dir/sub/g': 'g\n',
        'dir/out': '-> /etc/passwd',
        'link.txt': '-> one.txt',
        'with blank': 'b\n',
      };
      const folder = contextOf({ ...files, 'tarred/t': 't\n' });
      chmodSync(join(folder, 'one.txt'), 0o755);
      execFileSync('tar', ['-C', join(folder, 'tarred'), '-czf', join(folder, 'made.tar.gz'), 't']);
      await ok('build', '-t', 'copied', '--build-arg', 'HOME=/h', folder);
      const look = `
      ls /texts; stat -c '%u:%g:%a' /owned/file /texts/one.txt /real /texts
      ls /real/dir; readlink /real/dir/out; [ -L /alias ] && echo alias; cat /followed; [ -L /followed ] || echo file
      ls /new/deep/er /blank /unpacked /packed /excluded; stat -c '%u:%g' /unpacked/t; cat /docs/A /docs/B`;
      expect(
        (await inside('copied', look))
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      ).toEqual(
        [
          ['link.txt', 'one.txt', 'two.txt', '33:33:600', '0:0:755', '0:0:700', '0:0:755'],
          ['f', 'out', 'sub', 'x.o', '/etc/passwd', 'alias', '1', 'file'],
          [
            '/blank:',
            'with blank',
            '/excluded:',
            'f',
            'out',
            'sub',
            '/new/deep/er:',
            'g',
            '/packed:',
            'made.tar.gz',
            '/unpacked:',
            't',
          ],
          ['7:8', 'home=', 'raw=$HOME'],
        ].flat(),
      );
    });

    it.each([
      [
        'COPY nosuch /',
        'COPY failed: file not found in build context or excluded by .dockerignore: stat nosuch: file does not exist',
      ],
      ['COPY ../x /', 'COPY failed: forbidden path outside the build context: ../x ()'],
      ['COPY *.nosuch /', 'COPY failed: no source files were specified'],
      [
        'COPY a b /x',
        'When using COPY with more than one source file, the destination must be a directory and end with a /',
      ],
      ['COPY a /etc/passwd/', 'not a directory'],
      ['COPY --from=busybox /nosuch /', 'COPY failed: stat nosuch: file does not exist'],
      ['COPY http://x/y /', "COPY failed: source can't be a URL for COPY"],
      ['COPY --chown=nobodyhere a /', "can't find uid for user nobodyhere: no such user: nobodyhere"],
    ])('%s says why not', async (line, words) => {
      const ran = await build({ Dockerfile: `FROM busybox\n${line}\n`, a: '', b: '' });
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain(words);
    });

    it('know nothing of what .dockerignore names', async () => {
      const files = {
        Dockerfile: 'FROM busybox\nCOPY . /c/\n',
        '.dockerignore': '# mine\n**/*.log\nsecret\n!keep.log\nDockerfile\n',
        'a.log': '',
        'd/b.log': '',
        'keep.log': '',
        'secret/key': '',
        Build: 'a name that begins with a capital B\n',
      };
      await built(files, '-t', 'ignoring');
      expect(await inside('ignoring', 'cd /c; find . -type f | sort')).toBe('./.dockerignore\n./Build\n./keep.log\n');
    });
  });

  describe('other instructions', () => {
    it('make the config', async () => {
      const Dockerfile = `FROM busybox
LABEL a=1 b="two words"
EXPOSE 80 53/udp
VOLUME /data
USER 1000:1000
WORKDIR w
WORKDIR x
STOPSIGNAL SIGQUIT
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK --interval=5s CMD exit 0
ONBUILD RUN echo triggered
ENTRYPOINT echo entry
`;
      expect(await built({ Dockerfile }, '-t', 'configured', '--label', "c=it's $3")).toContain(
        `Step 13/13 : LABEL "c"='it's $3'`,
      );
      const config = JSON.parse(await ok('image', 'inspect', '-f', '{{json .Config}}', 'configured')) as Record<
        string,
        unknown
      >;
      expect(config).toMatchObject({
        Labels: { a: '1', b: 'two words', c: "it's $3" },
        ExposedPorts: { '80/tcp': {}, '53/udp': {} },
        Volumes: { '/data': {} },
        User: '1000:1000',
        WorkingDir: '/w/x',
        StopSignal: 'SIGQUIT',
        Shell: ['/bin/sh', '-ec'],
        Healthcheck: { Test: ['CMD-SHELL', 'exit 0'], Interval: 5e9 },
        OnBuild: ['RUN echo triggered'],
        Entrypoint: ['/bin/sh', '-ec', 'echo entry'],
      });
    });

    it('ONBUILD waits for the next build', async () => {
      const out = await built({ Dockerfile: 'FROM configured\nCMD ["x"]\n' });
      expect(out).toMatch(/# Executing 1 build trigger\n ---> Running in \w+\ntriggered\n/);
    });

    it('RUN takes scripts, mounts and no network', async () => {
      const Dockerfile = `FROM busybox
RUN <<EOF
set -e
echo script
cd /tmp
pwd > /where
EOF
RUN --mount=type=cache,target=/cache echo x >> /cache/n && wc -l < /cache/n
RUN --mount=type=bind,target=/ctx --mount=type=tmpfs,target=/scratch cat /ctx/file && touch /scratch/x
RUN --network=none ip link | grep -c eth0 || echo no eth0
`;
      const files = { Dockerfile, file: 'from the context\n' };
      expect(await built(files, '-t', 'ran')).toMatch(/script\n[^]*\n1\n[^]*from the context\n[^]*no eth0\n/);
      expect(await built(files, '--no-cache')).toMatch(/\n2\n/);
      expect(await inside('ran', 'cat /where; ls -d /ctx /cache /scratch 2>&1 | grep -c "No such"')).toBe('/tmp\n3\n');
      const secret = await build({ Dockerfile: 'FROM busybox\nRUN --mount=type=secret,id=x true\n' });
      expect(secret.stderr).toContain('requires BuildKit');
    });
  });

  describe('a failure', () => {
    it('gives the exit code of the RUN', async () => {
      const ran = await build({ Dockerfile: 'FROM busybox\nRUN exit 7\n' });
      expect(ran.exitCode).toBe(7);
      expect(ran.stderr).toContain("The command '/bin/sh -c exit 7' returned a non-zero code: 7\n");
    });
    it('leaves the container that failed to be looked into, unless --force-rm', async () => {
      const Dockerfile = 'FROM busybox\nRUN echo broken >/why; exit 8\n';
      const failed = (): Promise<string> => ok('ps', '-aq', '--filter', 'exited=8');
      await build({ Dockerfile }, '--force-rm');
      expect(await failed()).toBe('');
      await build({ Dockerfile });
      const left = (await failed()).trim();
      expect(await ok('diff', left)).toContain('A /why');
      await ok('rm', left);
    });
    it('names the line of what it cannot read', async () => {
      const ran = await build({ Dockerfile: 'FROM busybox\n\n# x\nFOOBAR x\n' });
      expect(ran).toMatchObject({ exitCode: 1, stdout: expect.not.stringContaining('Step') as string });
      expect(ran.stderr).toContain(
        'Error response from daemon: dockerfile parse error on line 4: unknown instruction: FOOBAR',
      );
    });
    it('of an image that is nowhere is said', async () => {
      const ran = await build({ Dockerfile: 'FROM nosuch:1\n' });
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain(
        "pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      );
    });
    it('leaves no container but those whose command failed', async () => {
      for (const status of (await ok('ps', '-a', '--format', '{{.Status}}')).trim().split('\n'))
        expect(status).toMatch(/^Exited \([1-9]\d*\) /);
      await ok('container', 'prune', '-f');
    });
  });

  describe('other contexts', () => {
    it('a Dockerfile from stdin, a tar from stdin, a Dockerfile from elsewhere', async () => {
      const bare = await docker.run(['build', '-t', 'bare', '-'], 'FROM busybox\nCMD ["echo", "bare"]\n');
      expect(bare, bare.stderr).toMatchObject({ exitCode: 0 });
      expect(await ok('run', '--rm', 'bare')).toBe('bare\n');
      const elsewhere = join(contextOf({ D: 'FROM busybox\nCOPY f /f\n' }), 'D');
      await built({ f: 'f\n' }, '-f', elsewhere, '-t', 'elsewhere');
      expect(await inside('elsewhere', 'cat /f')).toBe('f\n');
    });

    it('nothing but words on nothing is an image without layers', async () => {
      await built({ Dockerfile: 'FROM scratch\nLABEL a=b\nENTRYPOINT ["/none"]\n' }, '-t', 'words');
      const said = '{{.Config.Labels.a}} {{len .RootFS.Layers}} {{json .Config.Entrypoint}}';
      expect(await ok('image', 'inspect', '-f', said, 'words')).toBe('b 0 ["/none"]\n');
      await ok('rmi', 'words');
    });

    it('--cache-from takes steps from an image by name', async () => {
      const files = { Dockerfile: 'FROM busybox\nRUN echo cached > /c\n' };
      await built(files, '-t', 'source');
      expect(await built(files, '--cache-from', 'source')).toContain('Using cache');
      expect(await built(files, '--cache-from', 'nosuch')).not.toContain('Using cache');
    });

    it('the cache is pruned', async () => {
      expect(await ok('builder', 'prune', '-f')).toMatch(/Total reclaimed space: /);
      expect(await ok('images', '-q', '-f', 'dangling=true')).toBe('');
    });
  });
};
