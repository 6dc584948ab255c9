// docker build with the guest's own client, and what a build leaves in the kernel and on the disk: nothing but images.
import { expect, it } from 'vitest';
import type { WorldEvent } from '../../../src/protocol/events.ts';
import type { SpanMarker } from '../../../src/protocol/spans.ts';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const sh = machine.vm;

  /** Mounts, container groups and directories that a build may leave behind. */
  const left = (): Promise<string> =>
    sh(
      'docker ps -aq; grep overlay /proc/mounts; ls -d /sys/fs/cgroup/docker/*/ 2>/dev/null; ls /var/lib/docker/tmp 2>/dev/null; ls /tmp | grep docker-build; true',
    );

  it('builds a directory less what .dockerignore names, and tells its steps to the trace', async () => {
    const out =
      await sh(`mkdir -p /c/keep /c/drop/deep && cd /c && echo a > keep/a && echo b > drop/deep/b && echo c > drop/c
    printf 'drop\\n!drop/deep\\n**/*.tmp\\n' > .dockerignore; touch keep/x.tmp
    printf 'FROM busybox\\nARG N=1\\nCOPY . /c/\\nRUN echo built $N\\n' > Dockerfile
    docker build -t mine . && docker run --rm mine sh -c 'cd /c && find . -type f | sort'`);
    expect(out).toContain('Step 4/4 : RUN echo built $N\n ---> Running in ');
    expect(out).toMatch(/\nbuilt 1\n[^]*Successfully tagged mine:latest\n/);
    expect(
      out
        .slice(out.indexOf('mine:latest\n') + 12)
        .split('\n')
        .filter(Boolean),
    ).toEqual(['./.dockerignore', './Dockerfile', './drop/deep/b', './keep/a']);
    const again = await sh('cd /c && docker image build --build-arg N=2 .');
    expect(again).toContain('built 2');
    await machine.sink.until(() =>
      steps().some(({ a }) => a?.['reason'] === 'the build arguments are not the same as before'),
    );
    const [arg, copy] = steps().filter(({ a }) => a?.['cached'] === false);
    expect(arg?.a).toMatchObject({ reason: 'nothing was built from this parent before' });
    expect(copy?.a).toMatchObject({
      reason: 'an earlier step was built anew',
      layer: expect.stringMatching(/^sha256:/) as string,
    });
  });

  function steps(): SpanMarker[] {
    return machine.sink.log
      .filter((event): event is Extract<WorldEvent, { kind: 'span' }> => event.kind === 'span')
      .map(({ span }) => span)
      .filter(({ n, k }) => n === 'build.step' && k === 'e');
  }

  it('takes a Dockerfile or a tar from stdin, a Dockerfile from elsewhere, and a URL', async () => {
    const out = await sh(`cd /c
    printf 'FROM busybox\\nCMD ["echo", "bare"]\\n' | docker build -q -t bare - && docker run --rm bare
    tar -cf - Dockerfile keep | docker build -t tarred - | tail -1
    printf 'FROM busybox\\nCOPY keep/a /a\\n' > /tmp/Elsewhere; docker build -q -f /tmp/Elsewhere -t elsewhere . >/dev/null && docker run --rm elsewhere cat /a
    printf 'FROM busybox\\nCOPY keep/a /b\\n' | docker build --iidfile /tmp/iid -f - . >/dev/null; grep -c ^sha256: /tmp/iid
    mkdir -p /www && printf 'FROM busybox\\nADD http://127.0.0.1:8091/page /got/\\nADD http://127.0.0.1:8091/page /named\\n' > /www/Dockerfile && echo page > /www/page
    docker run -d --rm --name www -p 8091:80 -v /www:/www busybox httpd -f -h /www >/dev/null
    until wget -q -O /dev/null http://127.0.0.1:8091/page; do :; done
    docker build -q -t fetched http://127.0.0.1:8091/Dockerfile >/dev/null; docker run --rm fetched sh -c 'cat /got/page /named; stat -c %a /named'
    docker rm -f www >/dev/null`);
    expect(
      out
        .replace(/sha256:\w+/, 'ID')
        .split('\n')
        .filter(Boolean),
    ).toEqual(['ID', 'bare', 'Successfully tagged tarred:latest', 'a', '1', 'page', 'page', '600']);
  });

  it.each([
    ['docker build /nosuch', 'unable to prepare context: path "/nosuch" not found'],
    ['docker build -f nosuch /c', 'unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat'],
    ['docker build https://github.com/a/b.git', "unable to prepare context: unable to find 'git'"],
    ['docker build --squash /c', 'not implemented: --squash'],
    ['docker build', "docker: 'docker build' requires 1 argument"],
    ['docker build -t UPPER /c', 'repository name (library/UPPER) must be lowercase'],
  ])('%s says what is wrong', async (command, words) => {
    expect(await sh(`${command} 2>&1 || true`)).toContain(words);
  });

  it('checks a Dockerfile without building it', async () => {
    const before = await sh('docker images -aq | wc -l');
    const out = await sh(
      `cd /c && printf 'FROM busybox\\nMAINTAINER me\\nCMD echo $HOME\\n' > D && docker build --check -f D . || echo status $?`,
    );
    expect(out).toBe(`Check complete, 2 warnings have been found!

WARNING: MaintainerDeprecated - https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/
Maintainer instruction is deprecated in favor of using label
D:2
--------------------
   1 |     FROM busybox
   2 | >>> MAINTAINER me
   3 |     CMD echo $HOME
   4 |     
--------------------

WARNING: JSONArgsRecommended - https://docs.docker.com/go/dockerfile/rule/json-args-recommended/
JSON arguments recommended for CMD to prevent unintended behavior related to OS signals
D:3
--------------------
   1 |     FROM busybox
   2 |     MAINTAINER me
   3 | >>> CMD echo $HOME
   4 |     
--------------------
status 1
`);
    expect(await sh('cd /c && docker build --check .')).toBe('Check complete, no warnings found.\n');
    expect(await sh('docker images -aq | wc -l')).toBe(before);
  });

  it('leaves nothing behind when a RUN fails, when COPY fails, and when the client goes away', async () => {
    const out = await sh(`cd /c
    printf 'FROM busybox\\nVOLUME /v\\nRUN --mount=type=tmpfs,target=/t exit 3\\n' | docker build --force-rm -f - . 2>&1 || echo status $?
    printf 'FROM busybox\\nCOPY --from=busybox /nosuch /x\\n' | docker build -f - . 2>&1 || echo status $?
    docker volume ls -q
    printf 'FROM busybox\\nRUN echo started; sleep 1000\\n' > Slow
    docker build -f Slow . > /tmp/slow 2>&1 & build=$!
    until grep -q '^started' /tmp/slow; do :; done
    kill -INT $build; wait $build || true
    until [ -z "$(docker ps -aq)" ]; do :; done
    until [ -z "$(ls /var/lib/docker/tmp 2>/dev/null)" ]; do :; done`);
    expect(out).toContain("The command '/bin/sh -c exit 3' returned a non-zero code: 3\nstatus 3\n");
    expect(out).toContain('COPY failed: stat nosuch: file does not exist\nstatus 1\n');
    expect(out.slice(out.lastIndexOf('status 1\n') + 9)).toBe('');
    expect(await left()).toBe('');
  });

  it('keeps links and names of an image where a COPY goes', async () => {
    // A symlink in the image, absolute or not, leads to where it leads in the image, never out of it.
    const out = await sh(`mkdir -p /d/in && cd /d && echo evil > in/passwd && printf 'x\\n' > f
    printf 'FROM busybox\\nRUN mkdir /real && ln -s /etc /abs && ln -s ../../../../real /up && ln -s /nowhere/at/all /dangling\\nCOPY in /abs/\\nCOPY f /up/\\nCOPY f /real/new/deep/\\nCOPY f /dangling/g\\n' > Dockerfile
    docker build -q -t links . >/dev/null && docker run --rm links sh -c 'cat /etc/passwd /real/f; ls -d /real/new/deep/f /abs; readlink /abs'; grep -c root: /etc/passwd`);
    expect(out).toBe('evil\nx\n/abs\n/real/new/deep/f\n/etc\n1\n');
  });

  it('saves and loads what it built: layers are packed again to the same bytes', async () => {
    expect(
      await sh(
        `docker save links -o /tmp/links.tar && docker rmi -f links >/dev/null && docker load -q -i /tmp/links.tar`,
      ),
    ).toBe('Loaded image: links:latest\n');
  });
};
