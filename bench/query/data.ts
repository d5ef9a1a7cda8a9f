/** Fills a data directory through the ingest ports and waits until the engine has settled. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { type Instance, root } from '../../e2e/instance.ts';
import { NODE_FLAGS } from '../../scripts/node-flags.mjs';
import { type Engine, rowsOf } from './clients.ts';

/** ClickHouse's database in every store. */
export const DATABASE = 'hanok';
/** No new parts and no merges for so long counts as settled. */
const QUIET_SECONDS = 5;

export const asTenant = (id: string) => id as TenantId;

/** `500k`, `10m`. */
export function amount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text);
  if (!match) throw new Error(`${text}: a number such as 20000, 500k or 10m is needed`);
  return Math.round(Number(match[1]) * ({ '': 1, k: 1e3, m: 1e6 }[match[2]!.toLowerCase()] ?? 1));
}

const countOf = async (engine: Engine, table: string): Promise<number> =>
  Number((await rowsOf(engine, `SELECT count() AS n FROM ${DATABASE}.${table}`))[0]!['n']);

export async function seedWhenEmpty(
  instance: Instance,
  engine: Engine,
  tenant: string,
  wanted: { readonly spans: number; readonly logs: number; readonly seed: number },
): Promise<void> {
  const [spans, logs] = [await countOf(engine, 'spans'), await countOf(engine, 'logs')];
  if (spans > 0 || logs > 0) {
    console.error(`kept data: ${spans.toLocaleString('en')} spans, ${logs.toLocaleString('en')} logs`);
    return;
  }
  const options = ['--spans', wanted.spans, '--logs', wanted.logs, '--seed', wanted.seed, '--tenant', tenant];
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, join(root, 'scripts', 'seed.ts'), 'shop', ...options.map(String), '--no-metrics'],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        HANOK_DATA_DIR: instance.dataDir,
        HANOK_HTTP_PORT: new URL(instance.url).port,
        HANOK_OTLP_HTTP_PORT: new URL(instance.otlpHttp).port,
      },
    },
  );
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the seed ended with ${code}`);
  for (;;) {
    const here = [await countOf(engine, 'spans'), await countOf(engine, 'logs')] as const;
    if (here[0] >= wanted.spans && here[1] >= wanted.logs) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Waits for merges to end; goes on after `mostSeconds` and says so. */
export async function settle(engine: Engine, mostSeconds: number): Promise<void> {
  let quiet = 0;
  let before = '';
  for (let second = 0; second < mostSeconds; second++) {
    const [{ state } = { state: '' }] = await rowsOf(
      engine,
      `SELECT concat(toString((SELECT count() FROM system.merges)), ' merges, ', toString(count()), ' parts') AS state
       FROM system.parts WHERE active AND database = '${DATABASE}'`,
    );
    quiet = state === before && state?.startsWith('0 ') ? quiet + 1 : 0;
    if (quiet >= QUIET_SECONDS) return;
    before = state ?? '';
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  console.error(`not settled after ${mostSeconds} s: ${before}`);
}
