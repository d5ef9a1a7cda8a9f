import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Signal } from '@hanok/contract';
import { MARK_BITS, readRows } from '#base';
import type { Decoded } from '../index.ts';
import { flattenLogs, flattenPoints, flattenSpans } from './flatten.ts';
import { type Flat, rebuildLogs, rebuildPoints, rebuildSpans, rowsOf } from './rebuild.ts';

/* Holds what the decoder kept against what protobufjs read; throws where they differ. */

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
  strictEqual(found.length, expected.length);
  found.forEach((record, i) => {
    const { severityNumber, severitySent, ...rest } = expected[i]!;
    const { severityNumber: number, severityText: _, severityOriginal: original, ...others } = record;
    // With an observed time only, the record is filed at that one.
    deepStrictEqual(others, rest);
    const sentNumber = Number(severityNumber);
    if (sentNumber >= 1 && sentNumber <= 24) strictEqual(number, sentNumber);
    strictEqual(original, severitySent);
    strictEqual(
      (Number(rows[i]!['marks']) & MARK_BITS['severity-out-of-range']) !== 0,
      sentNumber < 0 || sentNumber > 24,
    );
  });
}

function compareSpans(decoded: Decoded, message: Record<string, unknown>): void {
  const { kept, rejected } = flattenSpans(message);
  deepStrictEqual(rebuildSpans(decoded.batch).map(bag), kept.map(bag));
  strictEqual(decoded.rejected, rejected);
  strictEqual(decoded.message === '', rejected === 0);
}

/** What a series is known by. Its description and metadata are not: they are kept once, of points that differ in them. */
const IDENTITY = ['resource', 'scope', 'name', 'unit', 'type', 'temporality', 'monotonic', 'attributes'] as const;

/** `sent` with the description and metadata that were found, if a point of its series in the request has them. */
function asDescribed(sent: Flat, found: Flat, all: readonly Flat[]): Flat {
  const { description, metadata } = found;
  const says = (one: Flat) => isDeepStrictEqual([one['description'], one['metadata']], [description, metadata]);
  if (says(sent)) return sent;
  const isSame = (one: Flat) => IDENTITY.every((key) => isDeepStrictEqual(one[key], sent[key]));
  return all.some((one) => says(one) && isSame(one)) ? { ...sent, description, metadata } : sent;
}

function comparePoints(decoded: Decoded, message: Record<string, unknown>): void {
  const found = rebuildPoints(decoded.batch).map(bag);
  const expected = flattenPoints(message).map(bag);
  strictEqual(found.length, expected.length);
  const exemplars = new Map<unknown, Flat[]>();
  found.forEach(({ exemplarKey, ...point }, i) => {
    const { exemplars: sent, ...rest } = expected[i]!;
    const { exemplars: kept, ...others } = point as Flat;
    deepStrictEqual(others, asDescribed(rest, others, expected));
    // Points of one series at one time share their exemplars.
    const before = exemplars.get(exemplarKey) ?? [];
    const all = [...before, ...(sent as Flat[])];
    exemplars.set(exemplarKey, all);
    // One without a time is filed with its point.
    const timed = all.map((one, k) => (one['time'] === 0n ? { ...one, time: (kept as Flat[])[k]?.['time'] } : one));
    deepStrictEqual((kept as Flat[]).slice(0, all.length), timed);
  });
  const total = [...exemplars.values()].reduce((sum, list) => sum + list.length, 0);
  strictEqual(rowsOf(decoded.batch).exemplars.length, total);
}

export const compare: Readonly<Record<Signal, (decoded: Decoded, message: Record<string, unknown>) => void>> = {
  logs: compareLogs,
  traces: compareSpans,
  metrics: comparePoints,
};

/** All rows of a result, for comparing two of them whole. */
export const everything = (decoded: Decoded) =>
  (decoded.batch?.blocks ?? []).map((block) => ({ table: block.table, rows: [...readRows(block.bytes)] }));
