import type { LogRow, TailDropped } from '@hanok/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

let instance: TestInstance;
let stop: AbortController;
beforeAll(async () => {
  instance = await openTestInstance({ tailRate: 100, tailsPerTenant: 2, tailHeartbeat: 100 });
});
afterAll(() => instance.close());
afterEach(() => stop?.abort());

interface SentEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Reads events until `enough` says so. */
async function listen(
  query: string,
  act: () => void,
  enough: (events: readonly SentEvent[]) => boolean,
): Promise<SentEvent[]> {
  stop = new AbortController();
  const chunks = await instance.stream(TENANT_A, '/api/v1/logs/tail', { query }, stop.signal);
  const events: SentEvent[] = [];
  let acted = false;
  for await (const chunk of chunks) {
    for (const block of String(chunk).split('\n\n')) {
      if (block === '') continue;
      if (block.startsWith(':')) {
        events.push({ event: 'comment', data: block });
        continue;
      }
      const [event, data] = block.split('\n');
      events.push({ event: event!.replace('event: ', ''), data: JSON.parse(data!.replace('data: ', '')) });
    }
    if (!acted) act();
    acted = true;
    if (enough(events)) break;
  }
  return events;
}

const rowsIn = (events: readonly SentEvent[]): LogRow[] =>
  events.filter((one) => one.event === 'row').map((one) => one.data as LogRow);

describe('logs/tail', () => {
  it('sends what matches, whole, and nothing of another tenant', async () => {
    const mine = new BatchBuilder(TENANT_A)
      .log({
        time: START,
        body: '결제 failed',
        level: 'error',
        attributes: { n: 5 },
        resource: { 'service.name': 'pay', 'k8s.pod.name': 'pay-1' },
        scope: { name: 'pino' },
      })
      .log({ time: START, body: 'fine', level: 'info', resource: { 'service.name': 'pay', 'k8s.pod.name': 'pay-1' } })
      .log({ time: START, body: 'failed elsewhere', resource: { 'service.name': 'other' } });
    const theirs = new BatchBuilder(TENANT_B).log({ body: 'failed secret', resource: { 'k8s.pod.name': 'pay-1' } });
    const events = await listen(
      'failed resource.k8s.pod.name:pay-*',
      () => {
        instance.announce(theirs.batch());
        instance.announce(mine.batch());
        instance.announce(
          new BatchBuilder(TENANT_A).log({ body: 'failed end', resource: { 'k8s.pod.name': 'pay-2' } }).batch(),
        );
      },
      (seen) => rowsIn(seen).length >= 2,
    );
    expect(events[0]).toEqual({ event: 'ready', data: {} });
    expect(rowsIn(events).map((row) => row.body)).toEqual(['결제 failed', 'failed end']);
    expect(rowsIn(events)[0]).toMatchObject({
      businessId: 'tenant-a',
      attributes: { n: 5 },
      resource: { attributes: { 'k8s.pod.name': 'pay-1' } },
      scope: { name: 'pino' },
    });
  });

  it('gives rows the id that a search gives them', async () => {
    const batch = new BatchBuilder(TENANT_A).log({
      time: START + 5n,
      body: 'same 아이디 \n "x"',
      attributes: { 'a b': '값', c: 1 },
      severityNumber: 9,
      eventName: 'e',
      traceId: '00112233445566778899aabbccddeeff',
      spanId: '0123456789abcdef',
      scope: { name: 's' },
    });
    const events = await listen(
      'same',
      () => instance.announce(batch.batch()),
      (seen) => rowsIn(seen).length === 1,
    );
    await instance.insert(batch.batch());
    const found = await instance.call<{ rows: LogRow[] }>(TENANT_A, 'POST', '/api/v1/logs/search', {
      from: String(START),
      to: String(START + 10n),
      query: 'same',
    });
    expect(found.rows[0]).toEqual(rowsIn(events)[0]);
  });

  it('finds resources sent before it began in the store', async () => {
    const before = new BatchBuilder(TENANT_A).log({ body: 'first', resource: { 'service.name': 'known', zone: 'z9' } });
    await instance.insert(before.batch());
    const later = new BatchBuilder(TENANT_A);
    const { id } = before.resourceId({ 'service.name': 'known', zone: 'z9' });
    later.row('logs', { timestamp: START, body: 'later', body_type: 115, resource_id: id, severity_text: 'info' });
    const events = await listen(
      'later',
      () => instance.announce(later.batch()),
      (seen) => rowsIn(seen).length === 1,
    );
    expect(rowsIn(events)[0]?.resource.attributes).toMatchObject({ zone: 'z9' });
  });

  it('shows rows without their resource while the engine is stopped and answers nobody', async () => {
    const { pid, restarts } = instance.store.engines()[0]!;
    const rows = new BatchBuilder(TENANT_A);
    rows.row('logs', { timestamp: START, body: 'meanwhile', body_type: 115, resource_id: 77n, severity_text: 'info' });
    process.kill(pid!, 'SIGSTOP');
    try {
      const events = await listen(
        'meanwhile',
        () => instance.announce(rows.batch()),
        (seen) => rowsIn(seen).length === 1,
      );
      expect(rowsIn(events)[0]?.resource.attributes).toEqual({});
      // It came before anybody had mended anything.
      expect(instance.store.engines()[0]).toMatchObject({ pid, restarts });
    } finally {
      process.kill(pid!, 'SIGCONT');
    }
  });

  it('sends no more than its rate and tells what it left out', async () => {
    const many = new BatchBuilder(TENANT_A);
    for (let i = 0; i < 1_000; i++) many.log({ body: `flood ${i}` });
    const events = await listen(
      'flood',
      () => instance.announce(many.batch()),
      (seen) => seen.some((one) => one.event === 'dropped'),
    );
    const dropped = events.find((one) => one.event === 'dropped')!.data as TailDropped;
    expect(rowsIn(events).length + dropped.matching).toBe(1_000);
    expect(rowsIn(events).length).toBeGreaterThanOrEqual(100);
    expect(dropped.unseen).toBe(0);
  });

  it('counts what came while it could not keep up', async () => {
    const events = await listen(
      'backlog',
      () => {
        // All at once: nobody can have taken any of them in between.
        for (let i = 0; i < 80; i++)
          instance.announce(new BatchBuilder(TENANT_A).log({ body: `backlog ${i}` }).batch());
      },
      (seen) => seen.some((one) => one.event === 'dropped'),
    );
    const dropped = events.find((one) => one.event === 'dropped')!.data as TailDropped;
    // A batch counts its resource row too.
    expect(dropped.unseen).toBeGreaterThanOrEqual(16);
    expect(rowsIn(events).some((row) => row.body === 'backlog 79')).toBe(true);
  });

  it('keeps a silent connection alive, and refuses too many', async () => {
    const events = await listen(
      'silence',
      () => undefined,
      (seen) => seen.some((one) => one.event === 'comment'),
    );
    expect(events.map((one) => one.event)).toEqual(['ready', 'comment']);
    const held = new AbortController();
    await instance.stream(TENANT_A, '/api/v1/logs/tail', {}, held.signal);
    await instance.stream(TENANT_A, '/api/v1/logs/tail', {}, held.signal);
    expect(await instance.fault(TENANT_A, 'GET', '/api/v1/logs/tail')).toBe('query.tails');
    held.abort();
    const again = new AbortController();
    await instance.stream(TENANT_A, '/api/v1/logs/tail', {}, again.signal);
    again.abort();
  });

  it('refuses a query it cannot read before it streams', async () => {
    expect(await instance.fault(TENANT_A, 'GET', '/api/v1/logs/tail', { query: 'a OR' })).toBe(
      'query.syntax at query:2',
    );
  });
});

