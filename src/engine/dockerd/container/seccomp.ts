// A seccomp profile of one's own (`--security-opt seccomp=FILE`). Docker's JSON makes rules depend on capabilities,
// architectures and the kernel's version; what is left for this container are the rules that runc compiles.
// https://docs.docker.com/engine/security/seccomp/
import type { Seccomp, SeccompAction, SeccompOperator, SeccompRule } from '../../runc/spec.ts';
import { systemError } from '../errors.ts';

const ACTIONS: readonly string[] = [
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_LOG',
] satisfies SeccompAction[];
const OPERATORS: readonly string[] = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] satisfies SeccompOperator[];
/** How profiles name this machine. */
const ARCHITECTURES = ['x86', '386'];
const SYSCALL_ARGUMENTS = 6;

/** What a rule may ask of the container that it is for. */
export interface SeccompFacts {
  readonly capabilities: readonly string[];
  /** `6.12.38`, as uname says. */
  readonly kernel: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The profile for one container. Throws ApiError with Docker's words if it cannot be read. */
export function parseSeccomp(text: string, facts: SeccompFacts): Seccomp {
  let profile: Json;
  try {
    profile = object(JSON.parse(text));
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  if (list(profile['architectures']).length > 0 && list(profile['archMap']).length > 0)
    throw systemError(
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  const defaultErrno = number(profile['defaultErrnoRet']);
  return {
    defaultAction: action(profile['defaultAction']),
    ...(defaultErrno === undefined ? {} : { defaultErrnoRet: defaultErrno }),
    syscalls: list(profile['syscalls'])
      .map(object)
      .filter((call) => applies(call, facts))
      .map(rule),
  };
}

function rule(call: Json): SeccompRule {
  const names = list(call['names']);
  const name = call['name'];
  if (name !== undefined && name !== '' && names.length > 0)
    throw systemError("both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'");
  const args = list(call['args']).map(object).map(argument);
  const errnoRet = number(call['errnoRet']);
  return {
    names: (names.length > 0 ? names : [name]).map(String),
    action: action(call['action']),
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args.length > 0 ? { args } : {}),
  };
}

function argument(given: Json): NonNullable<SeccompRule['args']>[number] {
  const op = String(given['op']);
  if (!OPERATORS.includes(op)) throw failed(`string ${op} is not a valid operator for seccomp`);
  const index = number(given['index']) ?? 0;
  if (!(index >= 0 && index < SYSCALL_ARGUMENTS)) throw failed(`invalid argument index ${index}: a syscall has 0 to 5`);
  return {
    index,
    value: number(given['value']) ?? 0,
    valueTwo: number(given['valueTwo']) ?? 0,
    op: op as SeccompOperator,
  };
}

/** `includes` must hold and `excludes` must not. */
function applies(call: Json, facts: SeccompFacts): boolean {
  const includes = object(call['includes'] ?? {});
  const excludes = object(call['excludes'] ?? {});
  const oneOf = (wanted: readonly unknown[], has: readonly string[]): boolean =>
    wanted.some((entry) => has.includes(String(entry)));
  const { capabilities } = facts;
  if (!list(includes['caps']).every((name) => capabilities.includes(String(name)))) return false;
  if (oneOf(list(excludes['caps']), capabilities)) return false;
  const architectures = list(includes['arches']);
  if (architectures.length > 0 && !oneOf(architectures, ARCHITECTURES)) return false;
  if (oneOf(list(excludes['arches']), ARCHITECTURES)) return false;
  const [atLeast, below] = [includes['minKernel'], excludes['minKernel']];
  if (typeof atLeast === 'string' && !isAtLeast(facts.kernel, atLeast)) return false;
  return !(typeof below === 'string' && isAtLeast(facts.kernel, below));
}

/** Compares `major.minor` of kernel versions. */
function isAtLeast(kernel: string, wanted: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map((part) => parseInt(part, 10));
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

const failed = (why: string): Error => systemError(`decoding seccomp profile failed: ${why}`);

function action(given: unknown): SeccompAction {
  const name = String(given);
  if (!ACTIONS.includes(name)) throw failed(`string ${name} is not a valid action for seccomp`);
  return name as SeccompAction;
}

function object(given: unknown): Json {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw failed('an object is expected');
  return given as Json;
}

function list(given: unknown): readonly unknown[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw failed('a list is expected');
  return given;
}

function number(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'number') throw failed('a number is expected');
  return given;
}
