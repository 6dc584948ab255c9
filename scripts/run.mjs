// `npm start` and `npm test`, from a fresh clone on: install what is missing, then do it. Plain JavaScript, because it
// runs before anything is installed. Usage: node scripts/run.mjs start|test [arguments]
import { spawnSync } from 'node:child_process';
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
  npx('types', 'tsx', 'scripts/typecheck.ts');
  npx('lint', 'eslint', '.', '--max-warnings', '0');
  npx('format', 'prettier', '--check', '--log-level', 'warn', '.');
  npx('unit tests', 'vitest', 'run', '--project', 'unit', ...rest);
  npx('build the guest', 'tsx', 'scripts/build-guest.ts');
  npx('build the site', 'vite', 'build', '--logLevel', 'warn');
  npx('tests in the VM', 'vitest', 'run', '--project', 'vm', ...rest);
  npx('tests in the browser', 'vitest', 'run', '--project', 'e2e', ...rest);
} else fail(`unknown task ${task}`);
