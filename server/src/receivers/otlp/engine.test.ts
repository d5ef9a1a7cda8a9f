import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIGNALS } from '@hanok/contract';
import { Session } from 'chdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LAYOUTS, readRows, type TableName } from '#base';
import { request } from './testkit/generate.ts';
import { contextOf, open } from './testkit/instance.ts';
import { encode } from './testkit/peer.ts';
import { Random } from './testkit/random.ts';

let directory: string;
let session: Session;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hanok-otlp-'));
  session = new Session(join(directory, 'data'));
});
afterAll(() => {
  session.cleanup();
  rmSync(directory, { recursive: true, force: true });
});

it.each(SIGNALS)('the engine reads what %s become', async (signal) => {
  const decoder = open();
  const pieces = new Map<TableName, Uint8Array[]>();
  for (let seed = 1; seed <= 60; seed++) {
    const { batch } = decoder.decode(
      signal,
      'protobuf',
      encode(signal, request(signal, new Random(seed))),
      contextOf(),
    );
    for (const { table, bytes } of batch?.blocks ?? []) pieces.set(table, [...(pieces.get(table) ?? []), bytes]);
  }
  expect(pieces.size).toBeGreaterThan(3);
  for (const [table, blocks] of pieces) {
    const bytes = Buffer.concat(blocks);
    const path = join(directory, `${signal}-${table}.native`);
    writeFileSync(path, bytes);
    const structure = LAYOUTS[table].columns.map(({ name, type }) => `${name} ${type}`).join(', ');
    // On several threads blocks may come in another order.
    const sql = `SELECT * FROM file('${path}', Native, '${structure}') SETTINGS max_threads = 1`;
    const result = await session.queryAsync(sql, { format: 'Native' });
    expect([...readRows(result.bytes())]).toEqual([...readRows(bytes)]);
  }
});
