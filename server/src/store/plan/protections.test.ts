import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL, type Protection, type Protections } from './protections.ts';
import { type Select, select } from './select.ts';
import { bind, type Fragment, name, type SqlTag, sqlTag } from './sql.ts';
import { PlanEngine, SECRET } from './testkit.ts';

/**
 * Each protection has an attack that only it stops: the others that would stop it too are taken away as well, so that
 * this one stands alone. With it the victim's rows (or the engine's own affairs) must not come; without it they must, else
 * the test would prove nothing.
 */
interface Attack {
  readonly on: Protection;
  readonly what: string;
  /** Protections that stop it as well. */
  readonly beside?: readonly Protection[];
  readonly plan: (sql: SqlTag) => Select;
  /** In the answer when it has worked. */
  readonly sign: string;
}

const count = (sql: SqlTag) => sql`count()`;
/** The attacker has 50 rows and so has the victim. */
const BOTH = '[100';
/** As a careless hand, or `any`, would bring it in. */
const forged = (text: string): Fragment => ({ texts: [text], values: [], aggregates: false }) as unknown as Fragment;

const ATTACKS: readonly Attack[] = [
  {
    on: 'predicate',
    what: 'all rows of a table',
    beside: ['rows', 'tableFilters'],
    plan: () => select({ columns: { it: name('body') }, from: 'logs' }),
    sign: SECRET,
  },
  {
    on: 'qualified',
    what: 'an alias called tenant before an unqualified predicate',
    beside: ['aliases', 'rows', 'tableFilters'],
    plan: (sql) => select({ columns: { tenant: sql`'tenant-a'`, it: name('body') }, from: 'logs' }),
    sign: SECRET,
  },
  {
    on: 'aliases',
    what: 'an alias called tenant',
    beside: ['qualified', 'rows', 'tableFilters'],
    plan: (sql) => select({ columns: { tenant: sql`'tenant-a'`, it: name('body') }, from: 'logs' }),
    sign: SECRET,
  },
  {
    on: 'aliases',
    what: 'an alias called tenant in a subquery',
    beside: ['qualified', 'rows', 'tableFilters'],
    plan: (sql) =>
      select({
        columns: { n: count(sql) },
        from: select({ columns: { tenant: sql`'tenant-a'`, it: name('body') }, from: 'logs' }),
      }),
    sign: BOTH,
  },
  {
    on: 'aliases',
    what: 'an alias called as the database is, with what the predicate names inside',
    beside: ['rows', 'tableFilters'],
    plan: (sql) =>
      select({
        columns: {
          hanok: sql`CAST(tuple(tuple('tenant-a')), 'Tuple(logs Tuple(tenant String))')`,
          it: name('body'),
        },
        from: 'logs',
      }),
    sign: SECRET,
  },
  {
    on: 'arrayJoins',
    what: 'an array join called tenant',
    beside: ['qualified', 'rows', 'tableFilters'],
    plan: (sql) => select({ columns: { it: name('body') }, from: 'logs', arrayJoin: { tenant: sql`['tenant-a']` } }),
    sign: SECRET,
  },
  {
    on: 'fragmentAliases',
    what: 'AS in a fragment',
    beside: ['qualified', 'rows', 'tableFilters', 'names'],
    plan: (sql) => select({ columns: { x: sql`upper('tenant-a' AS tenant)`, it: name('body') }, from: 'logs' }),
    sign: SECRET,
  },
  {
    on: 'fragmentAliases',
    what: 'an alias without AS in a fragment',
    beside: ['qualified', 'rows', 'tableFilters'],
    plan: (sql) => select({ columns: { x: sql`upper('tenant-a') tenant, body` }, from: 'logs' }),
    sign: '',
  },
  {
    on: 'brands',
    what: 'an object of the shape of a fragment',
    beside: ['rows', 'tableFilters', 'names'],
    plan: () =>
      select({
        columns: { it: forged('(SELECT any(body) FROM hanok.logs WHERE tenant != {tenant:String})') },
        from: 'logs',
      }),
    sign: SECRET,
  },
  {
    on: 'functions',
    what: 'a function that reads a file',
    plan: (sql) => select({ columns: { it: sql`file('/proc/self/status')` }, from: 'logs', limit: 1 }),
    sign: 'Threads',
  },
  {
    on: 'functions',
    what: 'a call whose name comes through a hole',
    plan: (sql) => select({ columns: { it: sql`${name('file')}('/proc/self/status')` }, from: 'logs', limit: 1 }),
    beside: ['names'],
    sign: 'Threads',
  },
  {
    on: 'functions',
    what: 'a function that tells of the engine',
    plan: (sql) => select({ columns: { it: sql`concat('v', version())` }, from: 'logs', limit: 1 }),
    sign: '"v2',
  },
  {
    on: 'words',
    what: 'a subquery in a fragment',
    beside: ['tableFilters', 'names', 'functions', 'tokens', 'fragmentAliases'],
    plan: (sql) =>
      select({
        columns: { it: sql`(SELECT max(body) FROM hanok.logs WHERE hanok.logs.tenant != 'tenant-a')` },
        from: 'logs',
      }),
    sign: SECRET,
  },
  {
    on: 'names',
    what: 'a column that the engine adds',
    plan: (sql) =>
      select({
        columns: { it: sql`toString(_part_offset)` },
        from: 'logs',
        orderBy: [sql`_part_offset DESC`],
        limit: 1,
      }),
    // The attacker has rows 0 to 49 of the part.
    sign: '"49"',
  },
  {
    on: 'tokens',
    what: 'a parenthesis that closes the filter',
    beside: ['rows', 'tableFilters'],
    plan: (sql) => select({ columns: { it: name('body') }, from: 'logs', where: [sql`1) OR (1`] }),
    sign: SECRET,
  },
  {
    on: 'tokens',
    what: 'a comment',
    beside: ['rows', 'tableFilters', 'predicate'],
    plan: (sql) => select({ columns: { it: name('body') }, from: 'logs', where: [sql`1 = 1) /* `, sql` */ OR (1`] }),
    sign: SECRET,
  },
  {
    on: 'sets',
    what: 'a table behind IN',
    beside: ['tableFilters', 'names', 'tokens', 'fragmentAliases'],
    plan: (sql) => select({ columns: { n: sql`countIf('secret' IN secrets)` }, from: 'logs' }),
    sign: '[50',
  },
  {
    on: 'rows',
    what: 'a filter that holds nothing back',
    beside: ['predicate', 'tableFilters'],
    plan: () => select({ columns: { it: name('body') }, from: 'logs' }),
    sign: SECRET,
  },
  {
    on: 'rows',
    what: 'rows of another among those that a count stands for',
    beside: ['predicate', 'tableFilters'],
    plan: (sql) => select({ columns: { n: count(sql) }, from: 'logs' }),
    sign: BOTH,
  },
  {
    on: 'rows',
    what: 'rows of another below two levels of counting',
    beside: ['predicate', 'tableFilters'],
    plan: (sql) =>
      select({
        columns: { n: sql`sum(one)` },
        from: select({ columns: { s: name('service_name'), one: count(sql) }, from: 'logs', groupBy: [name('s')] }),
      }),
    sign: BOTH,
  },
  {
    on: 'tableFilters',
    what: 'a filter that holds nothing back',
    beside: ['predicate', 'rows'],
    plan: () => select({ columns: { it: name('body') }, from: 'logs' }),
    sign: SECRET,
  },
  {
    on: 'tableFilters',
    what: 'another’s rows in a set',
    beside: ['predicate', 'rows'],
    plan: (sql) =>
      select({
        columns: {
          n: sql`countIf(${bind.string(SECRET)} IN ${select({ columns: { it: name('body') }, from: 'logs' })})`,
        },
        from: 'spans',
      }),
    sign: BOTH,
  },
];

