import type { Signal, TenantId } from '@hanok/contract';
import { SIGNALS } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { MARK_BITS, readRows } from '#base';
import { DEFAULT_LIMITS } from '#pipeline';
import { type Decoded, openOtlpDecoder } from './index.ts';
import { flattenLogs, flattenPoints, flattenSpans } from './testkit/flatten.ts';
import { ARRIVAL, request } from './testkit/generate.ts';
import { encode, json, decode as peerDecode } from './testkit/peer.ts';
import { Random } from './testkit/random.ts';
import { type Flat, rebuildLogs, rebuildPoints, rebuildSpans, rowsOf } from './testkit/rebuild.ts';

const MESSAGES = Number(process.env['FUZZ_MESSAGES'] ?? 400);
const context = {
  tenant: 'tenant-a' as TenantId,
  arrival: ARRIVAL,
  retentionDays: { logs: 30, traces: 14, metrics: 90 },
};

/** Resources, scopes and series are bags: two that differ in order only are one. */
function bag(flat: Flat): Flat {
  const sorted = (of: unknown) => [...(of as unknown[])].map((pair) => JSON.stringify(pair)).sort();
  const resource = flat['resource'] as Flat;
  const scope = flat['scope'] as Flat | null;
  const empty =
    scope && scope['name'] === '' && scope['version'] === '' && scope['schemaUrl'] === '' && scope['dropped'] === 0;
  return {
    ...flat,
    resource: { ...resource, attributes: sorted(resource['attributes']) },
    scope:
      scope === null || (empty && (scope['attributes'] as unknown[]).length === 0)
        ? null
        : { ...scope, attributes: sorted(scope['attributes']) },
    ...('metadata' in flat ? { attributes: sorted(flat['attributes']) } : {}),
  };
}

function compareLogs(decoded: Decoded, message: Record<string, unknown>): void {
  const expected = flattenLogs(message).map(bag);
  const rows = rowsOf(decoded.batch).logs;
  const found = rebuildLogs(decoded.batch).map(bag);
  expect(found).toHaveLength(expected.length);
  found.forEach((record, i) => {
    const { severityNumber, severitySent, ...rest } = expected[i]!;
    const { severityNumber: number, severityText: word, severityOriginal: original, ...others } = record;
    // With an observed time only, the record is filed at that one.
    expect(others).toEqual(rest);
    const sentNumber = Number(severityNumber);
    if (sentNumber >= 1 && sentNumber <= 24) expect(number).toBe(sentNumber);
    expect(original === '' ? [word, ''] : [original]).toContain(severitySent);
    expect((Number(rows[i]!['marks']) & MARK_BITS['severity-out-of-range']) !== 0).toBe(
      sentNumber < 0 || sentNumber > 24,
    );
  });
}

function compareSpans(decoded: Decoded, message: Record<string, unknown>): void {
  const { kept, rejected } = flattenSpans(message);
  expect(rebuildSpans(decoded.batch).map(bag)).toEqual(kept.map(bag));
  expect(decoded.rejected).toBe(rejected);
  expect(decoded.message === '').toBe(rejected === 0);
}

function comparePoints(decoded: Decoded, message: Record<string, unknown>): void {
  const found = rebuildPoints(decoded.batch).map(bag);
  const expected = flattenPoints(message).map(bag);
  expect(found).toHaveLength(expected.length);
  const exemplars = new Map<unknown, Flat[]>();
  found.forEach(({ exemplarKey, ...point }, i) => {
    const { exemplars: sent, ...rest } = expected[i]!;
    const { exemplars: kept, ...others } = point as Flat;
    expect(others).toEqual(rest);
    // Points of one series at one time share their exemplars.
    const before = exemplars.get(exemplarKey) ?? [];
    const all = [...before, ...(sent as Flat[])];
    exemplars.set(exemplarKey, all);
    // One without a time is filed with its point.
    const timed = all.map((one, k) => (one['time'] === 0n ? { ...one, time: (kept as Flat[])[k]?.['time'] } : one));
    expect((kept as Flat[]).slice(0, all.length)).toEqual(timed);
  });
  const total = [...exemplars.values()].reduce((sum, list) => sum + list.length, 0);
  expect(rowsOf(decoded.batch).exemplars).toHaveLength(total);
}

const compare: Readonly<Record<Signal, (decoded: Decoded, message: Record<string, unknown>) => void>> = {
  logs: compareLogs,
  traces: compareSpans,
  metrics: comparePoints,
};

/** All rows of a result, for comparing two of them whole. */
const everything = (decoded: Decoded) =>
  (decoded.batch?.blocks ?? []).map((block) => ({ table: block.table, rows: [...readRows(block.bytes)] }));

describe.each(SIGNALS)('%s', (signal) => {
  it(`keeps every field that protobufjs reads, in ${MESSAGES} random requests, and the same from JSON`, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const another = openOtlpDecoder(DEFAULT_LIMITS);
    let records = 0;
    for (let seed = 1; seed <= MESSAGES; seed++) {
      const random = new Random(seed * 7_919);
      const bytes = encode(signal, request(signal, random));
      const message = peerDecode(signal, bytes);
      const decoded = decoder.decode(signal, 'protobuf', bytes, context);
      const text = json(message, () => random.chance(0.5));
      const fromJson = another.decode(signal, 'json', new TextEncoder().encode(text), context);
      try {
        compare[signal](decoded, message);
        expect(everything(fromJson)).toEqual(everything(decoded));
        expect({ ...fromJson, batch: null }).toEqual({ ...decoded, batch: null });
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}\n${text.slice(0, 2_000)}`, { cause: error });
      }
      records += decoded.records;
    }
    expect(records).toBeGreaterThan(MESSAGES);
  });
});
