import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Engine } from './engine.ts';
import { type EngineArguments, type EngineReady, isEngineClose } from './protocol.ts';
import { createEngineServer } from './server.ts';

/**
 * The engine's process: one data path, one private socket. It lives no longer than its parent: when the IPC channel
 * closes it dies at once, because a second engine on the same path must not find it there. The engine's own files
 * bear that (it is what happens in a crash), and whatever was not yet committed is inserted again by the drainer.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as EngineArguments;

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C reaches the whole process group; the parent closes us in its own order.
process.on('SIGINT', () => undefined);

/** A killed engine that holds gigabytes takes a moment to be gone. */
const LOCK_WITHIN_MS = 20_000;

// The one before us may still be dying, and what it left can be read only when it is dead.
const lock = new DatabaseSync(join(options.dir, 'lock'), { timeout: LOCK_WITHIN_MS });
lock.exec('BEGIN EXCLUSIVE');

const engine = await Engine.open({
  ...options,
  broken(why) {
    console.error(`the engine ends itself: ${why}`);
    process.kill(process.pid, 'SIGKILL');
  },
});
const server = createEngineServer(engine, randomUUID);

// So does a SIGTERM that a service manager sends to all of a service's processes. One that comes before this line ends us.
process.on('SIGTERM', () => undefined);
process.on('message', (message) => {
  if (!isEngineClose(message)) return;
  server.close();
  server.closeIdleConnections();
  void engine.close().then(() => process.exit(0));
});

rmSync(options.socketPath, { force: true });
server.listen(options.socketPath, () => {
  const ready: EngineReady = { type: 'ready' };
  process.send?.(ready);
  // Kept now, because an engine is more often killed than ended.
  flushCompileCache();
});
