import { beforeEach, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import { planStages } from './plan.ts';

beforeEach(() => void installDouble());

const file = parseDockerfile(`ARG WHICH=tools
FROM busybox AS tools
RUN a
FROM busybox AS unused
RUN b
FROM $WHICH AS middle
RUN --mount=from=3,target=/x true
FROM busybox AS late
COPY --from=middle /a /a
COPY --from=busybox /b /b
FROM late
`);
const lookup = (name: string): string | undefined => (name === 'WHICH' ? 'tools' : undefined);
const names = (target: string): string[] =>
  planStages(file, { target, labels: {} }, lookup).stages.map(({ name }) => name);

it('plans only what the target needs, in the order of the file', () => {
  expect(names('')).toEqual(['tools', 'middle', 'late', '']);
  expect(names('TOOLS')).toEqual(['tools']);
  expect(names('1')).toEqual(['unused']);
  expect(() => names('nosuch')).toThrow('target stage "nosuch" could not be found');
});

it('counts arguments, stages and instructions, and a label that is asked for', () => {
  expect(planStages(file, { target: 'tools', labels: {} }, lookup).steps).toBe(3);
  const { steps, stages } = planStages(file, { target: 'tools', labels: { b: "it's $1", a: '2' } }, lookup);
  expect(steps).toBe(4);
  expect(stages[0]?.instructions.at(-1)).toMatchObject({
    name: 'LABEL',
    line: { original: `LABEL "a"='2' "b"='it's $1'` },
    pairs: [
      ['a', '2'],
      ['b', "it\\'s\\ \\$1"],
    ],
  });
});
