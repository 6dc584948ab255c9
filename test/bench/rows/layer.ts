// Files into an image, against tar doing the same to them: COPY of a build context (packed by the client, unpacked by the daemon, put
// into a layer, its digest taken), and the commit of a container that has them (its layer packed and digested).
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 6;
const FILES = 200;
const FILE_BYTES = 16 * 1024;
const COPY = 'docker build --no-cache -q -t copied /root/context';
/** Packed and unpacked once for the context and once for the layer, whose tar is digested. */
const TAR_COPY = `cd /root; mkdir x y; tar -C context -c . | tar -C x -x; tar -C x -c data | tar -C y -x; tar -C y -c . | sha256sum; sync -f y`;
const COMMIT = 'docker commit full committed';
/** Digested, unpacked into the new layer. */
const TAR_COMMIT = `cd /root; mkdir x; tar -C context -c data | tee tar | sha256sum; tar -C x -xf tar; sync -f x`;

export const layer: Row = {
  name: 'layer',
  title: 'COPY and commit of 3 MB in 200 files against tar, guest time',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh(
      `mkdir -p /root/context/data; cd /root/context
       for i in $(seq ${FILES}); do head -c ${FILE_BYTES} /dev/urandom >data/$i; done
       printf 'FROM busybox\\nCOPY data /data\\n' >Dockerfile
       docker create --name full busybox; docker cp data full:/data`,
    );
    const pairs = [
      { what: 'COPY', ours: COPY, tars: TAR_COPY, is: [] as number[], against: [] as number[], instructions: 0 },
      {
        what: 'docker commit',
        ours: COMMIT,
        tars: TAR_COMMIT,
        is: [] as number[],
        against: [] as number[],
        instructions: 0,
      },
    ];
    for (let round = -2; round < ROUNDS; round++) {
      for (const pair of pairs) {
        const ours = await guest.time(pair.ours);
        await guest.sh('docker rmi -f copied committed >/dev/null 2>&1; sync');
        const tars = await guest.time(pair.tars);
        await guest.sh('rm -rf /root/x /root/y /root/tar; sync');
        if (round < 0) continue;
        pair.is.push(ours.ms);
        pair.against.push(tars.ms);
        pair.instructions = ours.instructions;
      }
    }
    await guest.close();
    return pairs.map(({ what, is, against, instructions }) => ({
      row: 'layer',
      what,
      is: median(is),
      unit: 'ms',
      against: { what: 'tar doing the same', is: median(against) },
      goal: 2,
      samples: is,
      instructions,
    }));
  },
};
