// `npm start`: install once, build the UI when it changed, then run the server on Node 24.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, ensureWebBuilt, node24, root } from './install.mjs';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-flags.mjs';

ensureInstalled();
ensureWebBuilt();

const child = spawn(
  node24,
  [...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'start', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...NODE_ENVIRONMENT, ...process.env },
  },
);
// The terminal sends Ctrl-C to the whole group; a signal sent to this process alone is handed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)));
