/** Reads everything back over the API and holds each record against what was sent. */
import type { LogsSearchResponse, MetricsQueryResponse, TracesSearchResponse } from '@hanok/contract';
import { eventually, type Instance } from '../../e2e/instance.ts';
import { type Contents, METRIC, METRIC_STEP_NANOS, SIGNALS, type Signal } from './contents.ts';
import type { Ledger } from './load.ts';

export interface Verdict {
  acknowledged: number;
  /** Acknowledged and not there. */
  readonly lost: number[];
  /** There more than once: how often too many. */
  duplicated: number;
  /** Not as it was sent, or never sent, or somebody else's. */
  readonly wrong: string[];
  /** How many of those whose answer was lost are there. */
  unknownFound: number;
}

/** Most steps of a metric in one answer, below the API's limit. */
const STEPS = 10_000;
const TOO_MANY_TO_SHOW = 20;

export interface Proof {
  readonly instance: Instance;
  readonly contents: Contents;
  /** The session of the tenant's administrator: one for the whole run, since sessions outlive kills. */
  readonly token: (tenant: string) => Promise<string>;
}

export function openProof(instance: Instance, contents: Contents): Proof {
  const tokens = new Map<string, string>();
  return {
    instance,
    contents,
    async token(tenant) {
      const known = tokens.get(tenant) ?? (await instance.login(instance.tenant(tenant).admin));
      tokens.set(tenant, known);
      return known;
    },
  };
}

/** Resolves when the tenant's journal has nothing left that is not in the store. */
export async function drained(proof: Proof, tenant: string, seconds = 180): Promise<void> {
  await eventually(
    `the journal of ${tenant} is drained`,
    async () => {
      const { lagRows, lagSeconds } = await proof.instance.journalLag(tenant);
      return lagRows === 0 && lagSeconds === 0;
    },
    seconds,
  );
}

export async function prove(
  proof: Proof,
  tenant: string,
  ledgers: Readonly<Record<Signal, Ledger>>,
): Promise<Record<Signal, Verdict>> {
  await drained(proof, tenant);
  const read = { logs: readLogs, traces: readSpans, metrics: readPoints } as const;
  const verdicts: Partial<Record<Signal, Verdict>> = {};
  for (const signal of SIGNALS) {
    const ledger = ledgers[signal];
    const seen = new Map<number, number>();
    const wrong: string[] = [];
    await read[signal](proof, tenant, ledger.next, (n, problem, times = 1) => {
      seen.set(n, (seen.get(n) ?? 0) + times);
      if (!ledger.acknowledged.has(n) && !ledger.unknown.has(n)) problem ??= 'it was never sent';
      if (problem && wrong.length < TOO_MANY_TO_SHOW) wrong.push(`${tenant} ${signal} ${n}: ${problem}`);
    });
    let duplicated = 0;
    for (const times of seen.values()) duplicated += times - 1;
    verdicts[signal] = {
      acknowledged: ledger.acknowledged.size,
      lost: [...ledger.acknowledged].filter((n) => !seen.has(n)),
      duplicated,
      wrong,
      unknownFound: [...ledger.unknown].filter((n) => seen.has(n)).length,
    };
  }
  return verdicts as Record<Signal, Verdict>;
}

type Visit = (n: number, problem: string | undefined, times?: number) => void;

const differs = (what: string, found: unknown, sent: unknown) =>
  String(found) === String(sent) ? undefined : `${what} is ${JSON.stringify(found)}, sent was ${JSON.stringify(sent)}`;

async function pages<T>(
  proof: Proof,
  tenant: string,
  path: string,
  more: object,
  each: (row: T) => void,
): Promise<void> {
  const token = await proof.token(tenant);
  let cursor: string | null = null;
  do {
    const page: { rows: T[]; cursor: string | null } = await proof.instance.api(token, 'POST', path, {
      // Wider than what was sent, so that a record filed elsewhere is seen too.
      from: String(proof.contents.base - 3_600_000_000_000n),
      to: String(proof.contents.base + 24n * 3_600_000_000_000n),
      query: 'service.name:torture',
      order: 'oldest',
      limit: 1_000,
      ...more,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const row of page.rows) each(row);
    cursor = page.cursor;
  } while (cursor !== null);
}

async function readLogs(proof: Proof, tenant: string, _next: number, visit: Visit): Promise<void> {
  const { contents } = proof;
  await pages<LogsSearchResponse['rows'][number]>(proof, tenant, '/api/v1/logs/search', {}, (row) => {
    const n = Number(row.attributes['n']);
    visit(
      n,
      differs('body', row.body, contents.body(tenant, n)) ??
        differs('sum', row.attributes['sum'], contents.sum(tenant, 'logs', n).toString(16)) ??
        differs('severity', row.severityNumber, 1 + (n % 24)) ??
        differs('tenant', row.businessId, tenant) ??
        differs('time', row.timestamp, contents.time('logs', n)),
    );
  });
}

async function readSpans(proof: Proof, tenant: string, _next: number, visit: Visit): Promise<void> {
  const { contents } = proof;
  await pages<TracesSearchResponse['rows'][number]>(
    proof,
    tenant,
    '/api/v1/traces/search',
    { view: 'spans' },
    (row) => {
      const n = Number(row.attributes['n']);
      const ids = contents.spanIds(tenant, n);
      visit(
        n,
        differs('trace id', row.traceId, ids.traceId) ??
          differs('span id', row.spanId, ids.spanId) ??
          differs('sum', row.attributes['sum'], contents.sum(tenant, 'traces', n).toString(16)) ??
          differs('duration', row.duration, contents.duration(tenant, n)) ??
          differs('time', row.startTime, contents.time('traces', n)),
      );
    },
  );
}

/** One step of a query holds one point: how many there are is read apart from what they say. */
async function readPoints(proof: Proof, tenant: string, next: number, visit: Visit): Promise<void> {
  const { contents } = proof;
  const token = await proof.token(tenant);
  for (let first = 0; first < next; first += STEPS) {
    const ask = async (aggregate: string) => {
      const answer = await proof.instance.api<MetricsQueryResponse>(token, 'POST', '/api/v1/metrics/query', {
        from: String(contents.time('metrics', first) - 1n),
        to: String(contents.time('metrics', first + STEPS) - 1n),
        metric: METRIC,
        aggregate,
        step: String(METRIC_STEP_NANOS),
      });
      if (answer.series.length > 1) throw new Error(`${answer.series.length} series where one was sent`);
      // Cell `i` has the points after `start + i * step`, up to and with the next.
      const before = contents.time('metrics', first) - 1n - BigInt(answer.start);
      const shift = -Number(before / METRIC_STEP_NANOS);
      return new Map(answer.series[0]?.values.map((value, i) => [first + i + shift, value] as const) ?? []);
    };
    const counts = await ask('count');
    const values = await ask('avg');
    for (const [n, count] of counts) {
      if (n < first || n >= first + STEPS || count === null || count === 0) continue;
      visit(n, differs('value', values.get(n), contents.sum(tenant, 'metrics', n)), count);
    }
  }
}
