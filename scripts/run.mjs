// `npm start` and `npm test`, from a fresh clone on: install what is missing, then do it. Plain JavaScript, because it
// runs before anything is installed. Usage: node scripts/run.mjs start|test [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';

const [task = 'start', ...rest] = process.argv.slice(2);
const windows = process.platform === 'win32';

/** Run a program in the foreground; a failure ends everything with its exit status. */
function run(title, program, args, env = {}) {
  console.log(`\n── ${title}`);
  const result = spawnSync(program, args, { stdio: 'inherit', shell: windows, env: { ...process.env, ...env } });
  if (result.error) fail(`${program}: ${result.error.message}`);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/**
 * Steps one after the other, beside what else goes on: what each prints is shown when it has ended, so that nothing mixes. Resolves
 * with the first step's status that is not 0.
 */
async function beside(...steps) {
  for (const [title, ...args] of steps) {
    const { status, output } = await new Promise((resolve) => {
      const child = spawn('npx', ['--no-install', ...args], { shell: windows, stdio: ['ignore', 'pipe', 'pipe'] });
      const parts = [];
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => parts.push(bytes));
      child.once('error', (error) => resolve({ status: 1, output: `npx: ${error.message}\n` }));
      child.once('close', (code) => resolve({ status: code ?? 1, output: Buffer.concat(parts) }));
    });
    console.log(`\n── ${title}`);
    process.stdout.write(output);
    if (status !== 0) return status;
  }
  return 0;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Node modules, if the lock file has changed since they were installed. */
function installModules() {
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  const stamp = 'node_modules/.drydock-lock';
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  run('install packages', 'npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(stamp, lock);
}

/** The browser, the docker client and the registry that the tests drive; on Debian they are installed if they are missing. */
function installTestPrograms() {
  const missing = [
    ['chromium', 'chromium'],
    ['docker', 'docker.io'],
    ['docker-registry', 'docker-registry'],
  ].filter(([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  if (spawnSync('sh', ['-c', 'command -v apt-get']).status !== 0)
    fail(
      `The tests drive ${missing.map(([program]) => program).join(' and ')}; please install ${packages.length > 1 ? 'them' : 'it'}.`,
    );
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const apt = (...args) =>
    run(`apt-get ${args.join(' ')}`, sudo[0] ?? 'apt-get', [...(sudo.length > 0 ? ['apt-get'] : []), ...args], {
      DEBIAN_FRONTEND: 'noninteractive',
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

const npx = (title, ...args) => run(title, 'npx', ['--no-install', ...args]);

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Drydock needs Node 20 or newer; this is ${process.versions.node}.`);
installModules();
if (task === 'start') {
  npx('build the guest (kept until something in it changes)', 'tsx', 'scripts/build-guest.ts');
  npx('serve', 'vite', '--clearScreen', 'false', ...rest);
} else if (task === 'test') {
  installTestPrograms();
  // Each of these uses one core and has its pauses: two lines of them, so that both cores of a small computer have work.
  const lines = await Promise.all([
    beside(
      ['types', 'tsx', 'scripts/typecheck.ts'],
      ['lint', 'eslint', '.', '--max-warnings', '0'],
      ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
    ),
    beside(
      ['build the guest', 'tsx', 'scripts/build-guest.ts'],
      ['build the site', 'vite', 'build', '--logLevel', 'warn'],
      ['unit tests', 'vitest', 'run', '--project', 'unit', ...rest],
    ),
  ]);
  const failed = lines.find((status) => status !== 0);
  if (failed !== undefined) process.exit(failed);
  npx('tests in the VM and in the browser', 'vitest', 'run', '--project', 'vm', '--project', 'e2e', ...rest);
} else fail(`unknown task ${task}`);
