import { eventually, type Instance, openInstance } from '../../e2e/instance.ts';
import { newVerdict, note, type Verdict } from './judge-files.ts';
import { type Load, MARK, type Sent } from './load.ts';

export interface InstanceVerdict extends Verdict {
  /** Records whose senders heard nothing, sent again. */
  retried: number;
  /** Those of them that are there twice: the journal had them when the power went, only the answer was lost. */
  again: number;
}

/**
 * Starts the whole program on what is left, lets the senders that heard nothing send again, and counts every record
 * through the API.
 */
export async function judgeInstance(
  directory: string,
  load: Load,
  at: number,
  env: Record<string, string>,
): Promise<InstanceVerdict> {
  const due = load.sent.filter((one) => one.acknowledgedAt < at && one.kind !== 'samples');
  const newest = due.reduce((highest, { number }) => Math.max(highest, number), 0);
  // Each sender has one request on its way; those begun by the cut are among the next few.
  const retry = load.sent.filter(
    (one) => one.acknowledgedAt >= at && one.kind !== 'samples' && one.number <= newest + 4,
  );
  const verdict: InstanceVerdict = { ...newVerdict(count(due)), retried: count(retry), again: 0 };
  let instance: Instance;
  try {
    instance = await openInstance({ dataDir: directory, env });
  } catch (error) {
    verdict.unopened.push(error instanceof Error ? error.message.slice(-800) : String(error));
    return verdict;
  }
  try {
    for (const one of retry) await send(instance, one);
    const wanted = new Set([...due, ...retry].flatMap((one) => keysOf(one)));
    const retried = new Set(retry.flatMap((one) => keysOf(one)));
    let seen = new Map<string, number>();
    await eventually(
      'all records',
      async () => {
        seen = await everything(instance);
        return [...wanted].every((key) => seen.has(key));
      },
      20,
    ).catch(() => undefined);
    for (const key of wanted)
      if (!seen.has(key)) {
        verdict.lost++;
        note(verdict, `${key} is lost${retried.has(key) ? ' although it was sent again' : ''}`);
      }
    for (const [key, times] of seen) {
      if (times === 1) continue;
      if (retried.has(key)) verdict.again += times - 1;
      else verdict.duplicated += times - 1;
      note(verdict, `${key} is there ${times} times`);
    }
  } finally {
    await instance.dispose();
  }
  return verdict;
}

const count = (all: readonly Sent[]): number => all.reduce((sum, { records }) => sum + records, 0);
const keysOf = ({ tenant, kind, number, records }: Sent): string[] =>
  Array.from({ length: records }, (_, i) => `${tenant}-${kind}-${number}-${i}`);

async function send(instance: Instance, one: Sent): Promise<void> {
  const answer = await fetch(instance.otlpHttp + one.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${instance.tenant(one.tenant).ingestKey}` },
    body: one.body,
  });
  if (answer.status !== 200) throw new Error(`${one.path} answered ${answer.status}: ${await answer.text()}`);
}

interface Page {
  readonly rows: readonly { readonly body?: unknown; readonly name?: unknown }[];
  readonly cursor: string | null;
}

async function everything(instance: Instance): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for (const { id, admin } of instance.bootstrap.tenants) {
    const token = await instance.login(admin);
    for (const [kind, path] of [
      ['logs', '/api/v1/logs/search'],
      ['spans', '/api/v1/traces/search'],
    ] as const) {
      let cursor: string | null = null;
      do {
        const ask = { from: 'now-2d', to: 'now+5m', query: '', limit: 1_000, ...(cursor === null ? {} : { cursor }) };
        const page: Page = await instance.api<Page>(token, 'POST', path, ask);
        for (const row of page.rows) {
          const [, owner, request, record] = [...String(row.body ?? row.name).matchAll(MARK)][0] ?? [];
          if (owner !== id) throw new Error(`${id} sees a record of ${owner}`);
          const key = `${owner}-${kind}-${request}-${record}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
        cursor = page.cursor;
      } while (cursor !== null);
    }
  }
  return seen;
}
