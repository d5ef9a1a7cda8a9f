import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { TenantId, TenantLive } from '@hanok/contract';
import {
  type Caller,
  Connections,
  isHanokError,
  type Log,
  Meter,
  OPERATOR_TENANT,
  readHandleLimit,
  systemClock,
} from '#base';
import { type Control, type LimitUses, openControl, type Tenant } from '#control';
import { isLoopback, openEdge } from '#edge';
import { openOutbound, systemAddresses, systemResolve } from '#outbound';
import { openQuery } from '#query';
import { openReceivers } from '#receivers';
import { openStore } from '#store';
import { forwardAudit } from './audit-logs.ts';
import { lockDirectory } from './directory-lock.ts';
import { engineDetail } from './engine-detail.ts';
import { TENANT_REMOVED } from './errors.ts';
import { readDisk } from './free-disk.ts';
import { handleStores } from './handle-stores.ts';
import { readMachineMemory } from './machine-memory.ts';
import { openMail } from './mail.ts';
import { collectNotices } from './notices.ts';
import type { Config } from './slices.ts';
import { openStores } from './stores.ts';
import { isDiscarded, openTenantRemoval } from './tenant-removal.ts';
import { wantedConnections } from './wanted-connections.ts';

export interface Hanok {
  readonly ui: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly dataDir: string;
  /** First credentials, on the very first start only. */
  readonly first: Control['first'];
  close(): Promise<void>;
}

/** Largest description or key set of an issuer of tokens. */
const KEYS_MOST_BYTES = 256 * 1024;

/**
 * Opens the instance, module by module, in the order in which they need each other, and closes it in reverse. Resolves when
 * all ports listen; engines may still be starting then (`/health/ready` tells), intake does not wait for them.
 */
