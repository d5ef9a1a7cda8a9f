import { type LogServiceRow, REMEMBERED_MS } from '@hanok/contract';
import { bind, type Fragment, name, select, sql } from '#store';
import type { QuerySession } from '../query-session.ts';
import { earlier, type Range, within, withinDays } from '../range.ts';
import { bigOf, numberOf, type Row, textOf, textsOf } from '../rows.ts';
import { MINUTE, secondsOf } from './minutes.ts';
import { decideSilent } from './silence.ts';

const DAY = 86_400_000_000_000n;
/** `error` begins here (severity_number). */
const ERROR_FROM = 17;
/** Names looked at: the default of a tenant's service names per day is below. */
const MOST_NAMES = 2_000;

/** What a range that reaches until now looks back at, for services that stopped before it. */
function lookedAt(range: Range, now: bigint): Range {
  if (range.to < now - MINUTE) return range;
  return { from: earlier(range.from, range.to - BigInt(REMEMBERED_MS) * 1_000_000n), to: range.to };
}

/** A resource is written down once a day, and a record may be a day apart from it. */
function daysAround(range: Range): Fragment[] {
  return withinDays({ from: range.from > DAY ? range.from - DAY : 0n, to: range.to + DAY });
}

/** Names of all services that sent anything about then; from the few rows of `resources`. */
export async function readNames(
  session: QuerySession,
  range: Range,
  where: readonly Fragment[],
  now: bigint,
): Promise<string[]> {
  const rows = await session.rows(
    select({
      columns: { service: name('service_name') },
      from: 'resources',
      where: [...daysAround(lookedAt(range, now)), ...where],
      groupBy: [name('service')],
      orderBy: [name('service')],
      limit: MOST_NAMES,
    }),
  );
  return rows.map((row) => textOf(row['service']));
}

/**
 * Those of the named services that sent logs. Few services send nothing but logs, and only the runs of their resources are
 * read, so it costs next to nothing for a tenant all of whose services are traced.
 */
export async function readLogServices(
  session: QuerySession,
  range: Range,
  names: readonly string[],
  where: readonly Fragment[],
  now: bigint,
): Promise<LogServiceRow[]> {
  if (names.length === 0) return [];
  const rows = await readLogs(session, range, names, where);
  const heard = new Set(rows.map((row) => textOf(row['service'])));
  const missing = names.filter((one) => !heard.has(one));
  const back = { from: lookedAt(range, now).from, to: range.from };
  if (missing.length > 0 && back.from < back.to)
    rows.push(...(await readLogs(session, back, missing, where)).map((row) => ({ ...row, n: 0, bad: 0 })));
  const seconds = secondsOf({ from: range.from, to: earlier(range.to, now) });
  return rows
    .map((row) => {
      const lastSeen = bigOf(row['seen']);
      const records = numberOf(row['n']);
      return {
        name: textOf(row['service']),
        environments: textsOf(row['places'])
          .filter((one) => one !== '')
          .sort(),
        lastSeen: String(lastSeen),
        silent: decideSilent(lastSeen, range, now),
        records,
        rate: seconds > 0 ? records / seconds : 0,
        errors: numberOf(row['bad']),
      };
    })
    .sort((a, b) => b.records - a.records || a.name.localeCompare(b.name));
}

/** The resources are named by a plan of their own: by the sort key, nothing but their runs of each hour is read. */
async function readLogs(
  session: QuerySession,
  range: Range,
  names: readonly string[],
  where: readonly Fragment[],
): Promise<Row[]> {
  const named = sql`has(${bind.strings(names)}, service_name)`;
  const resources = select({
    columns: { id: name('resource_id') },
    from: 'resources',
    where: [...daysAround(range), named],
  });
  return session.rows(
    select({
      columns: {
        service: name('service_name'),
        n: sql`count()`,
        bad: sql`countIf(severity_number >= ${bind.uint(ERROR_FROM)})`,
        seen: sql`toUnixTimestamp64Nano(max(timestamp))`,
        places: sql`groupUniqArray(environment)`,
      },
      from: 'logs',
      where: [...within(range), sql`resource_id IN ${resources}`, named, ...where],
      groupBy: [name('service')],
    }),
  );
}
