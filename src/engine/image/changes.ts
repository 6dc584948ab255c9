// `--change "CMD …"` of commit and import: single Dockerfile instructions applied to a config. The builder uses the same
// functions for these instructions.
import type { ContainerConfig } from '../dockerd/container/types.ts';
import { invalidParameter } from '../dockerd/errors.ts';

export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  for (const change of changes)
    for (const line of change.split('\n')) if (line.trim() !== '') applyChange(config, line.trim());
  return config;
}

function applyChange(config: ContainerConfig, line: string): void {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const instruction = word.toUpperCase();
  switch (instruction) {
    case 'CMD':
      config.Cmd = commandOf(rest);
      return;
    case 'ENTRYPOINT':
      config.Entrypoint = commandOf(rest);
      return;
    case 'ENV':
      for (const [name, value] of pairsOf(rest)) setEnv(config, name, value);
      return;
    case 'LABEL':
      for (const [name, value] of pairsOf(rest)) config.Labels = { ...config.Labels, [name]: value };
      return;
    case 'EXPOSE':
      for (const port of wordsOf(rest))
        config.ExposedPorts = { ...config.ExposedPorts, [port.includes('/') ? port : `${port}/tcp`]: {} };
      return;
    case 'VOLUME':
      for (const path of jsonList(rest) ?? wordsOf(rest)) config.Volumes = { ...config.Volumes, [path]: {} };
      return;
    case 'USER':
      config.User = rest;
      return;
    case 'WORKDIR':
      config.WorkingDir = rest.startsWith('/') ? rest : `${config.WorkingDir.replace(/\/$/, '')}/${rest}`;
      return;
    case 'STOPSIGNAL':
      config.StopSignal = rest;
      return;
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), rest];
      return;
    default:
      throw invalidParameter(`${word} is not a valid change command`);
  }
}

/** Exec form (a JSON list) as it stands, shell form through /bin/sh -c. */
export function commandOf(text: string, shell: readonly string[] = ['/bin/sh', '-c']): string[] {
  return jsonList(text) ?? [...shell, text];
}

export function jsonList(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

export function setEnv(config: ContainerConfig, name: string, value: string): void {
  config.Env = [...(config.Env ?? []).filter((entry) => !entry.startsWith(`${name}=`)), `${name}=${value}`];
}

/** `a=1 "b c"=2`, or the older `name value with blanks`. */
export function pairsOf(text: string): [name: string, value: string][] {
  const words = wordsOf(text);
  if (!words[0]?.includes('=')) {
    const [, name = '', value = ''] = /^(\S+)\s+(.*)$/s.exec(text) ?? [];
    return name === '' ? [] : [[name, value]];
  }
  return words.map((word) => {
    const at = word.indexOf('=');
    return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
  });
}

/** Words separated by blanks; quotes and backslashes keep blanks and go. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] ?? '';
    if (c === '\\' && quote !== "'" && i + 1 < text.length) word = (word ?? '') + (text[(i += 1)] ?? '');
    else if (quote !== '') {
      if (c === quote) quote = '';
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (word !== undefined) words.push(word);
  return words;
}