it('takes no more of the event loop than its share, and tells what it could not look at', async () => {
  const slow = await openTestInstance({ tailShare: 0.01, tailHeartbeat: 100 });
  const ending = new AbortController();
  const late = setTimeout(() => ending.abort(), 20_000);
  try {
    const chunks = await slow.stream(TENANT_A, '/api/v1/logs/tail', { query: 'absent /b+d/' }, ending.signal);
    const batch = new BatchBuilder(TENANT_A);
    for (let i = 0; i < 2_000; i++) batch.log({ time: START, body: `line ${i} of a flood that nobody reads` });
    const sealed = batch.batch();
    // As much as may wait, each a batch of its own, and once more when a tail without bounds would long have seen it.
    const fill = () => {
      for (let i = 0; i < 64; i++) slow.announce({ ...sealed });
    };
    let unseen = 0;
    let begun = false;
    for await (const chunk of chunks) {
      if (!begun) {
        begun = true;
        fill();
        setTimeout(fill, 2_000);
      }
      unseen += Number(/"unseen":(\d+)/.exec(String(chunk))?.[1] ?? 0);
      if (unseen > 40 * 2_000) break;
    }
    expect(unseen).toBeGreaterThan(40 * 2_000);
    expect(unseen).toBeLessThan(64 * 2_000);
  } finally {
    clearTimeout(late);
    ending.abort();
    await slow.close();
  }
});
