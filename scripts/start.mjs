// Becomes the shell that runs the server, with its flags and environment, and starts it again when it crashed. Runs on Node 24
// (`npm start` hands over to it with the shell's `exec`), so nothing but npm and that shell, a megabyte, stays beside it.
import { join } from 'node:path';
import { root } from './install.mjs';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-flags.mjs';

const server = [process.execPath, ...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'start'];
process.execve('/bin/sh', ['sh', join(root, 'scripts', 'supervise.sh'), ...server, ...process.argv.slice(2)], {
  ...NODE_ENVIRONMENT,
  ...process.env,
});
