// npm run bench: every speed goal, measured. `npm run bench -- run ps` measures those rows only. Medians, each with what it is held
// against in the same run; the last line is the whole report as JSON. Nothing fails here because of a number.
import { cpus, loadavg } from 'node:os';
import { buildGuest } from '../../scripts/build-guest.ts';
import { isMet, sentence, valueOf, type Result, type Row } from './row.ts';
import { restore } from './rows/restore.ts';
import { run } from './rows/run.ts';
import { publish } from './rows/publish.ts';
import { exec } from './rows/exec.ts';
import { ps } from './rows/ps.ts';
import { many } from './rows/many.ts';
import { tracing } from './rows/tracing.ts';
import { pull } from './rows/pull.ts';
import { tcp } from './rows/tcp.ts';
import { first } from './rows/first.ts';
import { fetched } from './rows/fetched.ts';
import { build } from './rows/build.ts';
import { layer } from './rows/layer.ts';
import { dns } from './rows/dns.ts';
import { idle } from './rows/idle.ts';
import { frames } from './rows/frames.ts';

const ROWS: readonly Row[] = [
  restore,
  first,
  run,
  publish,
  exec,
  ps,
  many,
  build,
  layer,
  dns,
  tracing,
  pull,
  tcp,
  fetched,
  idle,
  frames,
];

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    console.error(`no such row: ${unknown.join(' ')}. Rows: ${ROWS.map((row) => row.name).join(' ')}`);
    return 64;
  }
  await buildGuest((line) => console.log(`guest: ${line}`));
  const results: Result[] = [];
  const failed: { row: string; message: string }[] = [];
  for (const row of ROWS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.log(`\n${row.name}: ${row.title}`);
    try {
      for (const result of await row.run()) {
        results.push(result);
        console.log(`  ${sentence(result)}`);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failed.push({ row: row.name, message });
      console.log(`  could not be measured: ${message}`);
    }
  }
  const computer = { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0], node: process.version };
  const report = results.map((result) => ({ ...result, value: valueOf(result), met: isMet(result) }));
  console.log(`\n${JSON.stringify({ at: new Date().toISOString(), computer, results: report, failed })}`);
  return failed.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
