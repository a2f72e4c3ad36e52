/**
 * `npm run test:nodes`: the README's two commands on each supported version of Node, taken from npm.
 *
 * Each version gets a clone of the committed tree in a temporary folder, with addons built against that version's own
 * headers, which npm's `node` package has. `npm run test:nodes -- 24 26` tries some of them. Prints a table.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['20', '22', '24', '26'];
const root = fileURLToPath(new URL('..', import.meta.url));
const asked = process.argv.slice(2);
const rows = [];

for (const version of asked.length > 0 ? asked : VERSIONS) {
  const work = mkdtempSync(join(tmpdir(), `gatetape-node-${version}-`));
  chmodSync(work, 0o755); // a test reads a database as a user without rights, who must be able to enter
  try {
    rows.push(tryVersion(version, work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
console.table(rows);
process.exitCode = rows.every(({ demo, tests, churn }) =>
  [demo, tests, churn].every((each) => each.startsWith('passed')),
)
  ? 0
  : 1;

/** Outcome of each command on one version. */
function tryVersion(version, work) {
  const home = join(work, 'node');
  execFileSync('npm', ['install', '--prefix', home, '--silent', `node@${version}`], { stdio: 'inherit' });
  const distribution = join(home, 'node_modules/node/node_modules', `node-${platform()}-${arch()}`);
  const headers = existsSync(distribution)
    ? distribution
    : join(home, 'node_modules', `node-${platform()}-${arch()}`);
  const env = {
    ...process.env,
    PATH: join(headers, 'bin') + delimiter + process.env.PATH,
    npm_config_nodedir: headers,
    TEST_REPORT: join(work, 'report.json'),
  };
  const clone = join(work, 'clone');
  execFileSync('git', ['clone', '--quiet', root, clone]);
  const node = execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim();
  const run = (command) => {
    const { status, signal } = spawnSync('bash', ['-c', command], { cwd: clone, env, stdio: 'inherit' });
    return status === 0 ? 'passed' : `failed (${signal ?? status})`;
  };
  const demo = run('npm ci && npm run demo');
  const tests = `${run('npm test')}${countTests(env.TEST_REPORT)}`;
  const churn = run('node test/churn.mjs 60');
  return { node, demo, tests, churn };
}

function countTests(report) {
  if (!existsSync(report)) return '';
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  return `, ${numPassedTests} of ${numPassedTests + numFailedTests}`;
}
