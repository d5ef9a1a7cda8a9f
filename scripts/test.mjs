// `npm test`: checks, unit tests, then the black-box suites over the real program. Ends with `N passed, N failed`.
// Arguments are handed to vitest (a path or -t), and then only vitest runs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './install.mjs';

const args = process.argv.slice(2);
const requireAll = process.env.HANOK_REQUIRE_ALL === '1';
const work = mkdtempSync(join(tmpdir(), 'hanok-test-'));
let passed = 0;
let failed = 0;
let skipped = 0;

function check(name, command, commandArgs) {
  const began = Date.now();
  const result = spawnSync(command, commandArgs, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const ok = result.status === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  if (!ok) console.log(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? String(result.error) : ''}`);
  ok ? passed++ : failed++;
}

function suite(name, config) {
  console.log(`\n== ${name}`);
  const output = join(work, `${name.replace(/\W+/g, '-')}.json`);
  const result = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--config',
      config,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${output}`,
      ...args,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  let report;
  try {
    report = JSON.parse(readFileSync(output, 'utf8'));
  } catch {
    console.log(`FAIL ${name}: no report (exit ${result.status})`);
    failed++;
    return;
  }
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  const silent = report.numPendingTests + report.numTodoTests;
  skipped += silent;
  if (silent > 0 && requireAll) {
    console.log(`FAIL ${name}: ${silent} skipped although HANOK_REQUIRE_ALL=1`);
    failed += silent;
  }
  // A file that could not be loaded, or an unhandled rejection, has no failed test of its own.
  if (result.status !== 0 && report.numFailedTests === 0 && !(silent > 0 && requireAll)) {
    console.log(`FAIL ${name}: vitest exited ${result.status}`);
    failed++;
  }
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
if (args.length === 0) {
  for (const workspace of ['contract', 'server', 'web', 'e2e'])
    check(`types of ${workspace}`, bin('tsc'), ['-p', `${workspace}/tsconfig.json`]);
  check('modules', process.execPath, ['scripts/check-modules.ts']);
  check('ratchets', process.execPath, ['scripts/check-ratchets.ts']);
  check('generated pages are fresh', process.execPath, ['scripts/generate-docs.ts', '--check']);
  check('generated tags of OTLP are fresh', process.execPath, ['scripts/generate-otlp.ts', '--check']);
  check('lint and format', bin('biome'), ['check', '--error-on-warnings', '.']);
  check('bundle budget', process.execPath, ['scripts/check-bundle.ts']);
}
suite('unit', 'vitest.config.ts');
if (!args.includes('--unit') && failed < 50) suite('black box', 'vitest.e2e.config.ts');

rmSync(work, { recursive: true, force: true });
console.log(
  `\n${skipped > 0 ? `skipped: ${skipped} (see the loud lines above)\n` : ''}${passed} passed, ${failed} failed`,
);
process.exit(failed === 0 ? 0 : 1);
