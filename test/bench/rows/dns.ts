// A name asked of the embedded name server (127.0.0.11) from inside a container's network namespace, without a program around it: bash
// sends the question by UDP and waits for the answer's first byte. It says nothing until the last: whoever forwards its words (the agent)
// would be at work while the next question is under way. A shell that hangs is ended by timeout(1).
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 10;
const LOOKUPS = 20;
/** RFC 1035, 4.1: id "DD", recursion desired, one question: `peer`, A, IN. */
const QUESTION = String.raw`DD\1\0\0\1\0\0\0\0\0\0\4peer\0\0\1\0\1`;

export const dns: Row = {
  name: 'dns',
  title: 'a name lookup through the embedded name server, guest time',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh(
      'docker network create names; for n in peer asker; do docker run -d --network names --name $n busybox sleep 100000; done',
    );
    const key = (await guest.sh("docker inspect -f '{{.NetworkSettings.SandboxKey}}' asker")).trim();
    const script = `exec 3<>/dev/udp/127.0.0.11/53 4>&1 >&3
      for i in {1..${LOOKUPS}}; do
        s=$EPOCHREALTIME; printf '${QUESTION}'; read -r -N 1 -u 3; e=$EPOCHREALTIME; t+=($((\${e/./} - \${s/./})))
      done
      echo \${t[@]} >&4`;
    const samples: number[] = [];
    let instructions = 0;
    for (let round = -5; round < ROUNDS; round++) {
      const before = guest.session.machine.instructions;
      const times = (
        await guest.sh(`nsenter --net=${key} timeout 60 bash -c '${script.replaceAll("'", String.raw`'\''`)}'`)
      ).trim();
      if (round < 0) continue;
      instructions = ((guest.session.machine.instructions - before) >>> 0) / 1e6 / LOOKUPS;
      samples.push(...times.split(' ').map((time) => Number(time) / 1000));
    }
    await guest.close();
    return [{ row: 'dns', what: 'one lookup', is: median(samples), unit: 'ms', goal: 3, samples, instructions }];
  },
};
