import type { TenantId } from '@hanok/contract';
import { parse, resolve } from '@hanok/contract/query';
import { describe, expect, it } from 'vitest';
import { type Select, sql } from '#store';
import { isRare } from './language/rare.ts';
import { type PageRequest, readPage } from './page.ts';
import { bigOf, type Row } from './rows.ts';
import { WindowEstimates } from './window-estimates.ts';

const TENANT = 'tenant' as TenantId;
const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
const NOW = 1_700_000_000n * SECOND;
const range = { from: NOW - 30n * DAY, to: NOW };

/** Answers each question from a list, and remembers how many it was asked. */
function asking(...answers: readonly Row[][]) {
  const plans: Select[] = [];
  const session = {
    partial: false,
    async rows(plan: Select): Promise<Row[]> {
      plans.push(plan);
      return answers[plans.length - 1] ?? [];
    },
  };
  return { session, plans };
}

const page = (more: Partial<PageRequest<Row>> = {}): PageRequest<Row> => ({
  table: 'logs',
  columns: { id: sql`id` },
  where: [],
  tie: sql`id`,
  decode: (row) => row,
  tieOf: (row) => bigOf(row['id']),
  range,
  order: { by: 'time', direction: 'down' },
  after: undefined,
  limit: 2,
  estimate: new WindowEstimates().of(TENANT, 'a question'),
  ...more,
});
const row = (key: bigint, id: number): Row => ({ page_key: String(key), id: String(id) });
const ids = (rows: ReadonlyArray<{ readonly record: Row }>) => rows.map(({ record }) => record['id']);

describe('a page', () => {
  it('is one question when the first window fills it', async () => {
    const { session, plans } = asking([row(NOW - 1n, 1), row(NOW - 2n, 2), row(NOW - 3n, 3)]);
    const { rows, next } = await readPage(session, page());
    expect(ids(rows)).toEqual(['1', '2']);
    expect(next).toMatchObject({ key: NOW - 2n, tie: 2n });
    expect(plans).toHaveLength(1);
  });

  it('that finds nothing asks four times in a month: seconds, a quarter of an hour, a day, the rest; later three times', async () => {
    const estimate = new WindowEstimates().of(TENANT, 'sparse');
    const { session, plans } = asking();
    expect((await readPage(session, page({ estimate }))).rows).toEqual([]);
    expect(plans).toHaveLength(4);
    await readPage(session, page({ estimate }));
    expect(plans).toHaveLength(4 + 3);
  });

  it('looks at as much time at first as a page of the question took when it was last asked, with a margin', async () => {
    const estimate = new WindowEstimates().of(TENANT, 'dense');
    const spread = [1n, 20n, 40n].map((back, i) => row(NOW - back * SECOND, i));
    const { session } = asking([], spread);
    expect(ids((await readPage(session, page({ estimate }))).rows)).toEqual(['0', '1']);
    // Two rows in forty seconds: three in sixty, twice as much to be sure.
    expect(estimate.first(3)).toBe(120n * SECOND);
    expect(estimate.first(1_000)).toBe(900n * SECOND);
    expect(new WindowEstimates().of(TENANT, 'another').first(3)).toBe(15n * SECOND);
  });

  it('does not learn from what its budget cut off', async () => {
    const estimate = new WindowEstimates().of(TENANT, 'costly');
    const { session } = asking();
    session.partial = true;
    await readPage(session, page({ estimate }));
    expect(estimate.first(3)).toBe(15n * SECOND);
  });

  it('of what an index finds begins with a day', async () => {
    const { session, plans } = asking();
    await readPage(session, page({ rare: true, range: { from: NOW - DAY, to: NOW } }));
    expect(plans).toHaveLength(1);
  });

  it('asks again when it ends among rows of one time, and takes the order from that answer', async () => {
    const tied = [row(NOW - 1n, 9), row(NOW - 2n, 1), row(NOW - 2n, 3)];
    const { session, plans } = asking(tied, [row(NOW - 1n, 9), row(NOW - 2n, 8), row(NOW - 2n, 3)]);
    expect(ids((await readPage(session, page())).rows)).toEqual(['9', '8']);
    expect(plans).toHaveLength(2);
  });

  it('puts rows of one time in order without asking when all of them are there', async () => {
    const { session, plans } = asking([row(NOW - 2n, 1), row(NOW - 2n, 3), row(NOW - 3n, 7)]);
    expect(ids((await readPage(session, page())).rows)).toEqual(['3', '1']);
    expect(plans).toHaveLength(1);
  });
});

describe('isRare', () => {
  const rare = (text: string, signal: 'logs' | 'traces' = 'logs') => isRare(resolve(parse(text), signal), signal);
  it.each(['order 10423377', 'body:550e8400', `trace_id:${'ab'.repeat(16)}`, 'level:error 4f3a2b1c9d'])(
    'takes %s for few rows',
    (text) => expect(rare(text)).toBe(true),
  );
  it.each(['timeout', 'http 404', '-10423377', '10423377 OR timeout', 'service.name:shop12345', '/10423377/', ''])(
    'does not take %s for few rows',
    (text) => expect(rare(text)).toBe(false),
  );
  it('knows that words of spans have no index', () => expect(rare('10423377', 'traces')).toBe(false));
});
