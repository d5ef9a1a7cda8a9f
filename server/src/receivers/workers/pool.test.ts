import { gzipSync } from 'node:zlib';
import type { TenantId } from '@hanok/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { Meter, silentLog, systemClock } from '#base';
import { openDouble } from './double.ts';
import type { Job } from './messages.ts';
import { type DecodePool, openDecodePool, type PoolConfig } from './pool.ts';

let pool: DecodePool;
let meter: Meter;
const inline = openDouble();
afterEach(() => pool.close());

async function open(changes: Partial<PoolConfig> = {}): Promise<void> {
  meter = new Meter();
  pool = await openDecodePool(
    { decodeThreads: 1, decodeQueue: 100, decodeStuckMs: 30_000, inlineBytes: 0, maxInflatedBytes: 10_000, ...changes },
    {
      clock: systemClock,
      log: silentLog,
      meter,
      threadModule: new URL('./double-thread.ts', import.meta.url),
      threadData: undefined,
      inline,
    },
  );
}

function job(text: string, tenant = 'tenant-a'): Job {
  const bytes = Buffer.allocUnsafeSlow(text.length);
  bytes.write(text);
  const context = {
    tenant: tenant as TenantId,
    arrival: 1n,
    epoch: 'first',
    retentionDays: { logs: 1, traces: 1, metrics: 1 },
  };
  return { signal: 'logs', encoding: 'json', coding: 'identity', bytes, context };
}

/** In a buffer of its own, as bodies arrive. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

describe('the pool', () => {
  it('moves the bytes to a thread and the batch back', async () => {
    await open();
    const one = job('a,b');
    const decoding = await pool.decode(one);
    expect(one.bytes.buffer.detached).toBe(true);
    expect(decoding).toMatchObject({ records: 2, service: 'a', inflatedBytes: 3 });
    expect(Buffer.from(decoding.batch!.blocks[0]!.bytes).toString()).toBe('a,b');
  });

  it('decodes small plain bodies, and with no threads everything, on the main thread', async () => {
    await open({ inlineBytes: 3 });
    const small = job('a,b');
    (await pool.decode(small)).confirm();
    expect(small.bytes.buffer.detached).toBe(false);
    expect(inline.confirmed).toHaveLength(1);
    const packed = { ...job('a,b'), coding: 'gzip', bytes: owned(gzipSync('a,b')) } as const;
    await pool.close();
    await open({ inlineBytes: 200 });
    expect((await pool.decode(packed)).records).toBe(2);
    expect(packed.bytes.buffer.detached).toBe(false);
    const swelling = { ...packed, bytes: owned(gzipSync('a,'.repeat(200))) };
    expect((await pool.decode(swelling)).records).toBe(201);
    expect(swelling.bytes.buffer.detached).toBe(true);
    await pool.close();
    await open({ decodeThreads: 0 });
    expect((await pool.decode(job('a,b,c,d'))).records).toBe(4);
    expect(await codeOf(pool.decode(job('malformed')))).toBe('otlp.malformed');
  });

  it('carries errors over with everything that an answer needs', async () => {
    await open();
    await expect(pool.decode(job('malformed'))).rejects.toMatchObject({
      name: 'HanokError',
      code: 'otlp.malformed',
      status: 400,
      kind: 'caller',
      at: 'byte 7',
      fix: 'Send OTLP.',
    });
    await expect(pool.decode(job('bug'))).rejects.toMatchObject({
      code: 'receivers.bug',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('lets tenants take turns', async () => {
    await open();
    const order: string[] = [];
    const flood = [...Array(40).keys()].map((i) => pool.decode(job(`a${i}`)).then(() => order.push('a')));
    const other = pool.decode(job('b', 'tenant-b')).then(() => order.push('b'));
    await Promise.all([...flood, other]);
    // Behind what the thread had already been given, and at most one turn of the flood.
    expect(order.indexOf('b')).toBeLessThan(12);
  });

  it('refuses what does not fit in the queue, keeping half for others', async () => {
    await open({ decodeQueue: 10 });
    const flood = [...Array(30).keys()].map(() => codeOf(pool.decode(job('nap'))));
    const other = codeOf(pool.decode(job('b', 'tenant-b')));
    expect(await other).toBe('fine');
    const codes = await Promise.all(flood);
    expect(codes.filter((code) => code === 'receivers.busy')).toHaveLength(30 - 8 - 5);
    expect(codes.filter((code) => code === 'fine')).toHaveLength(8 + 5);
  });

  it('does not decode what nobody waits for any more', async () => {
    await open();
    expect(await codeOf(pool.decode(job('a'), systemClock.monotonic() - 1))).toBe('receivers.deadline');
  });

  it('replaces a thread that dies; only its own requests fail, and may be tried again', async () => {
    await open({ decodeThreads: 2 });
    const dying = pool.decode(job('exit'));
    await expect(dying).rejects.toMatchObject({ code: 'receivers.worker-lost', retry: true, status: 503 });
    expect(await Promise.all([...Array(20).keys()].map((i) => codeOf(pool.decode(job(`n${i}`)))))).toEqual(
      Array(20).fill('fine'),
    );
    expect(meter.counter('hanok_receivers_threads_lost_total', '').value).toBe(1);
  });

  it('serves again after its only thread died', async () => {
    await open();
    expect(await codeOf(pool.decode(job('exit')))).toBe('receivers.worker-lost');
    expect(await codeOf(pool.decode(job('a')))).toBe('fine');
  });

  it('replaces a thread that hangs', async () => {
    await open({ decodeStuckMs: 200 });
    expect(await codeOf(pool.decode(job('hang')))).toBe('receivers.worker-lost');
    // The new thread may take longer to start than requests may wait here.
    await expect.poll(() => codeOf(pool.decode(job('a'))), { timeout: 10_000 }).toBe('fine');
  });

  it('says so when its threads cannot start', async () => {
    await open();
    const broken = new URL('./no-such-file.ts', import.meta.url);
    const config = { decodeThreads: 1, decodeQueue: 1, decodeStuckMs: 100, inlineBytes: 0, maxInflatedBytes: 1 };
    const deps = { clock: systemClock, log: silentLog, meter, threadModule: broken, threadData: undefined, inline };
    await expect(openDecodePool(config, deps)).rejects.toThrow('no-such-file');
  });

  it('fails what waits when it closes', async () => {
    await open();
    const waiting = [...Array(20).keys()].map(() => codeOf(pool.decode(job('nap'))));
    await pool.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['receivers.closing']));
  });
});
