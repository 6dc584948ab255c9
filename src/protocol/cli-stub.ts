// What the tiny C program /usr/bin/docker (guest/native/stub.c) and the resident docker-cli process say to each other over
// /run/docker-cli.sock, a stream socket. Keep the two files in step.
//
//   stub                                         resident process, which forks a child for this command
//     | request head + payload, fds 0 1 2 (SCM_RIGHTS) |
//     |----------------------------------------------->|
//     |   'p' pid of the child (u32)                   |   so that the stub can stop and continue it
//     |<-----------------------------------------------|
//     |   one byte a signal: its number                |   SIGINT SIGTERM SIGHUP SIGQUIT SIGWINCH SIGTSTP SIGCONT
//     |----------------------------------------------->|
//     |   'x' exit code (u8), then the end             |
//     |<-----------------------------------------------|
//
// On SIGTSTP the stub sends the byte, stops the child with SIGSTOP, then itself; on SIGCONT it continues the child and sends that byte.

/** Where the resident process listens. */
export const CLI_SOCKET_PATH = '/run/docker-cli.sock';

/** What the stub runs when nobody listens. */
export const CLI_BUNDLE_PATH = '/usr/lib/drydock/docker-cli.bc';

/** Head of the request: "DKC1", then u32 each: payload bytes, number of arguments, number of environment strings, umask. Little endian. */
export const CLI_REQUEST_HEAD_BYTES = 20;

export interface CliRequestHead {
  payloadBytes: number;
  argc: number;
  envc: number;
  umask: number;
}

/** A command line as the stub was started with it; the descriptors come beside it. */
export interface CliRequest {
  cwd: string;
  /** argv[0] is the stub's own name: "docker" or "docker-compose". */
  argv: string[];
  /** NAME=value. */
  env: string[];
  umask: number;
}

const MAGIC = 0x31434b44;

/** The request as the stub sends it; `encode` makes UTF-8. */
export function encodeCliRequest(request: CliRequest, encode: (text: string) => Uint8Array): Uint8Array {
  const payload = encode([request.cwd, ...request.argv, ...request.env, ''].join('\0'));
  const bytes = new Uint8Array(CLI_REQUEST_HEAD_BYTES + payload.byteLength);
  const view = new DataView(bytes.buffer);
  const words = [MAGIC, payload.byteLength, request.argv.length, request.env.length, request.umask];
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  bytes.set(payload, CLI_REQUEST_HEAD_BYTES);
  return bytes;
}

/** Reads the head; undefined if it is not one. */
export function decodeCliHead(bytes: Uint8Array): CliRequestHead | undefined {
  if (bytes.byteLength < CLI_REQUEST_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const LIMIT = 4 * 1024 * 1024;
  const payloadBytes = view.getUint32(4, true);
  if (view.getUint32(0, true) !== MAGIC || payloadBytes > LIMIT) return undefined;
  return {
    payloadBytes,
    argc: view.getUint32(8, true),
    envc: view.getUint32(12, true),
    umask: view.getUint32(16, true),
  };
}

/** Splits the payload, already decoded as UTF-8: cwd, argv, env, each ended by a NUL. Undefined if the counts do not fit. */
export function decodeCliPayload(head: CliRequestHead, text: string): CliRequest | undefined {
  const strings = text.split('\0');
  if (strings.length !== 1 + head.argc + head.envc + 1) return undefined;
  const [cwd = '/', ...rest] = strings;
  return { cwd, argv: rest.slice(0, head.argc), env: rest.slice(head.argc, head.argc + head.envc), umask: head.umask };
}

/** Tells the stub which process carries its command out. */
export function encodeCliPid(pid: number): Uint8Array {
  return Uint8Array.of(0x70, pid & 0xff, (pid >> 8) & 0xff, (pid >> 16) & 0xff, (pid >> 24) & 0xff);
}

/** Tells the stub to exit. */
export function encodeCliExit(code: number): Uint8Array {
  return Uint8Array.of(0x78, code & 0xff);
}
