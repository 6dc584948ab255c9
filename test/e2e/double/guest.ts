// What the double's guest answers: a few commands, a few files, one web site on port 8080.
import type { DirectoryEntry, HttpExchange } from '../../../src/protocol/vm-api.ts';

const encoder = new TextEncoder();
const started: { n: number; name: string; image: string; state: string }[] = [];

/** The reply to a command line; `docker run` plays a run. */
export function answer(
  command: string,
  run: (n: number, name: string, image: string) => void,
): { text: string; ended: boolean } {
  const words = command.split(/\s+/);
  if (command === '') return { text: '', ended: false };
  if (command === 'exit') return { text: 'logout\n', ended: true };
  if (words[0] === 'docker' && words[1] === 'run') {
    const image = words.findLast((word) => /^(nginx|busybox|hello-world)$/.test(word)) ?? 'busybox';
    const name = words[words.indexOf('--name') + 1] ?? 'box';
    const n = started.length + 1;
    started.push({
      n,
      name: words.includes('--name') ? name : `quiet_${n}`,
      image,
      state: image === 'hello-world' ? 'exited' : 'running',
    });
    run(n, started.at(-1)?.name ?? name, image);
    return {
      text: image === 'hello-world' ? 'Hello from Drydock!\n' : `${n.toString(16).padStart(2, '0').repeat(32)}\n`,
      ended: false,
    };
  }
  if (words[0] === 'echo') return { text: `${words.slice(1).join(' ')}\n`, ended: false };
  return { text: `-bash: ${words[0]}: command not found\n`, ended: false };
}

const tree: Record<string, Record<string, string | null>> = {
  '/': { etc: null, root: null, init: '#!/bin/sh\n' },
  '/etc': { hostname: 'drydock\n', hosts: '127.0.0.1 localhost\n' },
  '/root': { Dockerfile: 'FROM debian:bookworm-slim\nRUN apt-get update\nCMD ["bash"]\n' },
};

function entries(path: string): DirectoryEntry[] {
  const folder = tree[path];
  if (!folder) throw Object.assign(new Error(`${path}: No such file or directory`), { code: 'ENOENT' });
  return Object.entries(folder).map(([name, text]) => ({
    name,
    type: text === null ? 'directory' : 'file',
    isFolder: text === null,
    size: text?.length ?? 0,
    mode: 0o644,
    modifiedMs: 0,
  }));
}
function place(path: string): [Record<string, string | null>, string] {
  const at = path.lastIndexOf('/');
  const folder = tree[path.slice(0, at) || '/'];
  if (!folder) throw Object.assign(new Error(`${path}: No such file or directory`), { code: 'ENOENT' });
  return [folder, path.slice(at + 1)];
}

const page = `<!doctype html><title>Welcome</title><link rel="stylesheet" href="/style.css">
<h1>Welcome to nginx!</h1><img src="dot.png" alt="dot"><p><a id="next" href="second.html">Second page</a></p>
<form action="/form" method="get"><input name="q" value="a b"><button>Send</button></form>
<p id="script">no script ran</p><script src="app.js"></script>`;
const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
  '/': ['text/html', page],
  '/second.html': ['text/html', '<title>Second</title><h1>The second page</h1><a href="/">Back</a>'],
  '/style.css': ['text/css', 'body{font-family:sans-serif;background:#eef}h1{color:rgb(1,2,3)}'],
  '/app.js': [
    'text/javascript',
    'document.getElementById("script").textContent = "script ran; parent " + (() => { try { return parent.document ? "open" : "" } catch { return "closed" } })(); fetch("/data.json").then(r => r.json()).then(d => { document.title = "Data " + d.n })',
  ],
  '/data.json': ['application/json', '{"n":7}'],
  '/form?q=a+b': ['text/html', '<h1 id="sent">Sent: a b</h1>'],
};

export const site = {
  containers: (): unknown[] =>
    started.map(({ n, name, image, state }) => ({
      Id: n.toString(16).padStart(2, '0').repeat(32),
      Image: image,
      State: state,
      Names: [`/${name}`],
    })),
  files: {
    readFile: async (path: string): Promise<Uint8Array> => {
      const [folder, name] = place(path);
      const text = folder[name];
      if (typeof text !== 'string')
        throw Object.assign(new Error(`${path}: No such file or directory`), { code: 'ENOENT' });
      return encoder.encode(text);
    },
    writeFile: async (path: string, bytes: Uint8Array): Promise<void> => {
      if (path === '/init') throw Object.assign(new Error(`${path}: Read-only file system`), { code: 'EROFS' });
      const [folder, name] = place(path);
      folder[name] = new TextDecoder().decode(bytes);
    },
    readDirectory: async (path: string): Promise<DirectoryEntry[]> => entries(path),
  },
  http(port: number, request: { path: string }): HttpExchange {
    if (port !== 8080) throw Object.assign(new Error('Connection refused'), { code: 'ECONNREFUSED' });
    const found = pages[request.path];
    if (request.path === '/dot.png')
      return {
        status: 200,
        statusText: 'OK',
        headers: [['Content-Type', 'image/gif']],
        body: Uint8Array.from(atob('R0lGODlhAQABAIAAAP8AAAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=='), (c) =>
          c.charCodeAt(0),
        ),
        timeMs: 2,
      };
    const [type, body] = found ?? ['text/html', '<h1>404 Not Found</h1>'];
    return {
      status: found ? 200 : 404,
      statusText: found ? 'OK' : 'Not Found',
      headers: [['Content-Type', type]],
      body: encoder.encode(body),
      timeMs: 3,
    };
  },
};
