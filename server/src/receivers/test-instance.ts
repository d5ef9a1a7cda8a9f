import type { TenantId } from '@hanok/contract';
import {
  type Admission,
  type Batch,
  type ConnectionsConfig,
  HanokError,
  type IngestReport,
  Meter,
  readConfig,
  type Sink,
  silentLog,
  standaloneConnections,
  systemClock,
} from '#base';
import { RECEIVERS_CONFIG, type ReceiversConfig } from './config.ts';
import type { Authorisation, HeaderGetter, ReceiversDeps } from './deps.ts';
import { type DecoderChoice, openFrontEnds, type Receivers } from './open.ts';
import { openDouble } from './workers/double.ts';

/** An instance of two tenants around the front ends, for tests: keys `key-a` and `key-b`, journals in memory. */
export interface TestInstance {
  readonly receivers: Receivers;
  readonly meter: Meter;
  readonly events: IngestReport[];
  readonly spent: { readonly tenant: TenantId; readonly records: number; readonly bytes: number }[];
  /** Corrections of estimates, in the order they came. */
  readonly settled: { readonly tenant: TenantId; readonly records: number; readonly bytes: number }[];
  /** Batches appended, per tenant. */
  stored(tenant: string): readonly Batch[];
  /** Empties the journals. */
  forget(): void;
  /** Epoch of all journals. */
  epoch: string;
  /** Keys that are refused from now on. */
  readonly revoked: Set<string>;
  /** What is answered from now on. */
  journal: Admission;
  bucket: Admission;
  /** Called in place of the journal's write; may wait or throw. */
  onAppend: (batch: Batch) => Promise<void>;
  close(): Promise<void>;
}

const TENANT_OF: Readonly<Record<string, TenantId>> = {
  'key-a': 'tenant-a' as TenantId,
  'key-b': 'tenant-b' as TenantId,
};

/** Small limits, so that they are reached quickly; real ports and threads. */
export const TEST_CONFIG: ReceiversConfig = {
  ...readConfig({ receivers: RECEIVERS_CONFIG }, {}).receivers,
  httpPort: 0,
  grpcPort: 0,
  decodeThreads: 1,
  inlineBytes: 0,
  drainMs: 1_000,
};

/** @param connections what differs from the defaults */
export async function openTestInstance(
  changes: Partial<ReceiversConfig> & { readonly connections?: Partial<ConnectionsConfig> } = {},
  decoder: DecoderChoice = {
    threadModule: new URL('./workers/double-thread.ts', import.meta.url),
    threadData: undefined,
    inline: openDouble(),
  },
  more: Pick<ReceiversDeps, 'ledgers'> = {},
): Promise<TestInstance> {
  const journals = new Map<TenantId, Batch[]>();
  const meter = new Meter();
  const events: IngestReport[] = [];
  const spent: TestInstance['spent'] = [];
  const settled: TestInstance['settled'] = [];
  let sequence = 0n;
  const sinkOf = (tenant: TenantId): Sink => ({
    get epoch() {
      return instance.epoch;
    },
    canAccept: () => instance.journal,
    async append(batch) {
      await instance.onAppend(batch);
      journals.set(tenant, [...(journals.get(tenant) ?? []), batch]);
      sequence += 1n;
      return sequence;
    },
  });
  const instance: Omit<TestInstance, 'receivers' | 'close'> = {
    meter,
    events,
    spent,
    settled,
    stored: (tenant) => journals.get(tenant as TenantId) ?? [],
    forget: () => journals.clear(),
    epoch: 'first',
    revoked: new Set(),
    journal: { open: true },
    bucket: { open: true },
    onAppend: async () => {},
  };
  const config = { ...TEST_CONFIG, ...changes };
  const connections = standaloneConnections(
    { clock: systemClock, meter, log: silentLog },
    config.maxConnections,
    changes.connections,
  );
  const receivers = await openFrontEnds(
    config,
    {
      bind: '127.0.0.1',
      clock: systemClock,
      log: silentLog,
      meter,
      connections,
      authorize: (header) => (instance.revoked.has(keyOf(header)) ? revokedKey(keyOf(header)) : authorize(header)),
      sinkFor: (caller) => sinkOf(caller.tenant),
      spend: (caller, records, bytes) => {
        spent.push({ tenant: caller.tenant, records, bytes });
        return instance.bucket;
      },
      settle: (caller, records, bytes) => {
        settled.push({ tenant: caller.tenant, records, bytes });
      },
      report: (event) => void events.push(event),
      ...more,
    },
    decoder,
  );
  return Object.assign(instance, { receivers, close: () => receivers.close() });
}

const keyOf = (header: HeaderGetter): string =>
  header('authorization')?.replace(/^Bearer /, '') ?? header('x-hanok-key') ?? '';

/** A key that was revoked still tells whose it was. */
const revokedKey = (key: string): Authorisation => ({
  ok: false,
  tenant: TENANT_OF[key] ?? null,
  error: new HanokError('edge.key', { kind: 'caller', status: 401, retry: false }, 'the key is revoked'),
});

function authorize(header: HeaderGetter): Authorisation {
  const tenant = TENANT_OF[keyOf(header)];
  if (!tenant)
    return {
      ok: false,
      tenant: null,
      error: new HanokError('edge.key', { kind: 'caller', status: 401, retry: false }, 'the key is not known'),
    };
  const claimed = header('x-business-id');
  if (claimed !== undefined && claimed !== tenant)
    return {
      ok: false,
      tenant,
      error: new HanokError('edge.tenant', { kind: 'caller', status: 403, retry: false }, 'not the tenant of the key'),
    };
  return {
    ok: true,
    caller: { tenant, actor: { kind: 'key', id: keyOf(header) } },
    retentionDays: { logs: 30, traces: 30, metrics: 90 },
  };
}
