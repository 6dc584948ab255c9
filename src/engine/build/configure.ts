// Instructions that change only the image's config: what each does to it, and its line in the history. No kernel work.
import { cleanPath } from '../dockerd/container/mounts.ts';
import { parseSignal } from '../dockerd/container/signals.ts';
import { invalidParameter } from '../dockerd/errors.ts';
import type { BuildArgs } from './args.ts';
import type { CommandLine, Instruction } from './dockerfile/instruction.ts';
import { expandWord, expandWords } from './dockerfile/words.ts';
import { setVariable, shellOf, variables, type StageState } from './state.ts';

export interface StepContext {
  readonly state: StageState;
  readonly args: BuildArgs;
  readonly escape: string;
  readonly print: (text: string) => void;
}

/** Applies the instruction to the state; what history says after `#(nop)`. Throws ApiError in Docker's words. */
export function configure(instruction: Instruction, { state, args, escape, print }: StepContext): string {
  const { config } = state;
  const lookup = variables(state, args);
  const word = (text: string): string => expandWord(text, lookup, escape);
  switch (instruction.name) {
    case 'ENV': {
      const pairs = instruction.pairs.map(([name, value]) => [word(name), word(value)] as const);
      for (const [name, value] of pairs) setVariable(config, name, value);
      return `ENV ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`;
    }
    case 'LABEL': {
      const pairs = instruction.pairs.map(([name, value]) => [word(name), word(value)] as const);
      config.Labels = { ...config.Labels, ...Object.fromEntries(pairs) };
      return `LABEL ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`;
    }
    case 'ARG': {
      const shown = instruction.args.map(([name, value]) => {
        const given = value === undefined ? undefined : expandWord(value, variables(state, args), escape);
        args.declare(name, given);
        return given === undefined ? name : `${name}=${given}`;
      });
      return `ARG ${shown.join(' ')}`;
    }
    case 'EXPOSE': {
      const ports = instruction.words.flatMap((text) => expandWords(text, lookup, escape)).sort();
      for (const port of ports.flatMap(portsOf)) config.ExposedPorts = { ...config.ExposedPorts, [port]: {} };
      return `EXPOSE ${ports.join(' ')}`;
    }
    case 'VOLUME': {
      const paths = instruction.words.map(word);
      for (const path of paths) {
        if (path === '') throw invalidParameter('VOLUME specified can not be an empty string');
        config.Volumes = { ...config.Volumes, [path]: {} };
      }
      return `VOLUME [${paths.join(' ')}]`;
    }
    case 'USER':
      config.User = word(instruction.value);
      return `USER ${config.User}`;
    case 'WORKDIR':
      config.WorkingDir = workingDir(config.WorkingDir, word(instruction.value));
      return `WORKDIR ${config.WorkingDir}`;
    case 'STOPSIGNAL': {
      const signal = word(instruction.value);
      parseSignal(signal, 0);
      config.StopSignal = signal;
      return `STOPSIGNAL ${signal}`;
    }
    case 'MAINTAINER':
      state.author = instruction.value;
      return `MAINTAINER ${instruction.value}`;
    case 'SHELL':
      config.Shell = [...instruction.shell];
      return `SHELL [${instruction.shell.join(' ')}]`;
    case 'CMD':
      config.Cmd = argvOf(instruction.command, shellOf(config));
      state.hasOwnCmd = true;
      return `CMD ${quoted(config.Cmd)}`;
    case 'ENTRYPOINT': {
      const argv = argvOf(instruction.command, shellOf(config));
      config.Entrypoint = argv.length > 0 ? argv : null;
      // The image's CMD was made for the image's entrypoint.
      if (!state.hasOwnCmd) config.Cmd = null;
      return `ENTRYPOINT ${quoted(argv)}`;
    }
    case 'HEALTHCHECK': {
      const before = config.Healthcheck?.Test ?? [];
      if (instruction.health.Test?.[0] !== 'NONE' && before.length > 0 && before[0] !== 'NONE')
        print(`Note: overriding previous HEALTHCHECK: [${before.join(' ')}]\n`);
      config.Healthcheck = { ...instruction.health };
      return `HEALTHCHECK ${describeHealth(instruction.health)}`;
    }
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), instruction.trigger];
      return `ONBUILD ${instruction.trigger}`;
    default:
      throw invalidParameter(`${instruction.name} is no instruction of the config`);
  }
}

export function argvOf(command: CommandLine, shell: readonly string[]): string[] {
  if (command.form === 'exec') return [...command.argv];
  return command.text === '' ? [] : [...shell, command.text];
}

/** A relative WORKDIR goes on from the one before. */
function workingDir(before: string, path: string): string {
  if (path === '') throw invalidParameter('cannot normalize nothing');
  return cleanPath(path.startsWith('/') ? path : `${before || '/'}/${path}`);
}

/** Go's %q of a list of strings. */
function quoted(list: readonly string[]): string {
  return `[${list.map((one) => JSON.stringify(one)).join(' ')}]`;
}

/** `80`, `53/udp`, `8000-8002`. */
function portsOf(text: string): string[] {
  const [range = '', protocol = 'tcp'] = text.split('/');
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  const kind = protocol.toLowerCase();
  const [from, to] = [Number(first), Number(last ?? first)];
  if (first === undefined || to < from || to > 65535) throw invalidParameter(`invalid containerPort: ${range}`);
  if (!['tcp', 'udp', 'sctp'].includes(kind)) throw invalidParameter(`invalid proto: ${protocol}`);
  return Array.from({ length: to - from + 1 }, (_, n) => `${from + n}/${kind}`);
}

const NS = 1e9;

function describeHealth(health: { Test?: string[]; Interval?: number; Timeout?: number; Retries?: number }): string {
  const test = health.Test ?? [];
  if (test[0] === 'NONE') return 'NONE';
  const options = [
    health.Interval ? `--interval=${health.Interval / NS}s ` : '',
    health.Timeout ? `--timeout=${health.Timeout / NS}s ` : '',
    health.Retries ? `--retries=${health.Retries} ` : '',
  ];
  return `${options.join('')}${quoted(test)}`;
}