export async function openHanok(config: Config, log: Log, root: string): Promise<Hanok> {
  const clock = systemClock;
  const meter = new Meter();
  const dataDir = resolve(config.main.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { bind } = config.main;
  const moduleLog = (name: string) => log.child({ module: name });

  await using opened = new AsyncDisposableStack();
  const keep = <T extends { close(): Promise<void> | void }>(part: T): T => {
    opened.defer(() => part.close());
    return part;
  };

  keep(lockDirectory(dataDir));

  const outbound = keep(
    openOutbound(config.outbound, { meter, resolve: systemResolve, ownAddresses: systemAddresses }),
  );

  let usesOf: (tenant: TenantId) => LimitUses = () => ({});
  // Tenants made later open their pair before their keys work; those that exist are opened below.
  let openPair: (name: string) => Promise<void> = async () => {};
  // Known once the ports are open.
  let ingestOf: (tenant: TenantId) => TenantLive['ingest'] = () => ({ recordsPerSecond: 0, refused: 0, lastAt: null });
  const engineOf = ({ store: name }: Tenant): TenantLive['engine'] =>
    store.engines().find((engine) => engine.name === name)?.state ?? (store.ready(name) ? 'ready' : 'away');
  const control = keep(
    await openControl(config.control, {
      dataDir,
      clock,
      log: moduleLog('control'),
      randomBytes,
      cores: availableParallelism(),
      limits: {
        series: config.pipeline.maxNewSeries,
        attributeKeys: config.pipeline.maxKeys,
        queryMemoryBytes: config.store.queryMemory,
        queryTimeMs: config.store.queryTime,
        queryRows: config.store.queryRows,
        queriesAtOnce: config.query.atOnce,
        tails: config.query.tailsPerTenant,
      },
      usesOf: (tenant) => usesOf(tenant),
      onTenant: (tenant) => openPair(tenant.store),
      checkUrl: (tenant, url) => outbound.check(tenant, url, 'listed'),
      publicUrl: config.edge.publicUrl,
      sendMail: openMail(config.main.smtpUrl, config.main.mailFrom),
      beyondLoopback: !isLoopback(bind),
      live: (tenant) => ({ ingest: ingestOf(tenant.id), engine: engineOf(tenant) }),
    }),
  );
  const limitsOf = (tenant: TenantId) => control.snapshot().tenant(tenant)?.limits;
  const storeOf = (tenant: TenantId): string => control.snapshot().tenant(tenant)?.store ?? 'pool';

  const store = keep(
    await openStore(config.store, {
      dataDir,
      clock,
      log: moduleLog('store'),
      meter,
      nodePath: process.execPath,
      machineMemory: readMachineMemory(),
      placement: (tenant) => ({ store: storeOf(tenant) }),
    }),
  );
  const stores = keep(openStores({ dataDir, journal: config.journal, clock, log, meter, store, storeOf }));
  openPair = (name) => stores.open(name);
  const discarded = new Set((await control.deletions.mine()).filter(isDiscarded).map(({ tenant }) => `silo-${tenant}`));
  await Promise.all(
    [...new Set(control.snapshot().tenants.map((tenant) => tenant.store))]
      .filter((name) => !discarded.has(name))
      .map((name) => stores.open(name)),
  );

  const connections = new Connections(
    config.connections,
    { clock, meter, log },
    {
      handles: readHandleLimit(),
      stores: handleStores(new Set(control.snapshot().tenants.map((tenant) => tenant.store)).size, store.budget.most),
      wanted: wantedConnections(config),
    },
  );
  log.info(
    {
      handles: connections.shares.limit ?? 'unknown',
      kept: connections.shares.kept,
      connections: connections.shares.most,
    },
    connections.shares.reduced
      ? 'file handles are few: ports take fewer connections than configured'
      : 'connections that the ports take',
  );

  const query = keep(
    openQuery(config.query, {
      clock,
      log: moduleLog('query'),
      meter,
      store,
      engineOf: storeOf,
      limitsOf,
      tail: (caller, listener) => stores.tail(caller, listener),
      storage: (caller, readsInstance) => readStorage(caller, readsInstance),
    }),
  );
  const readStorage = async (caller: Caller, operator: boolean) => {
    const journal = stores.journals().get(storeOf(caller.tenant));
    const stats = journal?.stats();
    const lag = stats?.sources['store'];
    const own = storeOf(caller.tenant) !== 'pool';
    const retentionDays = control.snapshot().tenant(caller.tenant)?.retentionDays;
    return {
      tables: (await store.storage(caller)).map(({ onDisk, days, ...table }) => ({
        ...table,
        days: [...days],
        ...(onDisk && {
          bytesOnDisk: onDisk.bytes,
          bytesPerRow: onDisk.bytesPerRow,
          parts: onDisk.parts,
          partitions: onDisk.partitions,
        }),
      })),
      ...(retentionDays && { retentionDays }),
      ingest: { open: journal?.canAccept().open ?? false },
      ...(operator && {
        disk: { ...(await readDisk(dataDir)), reservedBytes: config.journal.diskReserveBytes },
      }),
      // The pool's backlog is everybody's.
      ...((operator || own) && {
        journal: {
          bytes: stats?.bytes ?? 0,
          budgetBytes: stats?.budgetBytes ?? 0,
          lagRows: lag?.records ?? 0,
          lagSeconds: (lag?.oldestMs ?? 0) / 1_000,
        },
      }),
    };
  };

  const webDir = config.main.webDir === '' ? join(root, 'web', 'dist') : resolve(config.main.webDir);
  let receivers: Awaited<ReturnType<typeof openReceivers>> | undefined;
  const addresses = () => ({
    otlpHttp: url(bind, receivers?.httpPort ?? config.receivers.httpPort),
    otlpGrpc: url(bind, receivers?.grpcPort ?? config.receivers.grpcPort),
  });
  const edge = keep(
    await openEdge(config.edge, {
      bind,
      connections,
      control,
      clock,
      log: moduleLog('edge'),
      meter,
      routes: [...control.routes, ...query.routes],
      ...(existsSync(webDir) ? { staticDir: webDir } : {}),
      endpoints: addresses,
      fetchUrl: (tenant, url) =>
        outbound.fetch(tenant, {
          url,
          plainHttp: 'listed',
          maxBytes: KEYS_MOST_BYTES,
          headers: { accept: 'application/json' },
        }),
      ready: () => ({
        ...Object.fromEntries(
          store
            .engines()
            .map((engine) => [
              `engine ${engine.name}`,
              { ready: store.ready(engine.name), detail: engineDetail(engine, store.ready(engine.name)) },
            ]),
        ),
        ...Object.fromEntries(
          [...stores.journals()].map(([name, journal]) => {
            const admission = journal.canAccept();
            return [
              `journal ${name}`,
              { ready: admission.open, detail: admission.open ? 'accepting' : admission.message },
            ];
          }),
        ),
        receivers: { ready: receivers !== undefined },
      }),
      notices: (reader) =>
        collectNotices(reader, {
          journals: stores.journals(),
          engines: store.engines(),
          reserveBytes: config.journal.diskReserveBytes,
          storeOf,
          operatorTenant: OPERATOR_TENANT,
          refusedConnections: connections.recent(),
          controlAwaySince: control.awaySince(),
          limits: (tenant) => receivers?.limitNotices(tenant) ?? [],
        }),
    }),
  );
  ingestOf = (tenant) => edge.ingestActivity.glance(tenant);
  receivers = keep(
    await openReceivers(config.receivers, {
      bind,
      connections,
      clock,
      log: moduleLog('receivers'),
      meter,
      limits: config.pipeline,
      limitsOf,
      dataDir,
      authorize: edge.authorize,
      spend: edge.spend,
      settle: edge.settle,
      report: (event) => edge.ingestActivity.report(event),
      sinkFor: (caller) => stores.sinkFor(caller),
    }),
  );

  const { emit, forget, broughtToday } = receivers;
  usesOf = (tenant) => ({ ...edge.rates(tenant), ...broughtToday(tenant), tails: query.tails(tenant) });

  keep(
    await openTenantRemoval({
      deletions: control.deletions,
      access: control.access,
      store,
      stores,
      storeOf,
      forget: async (tenant) => {
        edge.forget(tenant);
        await forget(tenant);
      },
      dataDir,
      clock,
      log: moduleLog('tenant-removal'),
    }),
  );
  if (config.main.auditLogs)
    keep(
      forwardAudit({
        forwarding: control.audit.forwarding,
        clock,
        log: moduleLog('audit'),
        async emit(tenant, records) {
          const retentionDays = control.snapshot().tenant(tenant)?.retentionDays;
          if (retentionDays === undefined) return false;
          const actor = { kind: 'system', id: 'audit' } as const;
          try {
            await emit({ caller: Object.freeze({ tenant, actor }), retentionDays }, 'logs', records);
          } catch (error) {
            // Entries about a removal stay in the audit log; the logs they would be among are being removed.
            if (isHanokError(error) && error.code === TENANT_REMOVED) return false;
            throw error;
          }
          return true;
        },
      }),
    );

  const parts = opened.move();
  return {
    ui: url(bind, edge.port),
    ...addresses(),
    dataDir,
    first: control.first,
    close: () => parts.disposeAsync(),
  };
}

function url(bind: string, port: number): string {
  const host = bind === '0.0.0.0' || bind === '::' ? 'localhost' : bind.includes(':') ? `[${bind}]` : bind;
  return `http://${host}:${port}`;
}
