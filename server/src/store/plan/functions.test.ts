import { afterAll, beforeAll, expect, it } from 'vitest';
import { FUNCTION_LISTS, isAggregate, isKnownFunction, SCALARS, WINDOWS } from './functions.ts';
import { PlanEngine } from './testkit.ts';

let engine: PlanEngine;
/** Name to whether it is an aggregate, as the engine says; aliases too. */
let known: ReadonlyMap<string, boolean>;
beforeAll(() => {
  engine = new PlanEngine();
  const rows = engine.query('SELECT name, is_aggregate FROM system.functions').trim().split('\n');
  known = new Map(rows.map((row) => JSON.parse(row) as [string, number]).map(([name, is]) => [name, is === 1]));
});
afterAll(() => engine.close());

it('lists what the engine has, and knows its aggregates from the others', () => {
  expect(FUNCTION_LISTS.scalars.filter((name) => known.get(name) !== false)).toEqual([]);
  expect(FUNCTION_LISTS.aggregates.filter((name) => known.get(name) !== true)).toEqual([]);
  expect(FUNCTION_LISTS.windows.filter((name) => !known.has(name))).toEqual([]);
});

it('takes no scalar for an aggregate, whatever its name ends with', () => {
  expect([...SCALARS, ...WINDOWS].filter(isAggregate)).toEqual([]);
  for (const name of ['countIf', 'sumMapIf', 'argMaxOrNull', 'sumForEach', 'countResample'])
    expect(isAggregate(name)).toBe(true);
});

it('knows none of the engine’s functions that read beside the row', () => {
  const dangerous = [...known.keys()].filter((name) =>
    /^(?:file|dict|joinGet|getS|getMacro|getServer|getMerge|hostName|FQDN|sleep|throwIf|ai[A-Z]|lowCardinality|block|rowNumberIn|_|hasColumnIn|merge|currentUser|currentDatabase|in$|notIn|globalIn|nullIn|arrayJoin|evalML|catboost|addressTo|demangle|rand|now|today|uptime|version|queryID|connectionId|tid$|serverUUID|filesystem|indexHint|runningD|formatRow|initializeAgg|estimateComp|flameGraph|aggThrow|timeSeriesStoreTags|timeSeriesIdTo|getSubcolumn|getTypeSer|showCert)/.test(
      name,
    ),
  );
  expect(dangerous.length).toBeGreaterThan(60);
  expect(dangerous.filter(isKnownFunction)).toEqual([]);
});
