// Paths in the guest and what Monaco calls the language of a file.

export function joinPath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

const byName: Readonly<Record<string, string>> = {
  Dockerfile: 'dockerfile',
  Containerfile: 'dockerfile',
  '.profile': 'shell',
  '.bashrc': 'shell',
  Makefile: 'shell',
};
const byEnding: Readonly<Record<string, string>> = {
  sh: 'shell',
  yml: 'yaml',
  yaml: 'yaml',
  js: 'javascript',
  mjs: 'javascript',
  json: 'javascript',
  ts: 'javascript',
  py: 'python',
  html: 'html',
  htm: 'html',
  css: 'css',
  md: 'markdown',
  sql: 'sql',
  conf: 'ini',
  ini: 'ini',
  cnf: 'ini',
  xml: 'xml',
};

export function languageOf(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  if (/^Dockerfile\./.test(name) || name.endsWith('.dockerfile')) return 'dockerfile';
  return byName[name] ?? byEnding[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'plaintext';
}

/** Bytes that are text: no NUL, valid UTF-8. Undefined for the rest, which an editor would damage. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** An error of reading or writing, with what to do about it. */
export function fileProblem(path: string, error: unknown, doing: 'open' | 'save'): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: `${path} is not there any more. It may have been removed in a terminal; open its folder again.`,
    EACCES: `The machine does not allow to ${doing} ${path}.`,
    EROFS: `${path} lies on a read-only file system. Save it under another path, for example in /root.`,
    ENOSPC: `The machine’s disk is full, so ${path} was not saved. Free space with docker rm, docker rmi, or rm, then save again.`,
    EISDIR: `${path} is a directory.`,
    ETXTBSY: `${path} is a program that runs now; stop it first.`,
  };
  const message =
    error instanceof Error
      ? error.message
      : typeof error === 'object' && error !== null && 'message' in error
        ? String(error.message)
        : String(error);
  return words[code] ?? `${path} could not be ${doing === 'open' ? 'opened' : 'saved'}: ${message}`;
}
