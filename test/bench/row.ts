// What a row of the bench is: something measured, what it is held against in the same run, and the goal for the two.

/** One line of the report. A ratio is `is` by `against`; without `against` the value itself is what has a goal. */
export interface Result {
  readonly row: string;
  /** What was measured. */
  readonly what: string;
  readonly is: number;
  readonly unit: string;
  readonly against?: { readonly what: string; readonly is: number };
  /** 'at-most' (the default) or 'at-least'. */
  readonly goal: number;
  readonly goalIs?: 'at-most' | 'at-least';
  /** Single measurements, in the order in which they were made. */
  readonly samples?: readonly number[];
  /** Guest instructions an operation, in millions: what does not depend on how busy this computer is. */
  readonly instructions?: number;
  readonly note?: string;
}

export interface Row {
  /** What `npm run bench -- run <name>` calls it. */
  readonly name: string;
  readonly title: string;
  run(): Promise<readonly Result[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The number that the goal speaks of. */
export const valueOf = ({ is, against }: Result): number => (against ? is / against.is : is);

export function isMet(result: Result): boolean {
  return result.goalIs === 'at-least' ? valueOf(result) >= result.goal : valueOf(result) <= result.goal;
}

const round = (value: number): string =>
  value >= 1000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** `run: docker run … 212 ms against the C floor 41 ms: 5.2 times, goal at most 4 times: not met` */
export function sentence(result: Result): string {
  const { row, what, is, unit, against, goal, goalIs = 'at-most', instructions, note } = result;
  const times = against ? ' times' : ` ${unit}`;
  const held = against ? ` against ${against.what} ${round(against.is)} ${unit}: ${round(valueOf(result))} times` : '';
  const cost = instructions === undefined ? '' : ` (${instructions.toFixed(1)} M guest instructions)`;
  const verdict = `goal ${goalIs.replace('-', ' ')} ${goal}${times}: ${isMet(result) ? 'met' : 'NOT MET'}`;
  return `${row}: ${what} ${round(is)} ${unit}${cost}${held}; ${verdict}${note ? ` [${note}]` : ''}`;
}
