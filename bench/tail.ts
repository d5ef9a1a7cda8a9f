/**
 * What live tails with costly regular expressions over lines of 1 MiB do to everybody else: delay of /health/live and of
 * acknowledgements, and how late another tenant's live tail shows a line.
 *
 * `npm run bench -- tail [--seconds 6] [--tails 8] [--lines 2] [--seed 1] [--only TEXT]`
 *
 * One tenant sends lines of 1 MiB all the time; in the calm phase nobody watches them, then that tenant opens tails with
 * one expression after another, opening again at once whatever is ended. Another tenant sends small records and watches
 * them. `held` is the time the main thread ran between a probe and its answer: what held the answer up, without what the
 * machine's other processes took. Goal: at most 50 ms of it, the longest included.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openInstance } from '../e2e/instance.ts';
import { argument, quantile, table } from './traffic/figures.ts';

const seconds = argument('seconds', 6);
const tails = argument('tails', 8);
const linesPerSecond = argument('lines', 2);
const only = argument('only', '');
const GOAL_MS = 50;
const MIB = 1 << 20;

let seed = argument<number>('seed', 1);
const letters = (count: number, of: string): string =>
  Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return of[(seed >>> 16) % of.length];
  }).join('');
/** A log's body may be so long. */
const LINES = ['a'.repeat(MIB), letters(MIB, 'ab'), letters(MIB / 3, '가나')];

const EXPRESSIONS = [
  '/error/',
  '/(a{0,90}){0,11}[bc]/',
  '/(a?){500}[bc]/',
  '/(a|b)*a(a|b){200}[xy]/',
  '/(?:a{0,30}|b{0,30}){16}[xy]/',
  '/(.*)(.*)(.*)(.*)(.*)[xy]$/',
  `/(${Array.from({ length: 90 }, (_, i) => `a{${i % 5}}b${i}`).join('|')})[xy]/`
    .slice(0, 500)
    .replace(/\|[^|]*$/, ')[xy]/'),
  '/[\\pL\\pN]{7}[^\\pL]x/i',
  '/(가|나)*가(가|나){200}[xy]/',
  '/\\b(\\w|\\W){300}\\b\\d/i',
].filter((one) => one.includes(only));

const instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });

interface Phase {
  readonly expression: string;
  readonly held: number[];
  readonly live: number[];
  readonly ack: number[];
  readonly other: number[];
  readonly ended: Record<string, number>;
}

