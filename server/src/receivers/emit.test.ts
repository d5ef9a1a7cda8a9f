import type { TenantId } from '@hanok/contract';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#pipeline';
import type { EmittedLog } from './emit.ts';
import { openOtlpDecoder } from './otlp/index.ts';
import { openTestInstance, type TestInstance } from './test-instance.ts';

let instance: TestInstance;
afterEach(() => instance?.close());

const open = async (): Promise<void> => {
  instance = await openTestInstance(
    { decodeThreads: 0 },
    {
      threadModule: new URL('./workers/thread.ts', import.meta.url),
      threadData: DEFAULT_LIMITS,
      inline: openOtlpDecoder(DEFAULT_LIMITS),
    },
  );
};
const sender = (tenant: string) => ({
  caller: { tenant: tenant as TenantId, role: 'ingest', actor: { kind: 'system', id: 'test' } } as const,
  retentionDays: { logs: 7, traces: 7, metrics: 7 },
});
const record: EmittedLog = {
  time: 1_795_219_200_000_000_000n,
  severity: 'warn',
  event: 'hanok.audit',
  body: '감사 기록',
  attributes: { action: 'key.create', 'hanok.audit.seq': 7, share: 0.5, own: true },
};

it('appends records of our own to the journal of their tenant, as the ports do', async () => {
  await open();
  await instance.receivers.emit(sender('tenant-a'), 'logs', [record, record]);
  await instance.receivers.emit(sender('tenant-a'), 'logs', []);
  const [batch, ...others] = instance.stored('tenant-a');
  expect(others).toEqual([]);
  expect(batch).toMatchObject({ tenant: 'tenant-a', signal: 'logs', records: 2 });
  const text = batch!.blocks.map(({ bytes }) => Buffer.from(bytes).toString('utf8')).join('');
  for (const told of ['hanok.audit', '감사 기록', 'key.create', 'hanok.audit.seq', 'service.name'])
    expect(text).toContain(told);
  expect(instance.stored('tenant-b')).toEqual([]);
  expect(instance.spent).toEqual([]);
});

it('says that the journal takes nothing, so that it is tried again', async () => {
  await open();
  instance.journal = { open: false, code: 'journal.full', message: 'the journal is full', retryAfter: 3 };
  const emitting = instance.receivers.emit(sender('tenant-a'), 'logs', [record]);
  await expect(emitting).rejects.toMatchObject({ code: 'receivers.not-stored', retry: true });
  instance.journal = { open: true };
  instance.onAppend = async () => {
    throw new Error('disk full');
  };
  const failing = instance.receivers.emit(sender('tenant-a'), 'logs', [record]);
  await expect(failing).rejects.toMatchObject({ code: 'receivers.not-stored', retry: true });
  expect(instance.stored('tenant-a')).toEqual([]);
});
