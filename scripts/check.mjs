// `npm run check`: what must hold before a commit, in under a minute: types, modules, ratchets, generated files, lint,
// unit tests.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './install.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['types of contract', bin('tsc'), ['-p', 'contract/tsconfig.json']],
  ['types of server', bin('tsc'), ['-p', 'server/tsconfig.json']],
  ['types of web', bin('tsc'), ['-p', 'web/tsconfig.json']],
  ['types of e2e', bin('tsc'), ['-p', 'e2e/tsconfig.json']],
  ['modules', process.execPath, ['scripts/check-modules.ts']],
  ['ratchets', process.execPath, ['scripts/check-ratchets.ts']],
  ['generated pages', process.execPath, ['scripts/generate-docs.ts', '--check']],
  ['generated tags of OTLP', process.execPath, ['scripts/generate-otlp.ts', '--check']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '.']],
  [
    'unit tests',
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=dot',
      // Waiting for killed engines and slow senders takes its time; `npm test` has it.
      ...[
        'conformance/bad-inputs/**',
        'server/src/receivers/otlp-grpc/floods.test.ts',
        'server/src/store/drain.test.ts',
        'server/src/store/engine/**',
        'server/src/store/removal.test.ts',
        'server/src/main/tenant-removal.test.ts',
      ].flatMap((one) => ['--exclude', one]),
    ],
  ],
];
let bad = 0;
for (const [name, command, args] of steps) {
  const began = Date.now();
  const { code, output } = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root });
    let output = '';
    child.stdout.on('data', (d) => (output += d));
    child.stderr.on('data', (d) => (output += d));
    child.on('close', (code) => resolve({ code, output }));
  });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  if (code !== 0) {
    bad++;
    console.log(output);
  }
}
process.exit(bad === 0 ? 0 : 1);
