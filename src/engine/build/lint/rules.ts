// The checks of `docker build --check`: names, what each says, and where that is explained.
// https://docs.docker.com/reference/build-checks/

export type RuleName =
  | 'StageNameCasing'
  | 'FromAsCasing'
  | 'NoEmptyContinuation'
  | 'ConsistentInstructionCasing'
  | 'DuplicateStageName'
  | 'ReservedStageName'
  | 'JSONArgsRecommended'
  | 'MaintainerDeprecated'
  | 'UndefinedArgInFrom'
  | 'UndefinedVar'
  | 'WorkdirRelativePath'
  | 'MultipleInstructionsDisallowed'
  | 'LegacyKeyValueFormat'
  | 'RedundantTargetPlatform'
  | 'SecretsUsedInArgOrEnv'
  | 'InvalidDefaultArgInFrom'
  | 'FromPlatformFlagConstDisallowed'
  | 'CopyIgnoredFile'
  | 'InvalidBaseImagePlatform'
  | 'ExposeProtoCasing'
  | 'ExposeInvalidFormat';

export interface LintWarning {
  readonly rule: RuleName;
  readonly detail: string;
  /** Lines of the Dockerfile, from 1, the last one included. */
  readonly from: number;
  readonly to: number;
}

/** `JSONArgsRecommended` → `…/rule/json-args-recommended/` */
export function urlOf(rule: RuleName): string {
  const words = rule.replace(/([a-z])([A-Z])/g, '$1-$2').replace(/([A-Z])([A-Z][a-z])/g, '$1-$2');
  return `https://docs.docker.com/go/dockerfile/rule/${words.toLowerCase()}/`;
}

/** `# check=skip=RuleA,RuleB;error=true` */
export function readCheckDirective(text: string): { skip: (rule: RuleName) => boolean; error: boolean } {
  const options = new Map(
    text.split(';').map((part) => {
      const [key = '', value = ''] = part.split('=').map((word) => word.trim());
      return [key.toLowerCase(), value] as const;
    }),
  );
  const skipped = (options.get('skip') ?? '').split(',').map((name) => name.trim());
  return {
    skip: (rule) => skipped.includes('all') || skipped.includes(rule),
    error: options.get('error')?.toLowerCase() === 'true',
  };
}

/** What BuildKit shows of the file around a warning: two lines on each side, `>>>` before those that are meant. */
export function excerpt(file: string, text: string, { from, to }: Pick<LintWarning, 'from' | 'to'>): string {
  const lines = text.split('\n');
  const pad = from === to ? 4 : 2;
  let [start, end] = [from, Math.min(to, lines.length)];
  for (let added = 0; added < pad; added += 1) {
    if (start > 1) {
      start -= 1;
      added += 1;
    }
    if (end < lines.length) {
      end += 1;
      added += 1;
    }
  }
  const shown: string[] = [];
  for (let n = start; n <= end; n += 1)
    shown.push(`${String(n).padStart(4)} | ${n >= from && n <= to ? '>>>' : '   '} ${lines[n - 1] ?? ''}`);
  return `${file}:${from}\n--------------------\n${shown.join('\n')}\n--------------------\n`;
}
