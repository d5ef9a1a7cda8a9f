import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { TenantId } from '@hanok/contract';
import { eventually, type Instance } from '../../e2e/instance.ts';
import { DEFAULT_LIMITS } from '../../server/src/pipeline/index.ts';
import { openOtlpDecoder } from '../../server/src/receivers/otlp/index.ts';
import { ClickHouse } from '../../server/src/store/clickhouse.ts';
import { INSERT_SETTINGS } from '../../server/src/store/drain.ts';
import type { Signal } from './load.ts';

const TABLES: Readonly<Record<Signal, readonly string[]>> = {
  logs: ['logs'],
  spans: ['spans'],
  samples: ['samples', 'histograms'],
};

/** Rows of one bare insert, about what the drainer's fattest inserts have. */
const ROWS_PER_INSERT = 200_000;

/** One insert: a table's blocks, put together. */
export interface ReadyInsert {
  readonly table: string;
  readonly blocks: readonly Uint8Array[];
}

/**
 * What the requests come to in the engine's own format. `known` is decoded before and thrown away, so that resources and
 * series which the server has already stored are not stored by the other side.
 */
export function readyInserts(
  signal: Signal,
  bodies: readonly Uint8Array[],
  perRequest: number,
  known: readonly Uint8Array[],
): ReadyInsert[] {
  const decoder = openOtlpDecoder(DEFAULT_LIMITS);
  const context = {
    tenant: 'tenant-b' as TenantId,
    arrival: BigInt(Date.now()) * 1_000_000n,
    epoch: 'first',
    retentionDays: { logs: 30, traces: 30, metrics: 90 },
  };
  const kind = signal === 'logs' ? 'logs' : signal === 'spans' ? 'traces' : 'metrics';
  const decode = (body: Uint8Array) => {
    const decoded = decoder.decode(kind, 'protobuf', gunzipSync(body), context);
    decoder.confirm(decoded.token);
    return decoded.batch?.blocks ?? [];
  };
  for (const body of known) decode(body);
  const perInsert = Math.max(1, Math.floor(ROWS_PER_INSERT / perRequest));
  const inserts: ReadyInsert[] = [];
  for (let i = 0; i < bodies.length; i += perInsert) {
    const tables = new Map<string, Uint8Array[]>();
    for (const body of bodies.slice(i, i + perInsert))
      for (const { table, bytes } of decode(body)) {
        const blocks = tables.get(table) ?? [];
        blocks.push(bytes.slice());
        tables.set(table, blocks);
      }
    for (const [table, blocks] of tables) inserts.push({ table, blocks });
  }
  return inserts;
}

/** The engine of one store, spoken to directly, so that bare inserts are its own work only. */
export interface EngineSide {
  /** Rows of the signal that a query would see. */
  rows(signal: Signal): Promise<number>;
  /** Resolves when that many rows are there; throws when it takes longer. */
  reach(signal: Signal, rows: number, seconds: number): Promise<void>;
  insert(inserts: readonly ReadyInsert[]): Promise<void>;
  empty(signal: Signal): Promise<void>;
  /** Resolves when no merge has been running for a moment, or after ten seconds. */
  settle(): Promise<void>;
  close(): void;
}

/** A look at the rows costs the engine CPU that counts as its own: 3.4 ms net of idle over 151 looks, in one run. */
const LOOK_LEAST_MS = 100;
const LOOK_MOST_MS = 1_000;

let tokens = 0;

/** Resolves when the engine's tables are made. */
export async function openEngineSide(instance: Instance, store = 'pool'): Promise<EngineSide> {
  const dir = join(instance.dataDir, 'engines', store);
  const client = new ClickHouse({ socketPath: join(dir, 'engine.sock'), spoolDir: join(dir, 'spool') });
  const number = async (sql: string) => Number((await client.rows({ sql }))[0]?.[0]);
  await eventually('the tables made', async () => (await number('EXISTS TABLE hanok.histograms')) === 1);
  const rows = async (signal: Signal) => {
    let sum = 0;
    for (const table of TABLES[signal]) sum += await number(`SELECT count() FROM hanok.${table}`);
    return sum;
  };
  return {
    rows,
    async reach(signal, wanted, seconds) {
      const began = performance.now();
      for (let first: number | undefined; ; ) {
        const seen = await rows(signal);
        if (seen === wanted) return;
        if (seen > wanted) throw new Error(`${seen} rows of ${signal} where ${wanted} were sent`);
        const now = performance.now();
        if (now > began + seconds * 1_000)
          throw new Error(`only ${seen} of ${wanted} ${signal} to be found after ${seconds} s`);
        first ??= seen;
        // Half of what the rest takes at the speed seen so far.
        const rest = seen > first ? ((now - began) * (wanted - seen)) / (seen - first) : 0;
        await sleep(Math.min(LOOK_MOST_MS, Math.max(LOOK_LEAST_MS, rest / 2)));
      }
    },
    async insert(inserts) {
      for (const { table, blocks } of inserts)
        await client.execute({
          sql: `INSERT INTO hanok.${table} FORMAT Native`,
          settings: { ...INSERT_SETTINGS, insert_deduplication_token: `bench:${process.pid}:${++tokens}` },
          body: blocks,
        });
    },
    async empty(signal) {
      for (const table of TABLES[signal]) await client.execute({ sql: `TRUNCATE TABLE hanok.${table}` });
    },
    async settle() {
      let quiet = 0;
      for (let i = 0; i < 100 && quiet < 3; i++) {
        quiet = (await number('SELECT count() FROM system.merges')) === 0 ? quiet + 1 : 0;
        await sleep(100);
      }
    },
    close: () => client.close(),
  };
}