let engine: PlanEngine;
beforeAll(() => {
  engine = new PlanEngine();
  engine.query('CREATE VIEW default.secrets AS SELECT body FROM hanok.logs');
});
afterAll(() => engine.close());

const without = (from: Protections, names: readonly Protection[]): Protections => ({
  ...from,
  ...Object.fromEntries(names.map((one) => [one, false])),
});
/** What comes of it: the answer, or why there is none. */
function outcome(attack: Attack, protections: Protections): string {
  try {
    return engine.ask(attack.plan(sqlTag(protections)), protections);
  } catch (error) {
    return `refused: ${String(error)}`;
  }
}

describe.each(ATTACKS)('$on: $what', (attack) => {
  it('is stopped by it alone', () => {
    const answer = outcome(attack, without(ALL, attack.beside ?? []));
    if (!answer.startsWith('refused: ')) expect(answer).not.toContain(attack.sign);
  });

  it('works without it, so that taking it away is seen', () => {
    const answer = outcome(attack, without(ALL, [...(attack.beside ?? []), attack.on]));
    expect(answer).not.toMatch(/^refused: /);
    expect(answer).toContain(attack.sign);
  });
});

it('every protection is attacked', () => {
  expect(new Set(ATTACKS.map((attack) => attack.on))).toEqual(new Set(Object.keys(ALL)));
});

it('stops none of what plans need', () => {
  const sql = sqlTag(ALL);
  const plan = select({
    columns: {
      s: name('it'),
      n: sql`sum(m)`,
      share: sql`sum(m) / ${select({ columns: { k: sql`count()` }, from: 'spans' })}`,
    },
    from: select({
      columns: { it: name('service_name'), m: sql`countIf(arrayExists(x -> x = ${bind.string('mine')}, [body]))` },
      from: 'logs',
      where: [sql`body IN ${select({ columns: { b: name('name') }, from: 'spans' })}`],
      groupBy: [name('it')],
    }),
    groupBy: [name('s')],
  });
  expect(engine.ask(plan, ALL)).toBe('["shop", 50, 1, 0]\n');
});
