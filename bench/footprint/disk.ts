/** Bytes on disk per record, beside the same records as OTLP compressed by zstd at level 3. */
import { constants, createZstdCompress } from 'node:zlib';
import type { Instance } from '../../e2e/instance.ts';
import { shop } from '../../scripts/seed/shop.ts';
import { encodeLogs, encodeSpans } from '../otlp.ts';
import { ask, settled } from './engine.ts';
import { type Post, post } from './post.ts';

export type DataSet = 'shop' | 'bench';
type Kind = 'logs' | 'spans';

export interface DiskFigure {
  readonly data: DataSet;
  readonly kind: Kind;
  readonly records: number;
  /** All bytes per record. */
  readonly otlp: number;
  readonly zstd: number;
  /** As merges left it, roll-ups and the share of resources, scopes and fields included. */
  readonly disk: number;
  /** The record's own table alone. */
  readonly table: number;
  /** Secondary indexes within `table`. */
  readonly indexes: number;
  readonly optimized: number;
}

const PER_REQUEST = 1_000;
/** Merges start within seconds of the last insert; when none has run for so long there is none to come soon. */
const QUIET_MS = 5_000;
const SETTLE_LIMIT_MS = 300_000;

function* requests(data: DataSet, records: number, seed: number, endMs: number): Generator<Made> {
  if (data === 'shop') {
    for (const { template, emission } of shop({
      seed,
      spans: records,
      logs: records,
      metrics: false,
      hours: 24,
      endMs,
    }))
      yield {
        kind: template.signal === 'logs' ? 'logs' : 'spans',
        records: template.records,
        body: template.stamp(emission),
      };
    return;
  }
  for (let i = 0; i < records / PER_REQUEST; i++) {
    const now = BigInt(endMs) * 1_000_000n;
    yield { kind: 'logs', records: PER_REQUEST, body: encodeLogs(PER_REQUEST, i, now) };
    yield { kind: 'spans', records: PER_REQUEST, body: encodeSpans(PER_REQUEST, i, now) };
  }
}

interface Made {
  readonly kind: Kind;
  readonly records: number;
  readonly body: Uint8Array;
}

/** Level 3 over all requests of a kind, one behind the other, as `cat requests | zstd -3` would. */
class Compressed {
  readonly #zstd = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  records = 0;
  otlp = 0;
  bytes = 0;
  readonly #ended: Promise<void>;

  constructor() {
    this.#zstd.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
    });
    this.#ended = new Promise((resolve, reject) => this.#zstd.on('end', resolve).on('error', reject));
  }

  add({ records, body }: Made): void {
    this.records += records;
    this.otlp += body.length;
    this.#zstd.write(body);
  }

  async end(): Promise<void> {
    this.#zstd.end();
    await this.#ended;
  }
}

/** The instance must be empty; the data goes to `tenant`, whose engine is `engine`. */
export async function measureDisk(
  instance: Instance,
  options: { readonly data: DataSet; readonly records: number; readonly seed: number; readonly endMs: number },
): Promise<DiskFigure[]> {
  const { ingestKey } = instance.tenant('tenant-b');
  const sent = { logs: new Compressed(), spans: new Compressed() };
  function* posts(): Generator<Post> {
    for (const made of requests(options.data, options.records, options.seed, options.endMs)) {
      sent[made.kind].add(made);
      yield { key: ingestKey, path: made.kind === 'logs' ? '/v1/logs' : '/v1/traces', body: made.body };
    }
  }
  await post(instance.otlpHttp, posts());
  await Promise.all([sent.logs.end(), sent.spans.end()]);
  await settled(instance, 'pool', QUIET_MS, SETTLE_LIMIT_MS);
  const before = await sizes(instance);
  for (const kind of ['logs', 'spans'] as const)
    if (before.rows(kind) !== sent[kind].records)
      throw new Error(`${before.rows(kind)} ${kind} are queryable of ${sent[kind].records} acknowledged`);
  for (const table of before.tables) await ask(instance, 'pool', `OPTIMIZE TABLE hanok.${table} FINAL`);
  const after = await sizes(instance);
  return (['logs', 'spans'] as const).map((kind) => ({
    data: options.data,
    kind,
    records: sent[kind].records,
    otlp: sent[kind].otlp / sent[kind].records,
    zstd: sent[kind].bytes / sent[kind].records,
    disk: before.perRecord(kind),
    table: before.bytes(kind) / before.rows(kind),
    indexes: before.indexes(kind) / before.rows(kind),
    optimized: after.perRecord(kind),
  }));
}

async function sizes(instance: Instance) {
  const rows = await ask(
    instance,
    'pool',
    `SELECT table, toFloat64(sum(rows)) AS rows, toFloat64(sum(bytes_on_disk)) AS bytes,
       toFloat64(sum(secondary_indices_compressed_bytes + secondary_indices_marks_bytes)) AS indexes
     FROM system.parts WHERE active AND database = 'hanok' AND table != 'migrations' GROUP BY table`,
  );
  const of = (table: string, field: 'rows' | 'bytes' | 'indexes') =>
    Number(rows.find((row) => row['table'] === table)?.[field] ?? 0);
  const records = of('logs', 'rows') + of('spans', 'rows');
  const shared = ['resources', 'scopes', 'fields'].reduce((sum, table) => sum + of(table, 'bytes'), 0) / records;
  return {
    tables: rows.map((row) => String(row['table'])),
    rows: (kind: Kind) => of(kind, 'rows'),
    bytes: (kind: Kind) => of(kind, 'bytes'),
    indexes: (kind: Kind) => of(kind, 'indexes'),
    perRecord: (kind: Kind) =>
      [kind, ...(kind === 'spans' ? ['operations', 'trace_hours'] : [])].reduce(
        (sum, table) => sum + of(table, 'bytes'),
        0,
      ) /
        of(kind, 'rows') +
      shared,
  };
}

/** What each column of a table costs, per row, with its codec; largest first. Measured on a copy, because compact parts do not tell. */
export async function columnCosts(instance: Instance, table: Kind) {
  const copy = `hanok.${table}_by_column`;
  await ask(instance, 'pool', `CREATE TABLE ${copy} AS hanok.${table}`);
  await ask(instance, 'pool', `ALTER TABLE ${copy} MODIFY SETTING min_bytes_for_wide_part = 0`);
  await ask(instance, 'pool', `INSERT INTO ${copy} SELECT * FROM hanok.${table}`);
  await ask(instance, 'pool', `OPTIMIZE TABLE ${copy} FINAL`);
  const costs = await ask(
    instance,
    'pool',
    `SELECT column, any(compression_codec) AS codec, round(sum(column_data_compressed_bytes) / sum(rows), 3) AS per_row,
       round(sum(column_data_uncompressed_bytes) / sum(rows), 2) AS raw_per_row
     FROM (SELECT * FROM system.parts_columns WHERE active AND database || '.' || table = '${copy}') AS p
     LEFT JOIN (SELECT name, compression_codec FROM system.columns WHERE database || '.' || table = '${copy}') AS c
       ON p.column = c.name
     GROUP BY column ORDER BY per_row DESC`,
  );
  await ask(instance, 'pool', `DROP TABLE ${copy} SYNC`);
  return costs;
}
