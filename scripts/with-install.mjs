// Runs a script of this folder on Node 24 after making sure that everything is installed.
import { spawn } from 'node:child_process';
import { ensureInstalled, ensureWebBuilt, node24, root } from './install.mjs';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-flags.mjs';

const [script, ...args] = process.argv.slice(2);
ensureInstalled();
if (/test|demo|bench|torture|e2e/.test(script)) ensureWebBuilt();
const child = spawn(node24, [...(script.includes('main/cli') ? NODE_FLAGS : []), script, ...args], {
  stdio: 'inherit',
  cwd: root,
  env: {
    ...(script.includes('main/cli') ? NODE_ENVIRONMENT : {}),
    ...process.env,
    PATH: `${root}/node_modules/.bin:${process.env.PATH}`,
  },
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code) => process.exit(code ?? 1));
