// docker build --check: the Dockerfile is read and its warnings are shown; nothing is built.
import { lint } from '../../build/lint/lint.ts';
import { excerpt, urlOf, type LintWarning } from '../../build/lint/rules.ts';
import { parseDockerfile } from '../../build/dockerfile/parse.ts';
import { expandWord } from '../../build/dockerfile/words.ts';
import { messageOf } from '../../dockerd/errors.ts';
import { readToEnd } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { CommandError, type Invocation } from '../command.ts';
import { pairs } from '../container/options.ts';
import { absolutePath } from '../file-stream.ts';
import { ignorePatterns } from './context.ts';

interface ImageAnswer {
  readonly Config: { readonly Env: readonly string[] | null };
  readonly Os: string;
  readonly Architecture: string;
}

/** Exit status 1 if there is anything to warn of, as with the real client. */
export async function check(call: Invocation, path: string, file: string): Promise<number> {
  const { name, text, dir } = await readDockerfile(call, path, file);
  let parsed: ReturnType<typeof parseDockerfile>;
  try {
    parsed = parseDockerfile(text);
  } catch (error) {
    throw new CommandError(`ERROR: failed to build: failed to solve: ${messageOf(error)}`);
  }
  const given = pairs(call.flags.list('build-arg'));
  const defaults = new Map(parsed.metaArgs.flatMap(({ args }) => args));
  const images = new Map<string, { env: string[]; platform: string }>();
  for (const { from } of parsed.stages) {
    let base: string;
    try {
      base = expandWord(from.base, (arg) => given[arg] ?? defaults.get(arg), parsed.escape);
    } catch {
      continue;
    }
    const answer = base === '' ? undefined : await call.api.call('GET', `/images/${encodeURIComponent(base)}/json`);
    if (answer?.status !== 200) continue;
    const { Config, Os, Architecture } = JSON.parse(answer.text) as ImageAnswer;
    const env = (Config.Env ?? []).map((entry) => entry.slice(0, entry.indexOf('=')));
    images.set(base, { env, platform: `${Os}/${Architecture}` });
  }
  const { warnings } = lint(parsed, {
    buildArgs: new Map(Object.entries(given)),
    ignore: dir === undefined ? [] : ignorePatterns(dir, name),
    image: (base) => images.get(base),
    platform: call.flags.text('platform') || 'linux/386',
  });
  call.io.out(report(name, text, warnings));
  return warnings.length > 0 ? 1 : 0;
}

function report(file: string, text: string, warnings: readonly LintWarning[]): string {
  const count = warnings.length;
  if (count === 0) return 'Check complete, no warnings found.\n';
  const head = `Check complete, ${count} warning${count > 1 ? 's have' : ' has'} been found!\n`;
  const each = warnings.map(
    (warning) =>
      `\nWARNING: ${warning.rule} - ${urlOf(warning.rule)}\n${warning.detail}\n${excerpt(file, text, warning)}`,
  );
  return head + each.join('');
}

async function readDockerfile(
  call: Invocation,
  path: string,
  file: string,
): Promise<{ name: string; text: string; dir: string | undefined }> {
  if (path === '-' || file === '-') {
    const text = sys.utf8Decode(await readToEnd(call.io.stdin));
    return { name: 'Dockerfile', text, dir: path === '-' ? undefined : absolutePath(path, call.cwd) };
  }
  const dir = absolutePath(path, call.cwd);
  const full = absolutePath(file === '' ? `${dir}/Dockerfile` : file, call.cwd);
  const text = sys.readTextIfExists(full);
  if (text === undefined)
    throw new CommandError(
      'ERROR: failed to build: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory',
    );
  return {
    name: full.startsWith(`${dir}/`) ? full.slice(dir.length + 1) : full.slice(full.lastIndexOf('/') + 1),
    text,
    dir,
  };
}
