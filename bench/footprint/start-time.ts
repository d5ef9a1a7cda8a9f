/** From spawning the program until `/health/ready` answers 200. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, root } from '../../e2e/instance.ts';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../scripts/node-flags.mjs';

const node = join(root, 'node_modules', '.bin', 'node');
const LOOK_EVERY_MS = 5;
const GIVE_UP_MS = 120_000;

/** `start.mjs`: what `npm start` runs, its look at packages and UI included. `cli`: the server by itself. */
export type Way = 'start.mjs' | 'cli';

export interface StartTime {
  /** Milliseconds until the first answer of any kind, and until ready. */
  readonly live: number;
  readonly ready: number;
}

export async function startTime(way: Way, dataDir: string, env: Readonly<Record<string, string>>): Promise<StartTime> {
  const [http, otlpHttp, otlpGrpc] = await freePorts(3);
  const args =
    way === 'cli'
      ? [...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'start']
      : [join(root, 'scripts', 'start.mjs')];
  const began = performance.now();
  const child = spawn(node, args, {
    cwd: root,
    env: {
      ...(way === 'cli' ? NODE_ENVIRONMENT : {}),
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      HANOK_DATA_DIR: dataDir,
      HANOK_HTTP_PORT: String(http),
      HANOK_OTLP_HTTP_PORT: String(otlpHttp),
      HANOK_OTLP_GRPC_PORT: String(otlpGrpc),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    let live: number | undefined;
    for (;;) {
      const status = await fetch(`http://127.0.0.1:${http}/health/ready`).then(
        (answer) => answer.status,
        () => 0,
      );
      const now = performance.now() - began;
      if (status !== 0) live ??= now;
      if (status === 200) return { live: live!, ready: now };
      if (child.exitCode !== null || now > GIVE_UP_MS) throw new Error(`not ready (exit code ${child.exitCode})`);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await end(child);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
