import { describe, expect, it } from 'vitest';
import { functionIn } from './function-in.ts';

const source = `// Head of the file.
import { x } from './x.ts';

/** Prepares the root. */
export async function prepareRoot(
  a: string,
  b: number,
): Promise<void> {
  if (a) {
    x(b);
  }
}

const table = { one: 1 };

export const arrow = (n: number): number => {
  return n;
};

class Thing {
  #run(): void {
    x(1);
  }
}
`;

describe('functionIn', () => {
  it('takes a function with its comment and its whole body', () => {
    const { firstLine, text } = functionIn(source, 'prepareRoot');
    expect(firstLine).toBe(4);
    expect(text.split('\n').at(0)).toBe('/** Prepares the root. */');
    expect(text.split('\n').at(-1)).toBe('}');
    expect(text).toContain('x(b);');
    expect(text).not.toContain('table');
  });
  it('takes arrows, one-line constants and methods', () => {
    expect(functionIn(source, 'arrow').text.split('\n')).toHaveLength(3);
    expect(functionIn(source, 'table').text).toBe('const table = { one: 1 };');
    expect(functionIn(source, 'run').text).toContain('x(1);');
  });
  it('shows the beginning when the name is not there', () => {
    expect(functionIn(source, 'nowhere').firstLine).toBe(1);
  });
});
