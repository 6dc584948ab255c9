// A build of ten steps, every one of them in the cache: what a step costs that does nothing.
import { BenchGuest } from '../guest.ts';
import type { Result, Row } from '../row.ts';

const STEPS = 10;
const DOCKERFILE = [
  'FROM busybox',
  'ENV A=1',
  'WORKDIR /srv',
  'COPY a.txt ./',
  'RUN echo one >>a.txt',
  'RUN echo two >>a.txt',
  'LABEL kind=bench',
  'COPY a.txt b.txt',
  'USER 1000',
  'CMD ["cat", "a.txt"]',
];

export const build: Row = {
  name: 'build',
  title: 'a cached build of ten steps, guest time',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh(
      `mkdir /root/ten; cd /root/ten; echo a >a.txt; printf '%s\\n' ${DOCKERFILE.map((line) => `'${line}'`).join(' ')} >Dockerfile`,
    );
    await guest.sh('docker build -t ten /root/ten 2>&1');
    const [cached] = await guest.compare(['docker build -t ten /root/ten'], 15, 10);
    await guest.close();
    return [
      {
        row: 'build',
        what: 'a step of a cached build',
        is: (cached?.medianMs ?? Number.NaN) / STEPS,
        unit: 'ms',
        goal: 20,
        samples: (cached?.samples ?? []).map((ms) => ms / STEPS),
        instructions: (cached?.instructions ?? Number.NaN) / STEPS,
      },
    ];
  },
};
