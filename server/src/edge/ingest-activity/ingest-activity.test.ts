import type { TenantId } from '@hanok/contract';
import { ingestActivityResponse } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import type { IngestReport } from '#base';
import { steeredClock } from '../../control/testkit/index.ts';
import { IngestActivity } from './ingest-activity.ts';
import { SecondRing } from './second-ring.ts';

const A = 'tenant-a' as TenantId;
const HANOK = 'hanok' as TenantId;

function arrival(over: Partial<IngestReport> = {}): IngestReport {
  return {
    at: 1_795_219_200_000,
    tenant: A,
    signal: 'logs',
    protocol: 'otlp-http',
    outcome: 'accepted',
    code: null,
    message: null,
    fix: null,
    records: 10,
    bytes: 1_000,
    rejected: 0,
    remote: '192.0.2.1',
    userAgent: 'agent/1',
    service: 'shop',
    ...over,
  };
}

describe('SecondRing', () => {
  it('has the last whole minute, oldest first', () => {
    const ring = new SecondRing();
    for (let second = 1_000; second < 1_100; second++) ring.add(second, second);
    const seconds = ring.before(1_100);
    expect(seconds).toHaveLength(60);
    expect([seconds[0], seconds[59]]).toEqual([1_040, 1_099]);
    expect(ring.before(1_130).slice(28, 32)).toEqual([1_098, 1_099, 0, 0]);
    expect(ring.before(2_000).every((sum) => sum === 0)).toBe(true);
  });

  it('drops what comes too late for its slot', () => {
    const ring = new SecondRing();
    ring.add(1_060, 1);
    ring.add(1_000, 5);
    expect(ring.before(1_061)[59]).toBe(1);
  });
});

describe('IngestActivity', () => {
  it('counts per tenant and signal, and answers as the contract says', () => {
    const clock = steeredClock();
    const activity = new IngestActivity(clock);
    activity.report(arrival());
    activity.report(
      arrival({ signal: 'traces', outcome: 'partial', code: 'receivers.partial', records: 5, rejected: 2 }),
    );
    activity.report(arrival({ outcome: 'refused', code: 'edge.rate-limited', records: 0 }));
    clock.advance(1_000);
    const view = ingestActivityResponse.parse(activity.view(A, []));
    expect([view.accepted.logs[59], view.accepted.traces[59], view.refused[59]]).toEqual([10, 5, 1]);
    expect(view.totals).toEqual({ records: 15, bytes: 2_000, refused: 1, rejected: 2 });
    expect(view.recent.map((line) => line.outcome)).toEqual(['refused', 'partial', 'accepted']);
    expect(activity.view('tenant-b' as TenantId, []).recent).toEqual([]);
  });

  it('shows refusals of unknown credentials to operators only', () => {
    const activity = new IngestActivity(steeredClock());
    activity.report(arrival({ tenant: null, outcome: 'refused', code: 'edge.unknown-key', remote: '203.0.113.9' }));
    expect(activity.view(HANOK, []).recent).toHaveLength(1);
    expect(JSON.stringify(activity.view(A, []))).not.toContain('203.0.113.9');
  });

  it('says in short what comes, and forgets a tenant that is gone', () => {
    const clock = steeredClock();
    const activity = new IngestActivity(clock);
    expect(activity.glance(A)).toEqual({ recordsPerSecond: 0, refused: 0, lastAt: null });
    for (let i = 0; i < 30; i++) activity.report(arrival({ at: clock.now(), records: 20 }));
    activity.report(arrival({ at: clock.now(), outcome: 'refused', code: 'edge.rate-limited', records: 0 }));
    clock.advance(1_000);
    expect(activity.glance(A)).toEqual({ recordsPerSecond: 10, refused: 1, lastAt: '1795219200000000000' });
    activity.forget(A);
    expect(activity.glance(A).lastAt).toBeNull();
    expect(activity.view(A, []).totals.records).toBe(0);
  });

  it('folds several senders that take turns, and keeps at most a hundred lines', () => {
    const activity = new IngestActivity(steeredClock());
    for (let i = 0; i < 300; i++) activity.report(arrival({ service: `s${i % 3}`, at: 1_795_219_200_000 + i }));
    const view = activity.view(A, []);
    expect(view.recent.map((line) => [line.service, line.requests, line.records])).toEqual([
      ['s2', 100, 1_000],
      ['s1', 100, 1_000],
      ['s0', 100, 1_000],
    ]);
    for (let i = 0; i < 500; i++) activity.report(arrival({ service: `many${i}`, userAgent: 'x'.repeat(10_000) }));
    expect(activity.view(A, []).recent).toHaveLength(100);
    expect(JSON.stringify(activity.view(A, [])).length).toBeLessThan(100_000);
    activity.report(arrival({ service: 'many499', userAgent: 'x'.repeat(10_000) }));
    expect(activity.view(A, []).recent[0]?.requests).toBe(2);
  });

  it('begins a new line after a minute', () => {
    const activity = new IngestActivity(steeredClock());
    activity.report(arrival());
    activity.report(arrival({ at: arrival().at + 60_000 }));
    expect(activity.view(A, []).recent).toHaveLength(2);
  });

  it('counts what was cut or moved over the last hour, for its tenant alone', () => {
    const clock = steeredClock();
    const activity = new IngestActivity(clock);
    const told = (over: Partial<IngestReport>) => activity.report(arrival({ at: clock.now(), ...over }));
    told({ marks: { 'value-cut': 3, 'severity-derived': 10, 'keys-repeated': 2 } });
    told({ signal: 'traces', marks: { 'time-placed': 5 } });
    clock.advance(30 * 60_000);
    told({ marks: { 'value-cut': 4, 'depth-cut': 0 } });
    const marked = () =>
      ingestActivityResponse.parse(activity.view(A, [])).marked.map((one) => [one.mark, one.signal, one.records]);
    // A level that was derived and a key sent twice lose nothing.
    expect(marked()).toEqual([
      ['value-cut', 'logs', 7],
      ['time-placed', 'traces', 5],
    ]);
    expect(activity.view('tenant-b' as TenantId, []).marked).toEqual([]);
    clock.advance(31 * 60_000);
    expect(marked()).toEqual([['value-cut', 'logs', 4]]);
    clock.advance(60 * 60_000);
    expect(marked()).toEqual([]);
    // A refused request stored nothing.
    told({ outcome: 'refused', code: 'x', marks: { 'value-cut': 1 } });
    expect(marked()).toEqual([]);
  });
});