try {
  const [hostile, calm] = instance.bootstrap.tenants as [
    (typeof instance.bootstrap.tenants)[0],
    (typeof instance.bootstrap.tenants)[0],
  ];
  const hostileToken = await instance.login(hostile.admin);
  const calmToken = await instance.login(calm.admin);
  const phase = (expression: string): Phase => ({ expression, held: [], live: [], ack: [], other: [], ended: {} });
  let now = phase('calm');
  let running = true;

  /** Milliseconds that the program's main thread has run: the first number of schedstat, in nanoseconds. */
  const mainRan = (): number => {
    const pid = instance.pid();
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  };
  const send = async (key: string, body: string): Promise<void> => {
    const answer = await fetch(`${instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${text.slice(0, 200)}`);
  };
  const record = (body: string) =>
    JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bench' } }] },
          scopeLogs: [
            { logRecords: [{ timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`, body: { stringValue: body } }] },
          ],
        },
      ],
    });

  const open = (token: string, query: string, signal: AbortSignal) =>
    fetch(`${instance.url}/api/v1/logs/tail?query=${encodeURIComponent(query)}`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    });

  const sent = new Map<string, number>();
  const done = new AbortController();
  const watch = async () => {
    const decoder = new TextDecoder();
    const { body } = await open(calmToken, 'probe', done.signal);
    for await (const chunk of body!) {
      for (const [, id] of decoder.decode(chunk).matchAll(/"body":"probe (\d+)"/g)) {
        const at = sent.get(id!);
        if (at !== undefined) now.other.push(performance.now() - at);
        sent.delete(id!);
      }
    }
  };
  const every = async (ms: number, act: (nth: number) => Promise<void>) => {
    for (let nth = 0; running; nth++) {
      const next = performance.now() + ms;
      await act(nth);
      await pause(Math.max(0, next - performance.now()));
    }
  };
  /** Opens a tail again and again, whatever ends it, until the phase is over. */
  const attack = async (expression: string, signal: AbortSignal) => {
    const { ended } = now;
    while (!signal.aborted) {
      try {
        const answer = await open(hostileToken, expression, signal);
        if (!answer.ok) {
          ended[String(answer.status)] = (ended[String(answer.status)] ?? 0) + 1;
          return;
        }
        let text = '';
        const decoder = new TextDecoder();
        for await (const chunk of answer.body!) text = (text + decoder.decode(chunk)).slice(-2_000);
        const code = /event: error\ndata: .*?"code":"([^"]+)"/.exec(text)?.[1] ?? 'closed';
        ended[code] = (ended[code] ?? 0) + 1;
      } catch {
        if (!signal.aborted) await pause(50);
      }
    }
  };

  void watch().catch(() => undefined);
  const bodies = LINES.map(record);
  const probes = [
    every(20, async () => {
      const began = performance.now();
      const ran = mainRan();
      await (await fetch(`${instance.url}/health/live`)).text();
      now.held.push(mainRan() - ran);
      now.live.push(performance.now() - began);
    }),
    every(50, async (nth) => {
      const began = performance.now();
      sent.set(String(nth), began);
      await send(calm.ingestKey, record(`probe ${nth}`));
      now.ack.push(performance.now() - began);
    }),
    every(1_000 / linesPerSecond, (nth) => send(hostile.ingestKey, bodies[nth % bodies.length]!)),
  ];

  // What the first requests of each kind compile is not measured.
  await pause(3_000);
  now = phase('calm');
  const phases = [now];
  await pause(seconds * 1_000);
  for (const expression of EXPRESSIONS) {
    now = phase(expression);
    phases.push(now);
    const over = new AbortController();
    const attacks = Array.from({ length: tails }, () => attack(expression, over.signal));
    await pause(seconds * 1_000);
    over.abort();
    await Promise.all(attacks);
  }
  running = false;
  await Promise.all(probes);
  done.abort();

  const round = (value: number) => Math.round(value * 10) / 10;
  const figures = (values: readonly number[]) => ({
    p50: round(quantile(values, 0.5)),
    p99: round(quantile(values, 0.99)),
    max: round(quantile(values, 1)),
  });
  const found = phases.map(({ expression, held, live, ack, other, ended }) => ({
    expression: expression.slice(0, 40),
    held: figures(held),
    live: figures(live),
    ack: figures(ack),
    otherTail: figures(other),
    ended,
  }));
  const [base, ...rest] = found as [(typeof found)[0], ...typeof found];
  const added = (what: 'live' | 'ack') => round(Math.max(...rest.map((one) => one[what].p99 - base[what].p99)));
  console.log(
    table([
      [
        '',
        'held p50',
        'p99',
        'max',
        'live p50',
        'p99',
        'max',
        'ack p50',
        'p99',
        'max',
        'other tail p50',
        'p99',
        'ended',
      ],
      ...found.map(({ expression, held, live, ack, otherTail, ended }) => [
        expression,
        ...[held, live, ack].flatMap(({ p50, p99, max }) => [p50, p99, max].map(String)),
        String(otherTail.p50),
        String(otherTail.p99),
        JSON.stringify(ended),
      ]),
    ]),
  );
  const held = Math.max(...rest.map((one) => one.held.max));
  const met = held <= GOAL_MS;
  console.log(
    JSON.stringify({
      bench: 'tail',
      tails,
      seconds,
      heldMax: held,
      addedLive: added('live'),
      addedAck: added('ack'),
      goal: GOAL_MS,
      met,
      found,
    }),
  );
} finally {
  await instance.dispose();
}
