import type { Span } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { buildTrace, findRepeats, visibleRows } from './model.ts';

const base = 1_790_000_000_000_000_000n;

function span(spanId: string, parentSpanId: string, start: number, duration: number, extra: Partial<Span> = {}): Span {
  return {
    traceId: 't',
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'internal',
    startTime: String(base + BigInt(start)),
    endTime: String(base + BigInt(start + duration)),
    duration,
    statusCode: 'unset',
    flags: 0,
    serviceName: 'shop',
    environment: '',
    hostName: '',
    businessId: '',
    attributes: {},
    events: [],
    links: [],
    resource: { id: '1', attributes: {} },
    ...extra,
  };
}

const names = (model: ReturnType<typeof buildTrace>) => model.spans.map((one) => one.spanId);

describe('buildTrace', () => {
  it('orders depth first, siblings by start, and measures depth, subtree and self time', () => {
    const model = buildTrace([
      span('c', 'a', 60, 30),
      span('a', '', 0, 100),
      span('b', 'a', 10, 40),
      span('d', 'b', 20, 10, { statusCode: 'error' }),
    ]);
    expect(names(model)).toEqual(['a', 'b', 'd', 'c']);
    expect([...model.depth]).toEqual([0, 1, 2, 1]);
    expect([...model.subtree]).toEqual([4, 2, 1, 1]);
    expect([...model.self]).toEqual([30, 30, 10, 30]);
    expect([...model.errorsBelow]).toEqual([1, 1, 0, 0]);
    expect(model.duration).toBe(100);
  });

  it('survives cycles, self-parents, repeated ids, missing parents and negative durations', () => {
    const model = buildTrace([
      span('a', 'b', 0, 10),
      span('b', 'c', 0, 10),
      span('c', 'a', 0, 10),
      span('s', 's', 5, 1),
      span('s', 'a', 6, -3),
      span('o', 'nowhere', 7, 1),
    ]);
    expect(model.count).toBe(6);
    expect(new Set(names(model))).toEqual(new Set(['a', 'b', 'c', 's', 'o']));
    expect(model.orphan[model.rowById.get('o')!]).toBe(1);
    expect(Math.min(...model.length)).toBe(0);
  });

  it('draws a chain of 20,000 spans', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      span(`n${i}`, i === 0 ? '' : `n${i - 1}`, i, 40_000 - 2 * i),
    );
    const model = buildTrace(chain);
    expect(model.depth[19_999]).toBe(19_999);
    expect(visibleRows(model, new Set([3])).length).toBe(4);
  });
});

describe('critical path', () => {
  const path = (model: ReturnType<typeof buildTrace>) =>
    Array.from(model.critical.row, (row, i) => [
      model.spans[row]!.spanId,
      model.critical.from[i],
      model.critical.to[i],
    ]);

  it('goes through sequential children and the gaps between them', () => {
    const model = buildTrace([span('a', '', 0, 100), span('b', 'a', 10, 30), span('c', 'a', 50, 40)]);
    expect(path(model)).toEqual([
      ['a', 0, 10],
      ['b', 10, 40],
      ['a', 40, 50],
      ['c', 50, 90],
      ['a', 90, 100],
    ]);
    expect(model.critical.time.reduce((sum, one) => sum + one, 0)).toBe(100);
  });

  it('takes the later of two parallel children and ignores the other', () => {
    const model = buildTrace([span('a', '', 0, 100), span('b', 'a', 10, 30), span('c', 'a', 10, 80)]);
    expect(path(model)).toEqual([
      ['a', 0, 10],
      ['c', 10, 90],
      ['a', 90, 100],
    ]);
  });

  it('clips a child that outlives its parent', () => {
    const model = buildTrace([span('a', '', 0, 100), span('b', 'a', 60, 500)]);
    expect(path(model)).toEqual([
      ['a', 0, 60],
      ['b', 60, 100],
    ]);
  });
});

it('finds repeated siblings', () => {
  const model = buildTrace([
    span('a', '', 0, 1_000),
    ...Array.from({ length: 12 }, (_, i) => span(`q${i}`, 'a', i * 10, 5, { name: 'SELECT orders' })),
  ]);
  const [repeat] = findRepeats(model, 10);
  expect(repeat).toMatchObject({ parent: 0, first: 1, total: 60 });
  expect(repeat!.rows).toHaveLength(12);
});
