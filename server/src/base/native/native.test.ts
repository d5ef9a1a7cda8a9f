import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAYOUTS, type TableName } from '../layout/tables.ts';
import { encodeRows, joinBlocks, type NativeValue, readBlocks, readRows } from './index.ts';

/** What `encodeRows` writes, read by the engine itself, written again by it, and read by our reader. */
let directory: string;
let session: Session;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hanok-native-'));
  session = new Session(join(directory, 'data'));
});
afterAll(() => {
  session.cleanup();
  rmSync(directory, { recursive: true, force: true });
});

const structure = (table: TableName) => LAYOUTS[table].columns.map(({ name, type }) => `${name} ${type}`).join(', ');

async function throughEngine(table: TableName, bytes: Uint8Array, select = '*'): Promise<Uint8Array> {
  const path = join(directory, `${table}.native`);
  writeFileSync(path, bytes);
  const result = await session.queryAsync(`SELECT ${select} FROM file('${path}', Native, '${structure(table)}')`, {
    format: 'Native',
  });
  return result.bytes();
}

/** A value for every column type, different per row; row 0 is all zero and empty. */
function sample(type: string, row: number): NativeValue {
  const text = (i: number) => (i % 7 === 0 ? '' : `${'값'.repeat(i % 5)}\u0000v${i}${'x'.repeat(i % 300)}`);
  const fixed = (width: number) => new Uint8Array(width).fill(row % 251);
  const count = row % 4;
  switch (type) {
    case 'UInt8':
      return row % 256;
    case 'UInt16':
    case 'Date':
      return (row * 257) % 65_536;
    case 'UInt32':
      return (row * 16_777_259) % 4_294_967_296;
    case 'Int32':
      return ((row * 16_777_259) % 4_294_967_296) - 2_147_483_648;
    case 'UInt64':
      return BigInt.asUintN(64, BigInt(row) * 0x9e37_79b9_7f4a_7c15n);
    case 'Int64':
    case 'DateTime64(9)':
      return BigInt.asIntN(64, BigInt(row) * 0x9e37_79b9_7f4a_7c15n);
    case 'Float64':
      return row === 0 ? 0 : row % 5 === 0 ? Number.NEGATIVE_INFINITY : row / 7;
    case 'String':
    case 'LowCardinality(String)':
      return text(row);
    case 'FixedString(8)':
      return fixed(8);
    case 'FixedString(16)':
      return fixed(16);
    case 'Map(LowCardinality(String), String)':
      return Array.from({ length: count }, (_, i) => [`key ${i % 2}`, text(row + i)] as const);
    default:
      return Array.from({ length: count }, (_, i) => sample(type.slice(6, -1), row + i));
  }
}

describe('Native blocks', () => {
  it.each(Object.keys(LAYOUTS) as TableName[])('%s comes back from the engine as it was written', async (table) => {
    const rows = Array.from({ length: 700 }, (_, row) =>
      Object.fromEntries(LAYOUTS[table].columns.map(({ name, type }) => [name, sample(type, row)])),
    );
    const block = encodeRows(table, rows);
    expect([...readRows(block.bytes)]).toEqual(rows);
    expect([...readRows(await throughEngine(table, block.bytes))]).toEqual(rows);
    // As in a journal segment: blocks one after another are one table.
    const twice = new Uint8Array(block.bytes.length * 2);
    twice.set(block.bytes);
    twice.set(block.bytes, block.bytes.length);
    expect([...readRows(await throughEngine(table, twice))]).toHaveLength(1_400);
  });

  it('reads rows whose nested dictionaries are all empty', async () => {
    const block = encodeRows('spans', [{}, {}]);
    const [first] = [...readRows(await throughEngine('spans', block.bytes))];
    expect(first).toMatchObject({ event_names: [], attributes: [], name: '', trace_id: new Uint8Array(16) });
  });

  it.each([255, 256, 257, 65_535, 65_536, 70_000])('keeps a dictionary of %d keys', async (count) => {
    const rows = Array.from(
      { length: count },
      (_, i) => ({ service_name: `s${i}`, attributes: [[`k${i}`, 'v']] }) as const,
    );
    const read = await throughEngine('logs', encodeRows('logs', rows).bytes, 'service_name, attributes');
    let row = 0;
    for (const block of readBlocks(read)) {
      const [names, maps] = [block.column('service_name'), block.column('attributes')];
      for (let i = 0; i < block.rows; i++, row++) {
        if (names.get(i) !== `s${row}`) expect(names.get(i)).toBe(`s${row}`);
        if (row % 997 === 0) expect(maps.get(i)).toEqual([[`k${row}`, 'v']]);
      }
    }
    expect(row).toBe(count);
  });

  it('writes and reads an empty block', () => {
    const block = encodeRows('logs', []);
    const [read] = [...readBlocks(block.bytes)];
    expect(read?.rows).toBe(0);
    expect(read?.columns.map(({ name, type }) => ({ name, type }))).toEqual(LAYOUTS.logs.columns);
  });

  it.each(Object.keys(LAYOUTS) as TableName[])('%s: joined blocks have the rows of all', async (table) => {
    const rows = Array.from({ length: 900 }, (_, row) =>
      Object.fromEntries(LAYOUTS[table].columns.map(({ name, type }) => [name, sample(type, row)])),
    );
    // One row, which is all empty, then more than a dictionary of one byte holds, then blocks that say the same again.
    const parts = [rows.slice(0, 1), rows.slice(1, 700), rows.slice(700, 720), rows.slice(700, 720), rows.slice(720)];
    const joined = joinBlocks(parts.map((part) => encodeRows(table, part).bytes));
    expect([...readBlocks(joined)]).toHaveLength(1);
    expect([...readRows(joined)]).toEqual(parts.flat());
    expect([...readRows(await throughEngine(table, joined))]).toEqual(parts.flat());
    expect(Buffer.compare(joinBlocks([joined]), joined)).toBe(0);
  });

  it('joins no blocks of different tables, none without rows and none that is damaged', () => {
    const { bytes } = encodeRows('spans', [{ name: 'a', attributes: [['k', 'v']], event_names: ['e'] }]);
    const malformed = expect.objectContaining({ code: 'native.malformed' });
    expect(() => joinBlocks([bytes, encodeRows('logs', [{ body: 'b' }]).bytes])).toThrow(malformed);
    expect(() => joinBlocks([bytes, encodeRows('spans', []).bytes])).toThrow(malformed);
    for (let length = 1; length < bytes.length; length++)
      expect(() => joinBlocks([bytes, bytes.subarray(0, length)])).toThrow(malformed);
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i]! ^= 0xff;
      try {
        joinBlocks([bytes, damaged]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'native.malformed' });
      }
    }
  });

  it('refuses damaged blocks and never reads past them', () => {
    const { bytes } = encodeRows('spans', [{ name: 'a', attributes: [['k', 'v']], event_names: ['e'] }]);
    for (let length = 1; length < bytes.length; length++)
      expect(() => [...readRows(bytes.subarray(0, length))]).toThrow(
        expect.objectContaining({ code: 'native.malformed' }),
      );
    let refused = 0;
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i]! ^= 0xff;
      try {
        for (const _ of readRows(damaged));
      } catch (error) {
        expect(error).toMatchObject({ code: 'native.malformed' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});
