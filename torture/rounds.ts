/**
 * `npm run torture -- --rounds N [--seed S]`: the real program under real load of two tenants is killed with SIGKILL
 * at random moments (the main process, an engine, or all), started again, and at the end every acknowledged record
 * must be there exactly once. A record whose answer was lost in a kill may be there once or not at all, never twice.
 */
import { openHouse } from '../e2e/house.ts';

const argument = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rounds = argument('rounds', 20);
const seed = argument('seed', Date.now() % 1_000_000);
const TENANTS = ['tenant-a', 'tenant-b'] as const;
const SENDERS = 3;
const BATCH = 50;

/** mulberry32: a small seeded generator, so that a failing run can be repeated. */
function randomFrom(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = randomFrom(seed);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Ledger {
  readonly acknowledged: Set<number>;
  readonly unknown: Set<number>;
  next: number;
}
const ledgers = new Map<string, Ledger>(
  TENANTS.map((id) => [id, { acknowledged: new Set(), unknown: new Set(), next: 1 }]),
);
const began = Date.now();

const house = await openHouse({ env: { HANOK_LOG_LEVEL: 'warn' } });
let sending = true;

async function sender(tenant: string): Promise<void> {
  const ledger = ledgers.get(tenant)!;
  const { ingestKey } = house.tenant(tenant);
  while (sending) {
    const first = ledger.next;
    ledger.next += BATCH;
    const numbers = Array.from({ length: BATCH }, (_, i) => first + i);
    const body = JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'torture' } }] },
          scopeLogs: [
            {
              logRecords: numbers.map((n) => ({
                timeUnixNano: `${BigInt(Date.now()) * 1_000_000n + BigInt(n % 1_000_000)}`,
                severityNumber: 9,
                body: { stringValue: `record ${n} of ${tenant}` },
                attributes: [{ key: 'n', value: { intValue: String(n) } }],
              })),
            },
          ],
        },
      ],
    });
    try {
      const answer = await fetch(`${house.otlpHttp}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
        body,
        signal: AbortSignal.timeout(20_000),
      });
      await answer.text();
      if (answer.status === 200) for (const n of numbers) ledger.acknowledged.add(n);
      else await pause(100);
      // Any other answer refuses the whole request: nothing of it may be there.
      if (answer.status !== 200) for (const n of numbers) ledger.unknown.add(n);
    } catch {
      for (const n of numbers) ledger.unknown.add(n);
      await pause(50);
    }
  }
}

const senders = TENANTS.flatMap((tenant) => Array.from({ length: SENDERS }, () => sender(tenant)));
for (let round = 1; round <= rounds; round++) {
  await pause(200 + random() * 1_500);
  const victim = random();
  let killed: string;
  if (victim < 0.45) {
    killed = 'main process';
    await house.kill('SIGKILL');
    await house.start();
  } else if (victim < 0.8) {
    const engines = house.enginePids();
    const pid = engines[Math.floor(random() * engines.length)];
    killed = `engine ${pid}`;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } else {
    killed = 'everything';
    for (const pid of house.enginePids()) process.kill(pid, 'SIGKILL');
    await house.kill('SIGKILL');
    await house.start();
  }
  const acknowledged = [...ledgers.values()].reduce((sum, ledger) => sum + ledger.acknowledged.size, 0);
  console.log(`round ${round}/${rounds}: killed ${killed}; ${acknowledged} acknowledged so far`);
}
await pause(500);
sending = false;
await Promise.all(senders);

let lost = 0;
let duplicated = 0;
let total = 0;
let foreign = 0;
for (const tenant of TENANTS) {
  const ledger = ledgers.get(tenant)!;
  const token = await house.login(house.tenant(tenant).admin);
  const range = {
    from: String(BigInt(began - 60_000) * 1_000_000n),
    to: String(BigInt(Date.now() + 60_000) * 1_000_000n),
  };
  // All that was acknowledged must become visible; wait until the count stands still.
  let counted = -1;
  for (let i = 0; i < 120; i++) {
    const { total: now } = await house.api<{ total: number }>(token, 'POST', '/api/v1/logs/histogram', {
      ...range,
      query: 'service.name:torture',
    });
    if (now === counted && now >= ledger.acknowledged.size) break;
    counted = now;
    await pause(500);
  }
  const seen = new Map<number, number>();
  let cursor: string | null = null;
  do {
    const page: { rows: Array<{ attributes: Record<string, unknown>; body: unknown }>; cursor: string | null } =
      await house.api(token, 'POST', '/api/v1/logs/search', {
        ...range,
        query: 'service.name:torture',
        limit: 1_000,
        ...(cursor === null ? {} : { cursor }),
      });
    for (const row of page.rows) {
      const n = Number(row.attributes['n']);
      seen.set(n, (seen.get(n) ?? 0) + 1);
      if (!String(row.body).endsWith(tenant)) foreign++;
    }
    cursor = page.cursor;
  } while (cursor !== null);
  total += ledger.acknowledged.size;
  for (const n of ledger.acknowledged) if (!seen.has(n)) lost++;
  for (const [n, times] of seen) {
    if (times > 1) duplicated += times - 1;
    if (!ledger.acknowledged.has(n) && !ledger.unknown.has(n)) foreign++;
  }
}
if (lost + duplicated + foreign > 0) console.error(house.output().slice(-8_000));
await house.dispose();
console.log(
  `seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(0)} s${foreign > 0 ? `, ${foreign} records of somebody else` : ''}`,
);
console.log(`rounds ${rounds} acknowledged ${total} lost ${lost} duplicated ${duplicated}`);
process.exit(lost + duplicated + foreign === 0 ? 0 : 1);
