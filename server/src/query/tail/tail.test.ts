import { type LogRow, type TailDropped, tailError, tailReady } from '@hanok/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

let instance: TestInstance;
let stop: AbortController;
beforeAll(async () => {
  instance = await openTestInstance({ tailRate: 100, tailsPerTenant: 2, tailHeartbeat: 100, tailPatience: 5_000 });
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
  stop?.abort();
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
    if (!acted && events.some((one) => one.event === 'ready')) {
      acted = true;
      act();
    }
    if (enough(events)) break;
  }
  return events;
}

/** An engine that answers nobody is replaced after some seconds; before that the tail must have gone on. */
async function whileStopped(act: () => Promise<void>): Promise<void> {
  const patient = instance;
  instance = await openTestInstance({ tailPatience: 300, tailHeartbeat: 100 });
  const { pid, restarts } = instance.store.engines()[0]!;
  process.kill(pid!, 'SIGSTOP');
  try {
    await act();
    // It came before anybody had mended anything.
    expect(instance.store.engines()[0]).toMatchObject({ pid, restarts });
  } finally {
    process.kill(pid!, 'SIGCONT');
    await instance.close();
    instance = patient;
  }
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
    expect(events[0]).toEqual({ event: 'ready', data: { lines: 0, whole: true } });
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
    const rows = new BatchBuilder(TENANT_A);
    rows.row('logs', { timestamp: START, body: 'meanwhile', body_type: 115, resource_id: 77n, severity_text: 'info' });
    await whileStopped(async () => {
      const events = await listen(
        'meanwhile',
        () => instance.announce(rows.batch()),
        (seen) => rowsIn(seen).length === 1,
      );
      expect(rowsIn(events)[0]?.resource.attributes).toEqual({});
    });
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
        // All at once, 120 of 1 MiB: more than may wait, and nobody can have taken any of them in between.
        for (let i = 0; i < 120; i++)
          instance.announce(new BatchBuilder(TENANT_A).log({ body: `backlog ${i} ${'x'.repeat(1 << 20)}` }).batch());
      },
      (seen) => seen.some((one) => one.event === 'dropped'),
    );
    const dropped = events.find((one) => one.event === 'dropped')!.data as TailDropped;
    // A batch counts its resource row too; 32 MiB may wait.
    expect(dropped.unseen).toBeGreaterThanOrEqual(80);
  });

  it('sends the rows of a batch in the order of their time', async () => {
    const batch = new BatchBuilder(TENANT_A);
    for (const at of [5n, 1n, 4n, 2n, 3n]) batch.log({ time: START + at, body: `order ${at}` });
    const events = await listen(
      'order',
      () => instance.announce(batch.batch()),
      (seen) => rowsIn(seen).length >= 5,
    );
    expect(rowsIn(events).map((row) => row.body)).toEqual([1, 2, 3, 4, 5].map((at) => `order ${at}`));
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

describe('the beginning of a tail', () => {
  const bodies = (events: readonly SentEvent[]) => rowsIn(events).map((row) => row.body);
  const begun = (seen: readonly SentEvent[]) => seen.some((one) => one.event === 'ready');
  const many = (label: string, from: number, to: number) => {
    const batch = new BatchBuilder(TENANT_A);
    for (let i = from; i < to; i++) batch.log({ time: START + BigInt(i) * 1_000_000n, body: `${label} ${i}` });
    return batch.batch();
  };

  it('is the last 100 matching lines of the store and the journal, once each, in order', async () => {
    await instance.insert(many('begin', 0, 90));
    const both = many('begin', 90, 120);
    // The journal still has what the store took in a moment ago, and more.
    await instance.insert(both);
    const taken = [instance.keep(both), instance.keep(many('begin', 120, 150)), instance.keep(many('other', 0, 9))];
    try {
      const events = await listen('begin', () => undefined, begun);
      expect(bodies(events)).toEqual(Array.from({ length: 100 }, (_, i) => `begin ${50 + i}`));
      expect(events.at(-1)).toEqual({ event: 'ready', data: { lines: 100, whole: true } });
    } finally {
      for (const done of taken) done();
    }
  });

  it('is fewer lines when they are long, and says that it is not whole', async () => {
    for (let i = 0; i < 20; i++)
      await instance.insert(
        new BatchBuilder(TENANT_A).log({ time: START + BigInt(i), body: `long ${i} ${'x'.repeat(150_000)}` }).batch(),
      );
    const events = await listen('long', () => undefined, begun);
    expect(bodies(events).map((body) => String(body).slice(0, 7))).toEqual(
      [14, 15, 16, 17, 18, 19].map((i) => `long ${i}`),
    );
    expect(events.at(-1)).toEqual({ event: 'ready', data: { lines: 6, whole: false } });
  });

  it('goes on with what came while the store was asked', async () => {
    await instance.insert(many('gap', 0, 3));
    stop = new AbortController();
    const chunks = await instance.stream(TENANT_A, '/api/v1/logs/tail', { query: 'gap' }, stop.signal);
    instance.announce(many('gap', 3, 5));
    const seen: string[] = [];
    for await (const chunk of chunks) {
      seen.push(...[...String(chunk).matchAll(/"body":"(gap \d+)"/g)].map((match) => match[1]!));
      if (String(chunk).includes('event: ready')) instance.announce(many('gap', 5, 6));
      if (seen.length >= 6) break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map((i) => `gap ${i}`));
  });

  it('has nothing of another tenant, and says which field nobody sent', async () => {
    const theirs = new BatchBuilder(TENANT_B).log({ body: 'begin secret' }).batch();
    await instance.insert(theirs);
    const done = instance.keep(theirs);
    try {
      const events = await listen('secret OR begn.name:x', () => undefined, begun);
      expect(bodies(events)).toEqual([]);
      expect(tailReady.parse(events.at(-1)?.data)).toMatchObject({ lines: 0, whole: true });
    } finally {
      done();
    }
  });

  it('says so when the store does not answer in time', async () => {
    await whileStopped(async () => {
      instance.keep(many('away', 0, 2));
      const events = await listen('away', () => undefined, begun);
      expect(bodies(events)).toEqual(['away 0', 'away 1']);
      expect(events.at(-1)).toEqual({ event: 'ready', data: { lines: 2, whole: false } });
    });
  });
});

describe('a query that needs too long for one line', () => {
  // 200 states are alive at each of a million letters, and no set of them comes again.
  const slow = `/(a|b)*a(a|b){200}[xy]/`;
  let seed = 1;
  const letters = Array.from({ length: 1 << 20 }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed < 0x40000000 ? 'a' : 'b';
  }).join('');

  it('ends that tail with its cause, and neither others nor the main thread wait', async () => {
    const hostile = new BatchBuilder(TENANT_B).log({ body: letters }).batch();
    const mine = () => new BatchBuilder(TENANT_A).log({ body: 'mine' }).batch();
    const ending = new AbortController();
    const theirs = await instance.stream(TENANT_B, '/api/v1/logs/tail', { query: slow }, ending.signal);
    const alike = await instance.stream(TENANT_B, '/api/v1/logs/tail', { query: slow }, ending.signal);
    const cpu = () => process.threadCpuUsage().user / 1_000;
    const before = cpu();
    let ready = 0;
    const hear = async (chunks: AsyncIterable<string | Uint8Array>) => {
      let text = '';
      for await (const chunk of chunks) {
        text += chunk;
        if (text.includes('event: ready') && ++ready === 2) instance.announce(hostile);
      }
      return text;
    };
    const heard = Promise.all([theirs, alike].map(hear));
    let sent = 0;
    const started = performance.now();
    const events = await listen(
      'mine',
      () => {
        const sending = setInterval(() => {
          instance.announce(mine());
          if (++sent === 20) clearInterval(sending);
        }, 100);
      },
      (seen) => rowsIn(seen).length >= 20,
    );
    for (const text of await heard) {
      const { data } = /event: error\ndata: (?<data>.*)\n\n$/.exec(text)!.groups!;
      expect(tailError.parse(JSON.parse(data!))).toMatchObject({ code: 'query.tail-too-slow', reason: 'time' });
    }
    expect(rowsIn(events)).toHaveLength(20);
    // 2 s of sending; the other's line took the thread for a quarter of a second of CPU, and would take seven. A crowded
    // machine needs longer for both.
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(cpu() - before).toBeLessThan(2_000);
    ending.abort();
  });

  it('is refused by tail as by search', async () => {
    for (const query of ['/(a{0,90}){0,18}b/', '/\\1/', '/a{1001}/', '/(?<n>x)/']) {
      const tail = await instance.fault(TENANT_A, 'GET', '/api/v1/logs/tail', { query });
      expect(tail).toMatch(/^query\.syntax at query:\d+$/);
      expect(await instance.fault(TENANT_A, 'POST', '/api/v1/logs/search', { query })).toBe(tail);
    }
  });
});
