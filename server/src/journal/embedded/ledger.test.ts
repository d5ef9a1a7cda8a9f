import { expect, it } from 'vitest';
import { Ledger, type Segment } from './ledger.ts';

const segment: Segment = {
  ...{ number: 1n, path: '/j/1', file: '1', marker: Buffer.alloc(16) },
  ...{ first: 1n, before: 0n, length: 9_000, entries: 3, records: 30, confirmed: 3n },
  ...{ passedAt: undefined, leaving: false },
};
const ledger = new Ledger('/j', [segment], { durable: 3n, next: 4n, nextSegment: 2n });
const place = { segment, offset: 6_000, records: 20, passedAppendedAt: 0 };

it('counts what lies behind a place', () => {
  expect(ledger.remaining({ ...place, next: 3n })).toEqual({ entries: 1, bytes: 3_000, records: 10 });
});

it('is at its end behind a damaged last entry, whose bytes and records nobody could read', () => {
  expect(ledger.remaining({ ...place, next: 4n })).toEqual({ entries: 0, bytes: 0, records: 0 });
});
