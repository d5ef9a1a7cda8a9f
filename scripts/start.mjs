// Becomes the server: the same process, with the flags and the environment it runs with. Runs on Node 24 (`npm start`
// hands over to it with the shell's `exec`), so nothing but npm itself stays beside the server.
import { join } from 'node:path';
import { root } from './install.mjs';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-flags.mjs';

process.execve(
  process.execPath,
  [process.execPath, ...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'start', ...process.argv.slice(2)],
  { ...NODE_ENVIRONMENT, ...process.env },
);
