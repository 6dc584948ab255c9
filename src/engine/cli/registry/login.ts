// docker login and logout: POST /auth asks the registry; what it agreed to goes into config.json.
import * as sys from '../../sys/index.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { readToEnd } from '../../loop/index.ts';
import {
  configPath,
  credentialsFor,
  eraseCredentials,
  hostOf,
  INDEX_SERVER,
  saveCredentials,
  type AuthConfig,
} from './config.ts';

export const login: Command = {
  names: ['login'],
  usage: '[OPTIONS] [SERVER]',
  help: 'Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.',
  summary: 'Authenticate to a registry',
  args: [0, 1],
  flags: [
    { name: 'password', short: 'p', type: 'string', help: 'Password or Personal Access Token (PAT)' },
    { name: 'password-stdin', type: 'bool', help: 'Take the Password or Personal Access Token (PAT) from stdin' },
    { name: 'username', short: 'u', type: 'string', help: 'Username' },
  ],
  async run(call) {
    const { api, io, env, args } = call;
    const server = hostOf(args[0] ?? '');
    const auth = await ask(call, server);
    const { Status } = await api.json<{ Status: string }>('POST', '/auth', auth);
    saveCredentials(env, auth);
    io.err(
      `\nWARNING! Your credentials are stored unencrypted in '${configPath(env)}'.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/go/credential-store/\n\n`,
    );
    io.out(`${Status}\n`);
    return 0;
  },
};

/** From the flags, from config.json, or from the person at the terminal. */
async function ask(call: Invocation, server: string): Promise<AuthConfig> {
  const { flags, io, env } = call;
  let [username, password] = [flags.text('username').trim(), flags.text('password')];
  if (flags.has('password')) {
    if (flags.bool('password-stdin'))
      throw new CommandError('conflicting options: cannot specify both --password and --password-stdin');
    io.err('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
  }
  if (flags.bool('password-stdin')) {
    if (username === '') throw new CommandError('the --password-stdin option requires --username to be set');
    password = sys.utf8Decode(await readToEnd(io.stdin)).replace(/\r?\n$/, '');
  }
  const known = username === '' && password === '' ? credentialsFor(env, server) : undefined;
  if (known && known.username !== '') {
    io.out('Authenticating with existing credentials...\n');
    return known;
  }
  if ((username === '' || password === '') && !io.isTerminal(0))
    throw new CommandError('Error: Cannot perform an interactive login from a non TTY device');
  if (username === '') {
    if (server === INDEX_SERVER)
      io.out(
        "Log in with your Docker ID or email address to push and pull images from Docker Hub. If you don't have a Docker ID, head over to https://hub.docker.com/ to create one.\n\n",
      );
    username = await line(call, 'Username: ');
    if (username === '') throw new CommandError('Error: Non-null Username Required');
  }
  if (password === '') password = await hidden(call, 'Password: ');
  if (password === '') throw new CommandError('Error: Password Required');
  return { username, password, serveraddress: server };
}

async function line(call: Invocation, prompt: string): Promise<string> {
  call.io.out(prompt);
  let text = '';
  while (!text.includes('\n')) {
    const bytes = await call.io.stdin.read();
    if (bytes === null) break;
    text += sys.utf8Decode(bytes);
  }
  return text.split('\n')[0]?.trim() ?? '';
}

async function hidden(call: Invocation, prompt: string): Promise<string> {
  const restore = call.io.noEcho();
  try {
    return await line(call, prompt);
  } finally {
    restore();
    call.io.out('\n');
  }
}

export const logout: Command = {
  names: ['logout'],
  usage: '[SERVER]',
  help: 'Log out from a registry.\nIf no server is specified, the default is defined by the daemon.',
  summary: 'Log out from a registry',
  args: [0, 1],
  flags: [],
  run({ args, io, env }) {
    const server = hostOf(args[0] ?? '');
    io.out(`Removing login credentials for ${server}\n`);
    eraseCredentials(env, server);
    return Promise.resolve(0);
  },
};
