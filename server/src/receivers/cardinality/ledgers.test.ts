import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Meter, silentLog } from '#base';
import { cardinalityLimits, DEFAULT_LIMITS, Ledger } from '#pipeline';
import { decodeLedger, encodeLedger } from './ledger-file.ts';
import { Ledgers } from './ledgers.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const DAY = 86_400_000_000_000n;
const TODAY = 20_700n * DAY;

let dir: string;
let at = 0;
const meter = new Meter();
const limits = { ...cardinalityLimits(DEFAULT_LIMITS), services: 100 };
const open = (changes: Partial<typeof limits> = {}) =>
  new Ledgers({
    limits: { ...limits, ...changes },
    dir,
    clock: { now: () => at, nanos: () => TODAY, monotonic: () => 0 },
    log: silentLog,
    meter,
    key: () => [1, 2],
  });
/** How many of `count` names are let in. */
function admitted(ledger: SharedArrayBuffer, from: number, count: number): number {
  const opened = new Ledger(ledger);
  let admitted = 0;
  for (let i = from; i < from + count; i++) {
    const digest = createHash('md5').update(String(i)).digest();
    if (opened.admits(0, digest.readInt32LE(0), digest.readInt32LE(4))) admitted++;
  }
  return admitted;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-ledgers-'));
  at = 1_000;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('limits of a tenant', () => {
  it('are its own beside the others, hold at once when they change, and stay with the same figures', () => {
    let own: { series: number; attributeKeys: number } | undefined = { series: 7, attributeKeys: 3 };
    const ledgers = new Ledgers({
      limits,
      limitsOf: (tenant) => (tenant === A ? own : undefined),
      dir: undefined,
      clock: { now: () => at, nanos: () => TODAY, monotonic: () => 0 },
      log: silentLog,
      meter,
      key: () => [1, 2],
    });
    const of = (tenant: TenantId) => {
      const ledger = new Ledger(ledgers.of(tenant, TODAY));
      return [ledger.limit('services'), ledger.limit('series'), ledger.limit('keys-traces')];
    };
    expect(of(A)).toEqual([100, 7, 3]);
    expect(of(B)).toEqual([100, limits.series, limits['keys-traces']]);
    const before = ledgers.of(A, TODAY);
    admitted(before, 0, 5);
    own = { ...own };
    expect(ledgers.of(A, TODAY)).toBe(before);
    own = { ...own, series: 8 };
    expect(of(A)).toEqual([100, 8, 3]);
    expect(ledgers.counts(A, TODAY)).toEqual({ series: 0, attributeKeys: 0 });
  });
});

describe('a restart', () => {
  it('does not begin to count anew, and knows what was there', async () => {
    const first = open();
    expect(admitted(first.of(A, TODAY), 0, 80)).toBe(80);
    expect(admitted(first.of(B, TODAY), 0, 1)).toBe(1);
    await first.close();
    const second = open();
    expect(admitted(second.of(A, TODAY + 5n), 0, 80)).toBe(80);
    expect(admitted(second.of(A, TODAY), 1_000, 500)).toBe(20);
    expect(admitted(second.of(B, TODAY), 1_000, 500)).toBe(99);
    await second.close();
  });

  it('knows nothing of a tenant that was deleted, and all of the others', async () => {
    const first = open();
    admitted(first.of(A, TODAY), 0, 80);
    admitted(first.of(B, TODAY), 0, 80);
    first.note(A, [{ counted: 'series', limit: 100, count: 0, name: 'x', of: '' }]);
    await first.save();
    await first.forget(A);
    expect(first.notices(A)).toEqual([]);
    await first.save();
    expect(readdirSync(dir)).toEqual(['tenant-b.ledger']);
    expect(admitted(first.of(A, TODAY), 1_000, 500)).toBe(100);
    await first.close();
  });

  it('after a kill knows what was saved until then', async () => {
    const killed = open();
    admitted(killed.of(A, TODAY), 0, 60);
    await killed.save();
    admitted(killed.of(A, TODAY), 60, 40);
    // Never closed.
    const second = open();
    expect(admitted(second.of(A, TODAY), 5_000, 500)).toBe(40);
  });

  it('begins anew on another day, with other limits, and with a damaged file', async () => {
    const first = open();
    admitted(first.of(A, TODAY), 0, 100);
    await first.close();
    expect(admitted(open().of(A, TODAY + DAY), 500, 200)).toBe(100);
    expect(admitted(open({ services: 150 }).of(A, TODAY), 500, 200)).toBe(150);
    const file = join(dir, `${A}.ledger`);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(admitted(open().of(A, TODAY), 500, 200)).toBe(100);
    writeFileSync(file, '');
    expect(admitted(open().of(A, TODAY), 500, 200)).toBe(100);
  });
});

it('gives one ledger a day, the same to everybody who asks, and goes on when the clock is set back', () => {
  const ledgers = open();
  const today = ledgers.of(A, TODAY);
  expect(ledgers.of(A, TODAY + 1n)).toBe(today);
  const tomorrow = ledgers.of(A, TODAY + DAY);
  expect(tomorrow).not.toBe(today);
  expect(ledgers.of(A, TODAY)).toBe(tomorrow);
});

it('writes what a ledger has, not its size, and reads back the same', () => {
  const ledger = Ledger.make(limits, 20_700, [3, 4]);
  for (let i = 0; i < 2_000; i++) ledger.admits(2, Math.imul(i, 0x9e3779b1), Math.imul(i, 0x85ebca6b));
  const file = encodeLedger(ledger.buffer);
  expect(file.length).toBeLessThan(200_000);
  expect(ledger.buffer.byteLength).toBeGreaterThan(2_000_000);
  expect(Buffer.from(decodeLedger(file)!).equals(Buffer.from(ledger.buffer))).toBe(true);
  for (const cut of [0, 10, 100, file.length - 1]) expect(decodeLedger(file.subarray(0, cut))).toBeUndefined();
});

describe('notices', () => {
  const hit = { counted: 'series', limit: 10, count: 3, name: 'calls', of: 'request.id' } as const;
  it('say what is beyond, how much, and what grows, to the tenant alone, for a quarter of an hour', () => {
    const ledgers = open();
    ledgers.note(A, [hit]);
    at += 60_000;
    ledgers.note(A, [{ ...hit, count: 4 }]);
    expect(ledgers.notices(B)).toEqual([]);
    expect(ledgers.notices(A)).toEqual([
      {
        tenant: A,
        code: 'pipeline.limit-series',
        message: 'more than 10 series today: 7 points were rejected; calls grows by its attribute request.id',
        values: { limit: 10, count: 7, name: 'calls', of: 'request.id' },
      },
    ]);
    expect(ledgers.notices(undefined)).toHaveLength(1);
    at += 15 * 60_000;
    expect(ledgers.notices(A)).toEqual([]);
    expect(meter.samples().find((one) => one.name === 'hanok_pipeline_limited_total')).toMatchObject({
      labels: { limit: 'series' },
      value: 7,
    });
  });
});
