import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTenantId, type TenantId } from '@hanok/contract';
import { type Caller, type Clock, isHanokError, type Log, type Meter, must, type Source } from '#base';
import { ClickHouse } from './clickhouse.ts';
import type { StoreConfig } from './config.ts';
import { Drainer } from './drain.ts';
import { syncPath } from './engine/durable.ts';
import { type EngineState, Supervisor } from './engine/supervisor.ts';
import { fail } from './errors.ts';
import { storeError } from './exceptions.ts';
import { migrate, tablesOf } from './migrate.ts';
import type { Select } from './plan/select.ts';
import { openRemoval, type StoreRemoval } from './removal.ts';
import { type Limits, runSelect, type Selection, type SelectOptions, type Target } from './select.ts';
import { measureOwn, measureShared, type TableStorage } from './storage.ts';

export interface StoreDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Which store keeps a tenant's data: `pool` or `silo-<tenant>`. */
  readonly placement: (tenant: TenantId) => { readonly store: string };
  /** The Node to run engine processes with. */
  readonly nodePath: string;
  readonly newId?: () => string;
}

export interface Store {
  /**
   * Starts the engine of `name` (`pool` or `silo-<tenant>`) and brings its tables to the newest version; trying again
   * until that has worked. Rejects only when the store is closed first or was written by a newer version.
   */
  open(name: string): Promise<void>;
  /** Carries `source` into `name`, which must have been opened, until closed. */
  drain(name: string, source: Source): { close(): Promise<void> };
  /** Runs `plan` on the caller's tenant's rows. Rejects with HanokErrors `store.*`. */
  select(caller: Caller, plan: Select, options?: SelectOptions): Promise<Selection>;
  engines(): readonly EngineState[];
  /** What the caller's tenant keeps, table by table. */
  storage(caller: Caller): Promise<readonly TableStorage[]>;
  /** For taking a tenant out of `name`, which must have been opened. */
  removal(name: string): StoreRemoval;
  /**
   * Ends the engine of a silo, whose drainer is being closed or was, and deletes everything it keeps. May be repeated, also
   * when it is not open; `open` begins an empty one.
   */
  discard(name: string): Promise<void>;
  /** Are tables there and the engine up? */
  ready(name: string): boolean;
  /** Drainers must have been closed. Running queries are cancelled. */
  close(): Promise<void>;
}

/** ClickHouse's database in every store. */
const DATABASE = 'hanok';
const POOL = 'pool';
const RETRY_MS = 500;
/** What a tenant keeps is looked at now and then; half of it would be wrong. */
const COUNTING: SelectOptions = { budget: { timeMs: 10_000, overrun: 'error' } };

interface Opened {
  readonly target: Target;
  readonly supervisor: Supervisor | undefined;
  /** Done once this life of the engine has its tables. */
  migrated: Promise<void>;
  isMigrated: boolean;
  /** What is drained into it. */
  readonly sources: Set<Source>;
  /** Ends the preparation of its tables. */
  readonly stop: AbortController;
}

export async function openStore(config: StoreConfig, deps: StoreDeps): Promise<Store> {
  const url = config.clickhouseUrl === '' ? undefined : new URL(config.clickhouseUrl);
  const opened = new Map<string, Opened>();
  const stop = new AbortController();
  const newId = deps.newId ?? randomUUID;
  const defaults: Limits = {
    timeMs: config.queryTime,
    memoryBytes: config.queryMemory,
    rowsToRead: config.queryRows,
    resultBytes: config.queryResultBytes,
    overrun: 'partial',
  };

  const foreignRows = deps.meter.counter(
    'hanok_store_foreign_rows_total',
    'Answers withheld because a row in them was another tenant’s. Above 0: report it at once.',
  );

  const start = (name: string): Opened => {
    must(name === POOL || (name.startsWith('silo-') && isTenantId(name.slice(5))), `store name ${name}`);
    const log = deps.log.child({ store: name });
    const restarts = deps.meter.gauge('hanok_store_engine_restarts', 'Times an engine was started again.', {
      store: name,
    });
    const up = deps.meter.gauge('hanok_store_engine_up', '1 while the engine answers.', { store: name }, 'min');
    const own = new AbortController();
    const ended = AbortSignal.any([stop.signal, own.signal]);
    /** Restarts of the engine whose tables are prepared. */
    let life = 0;
    const supervisor =
      name === POOL && url
        ? undefined
        : new Supervisor({
            name,
            dir: join(deps.dataDir, 'engines', name),
            nodePath: deps.nodePath,
            querySessions: config.querySessions,
            memoryLimit: config.engineMemory,
            log,
            onState: (state) => {
              up.set(state.state === 'ready' ? 1 : 0);
              restarts.set(state.restarts);
              if (state.state !== 'ready' || state.restarts === life) return;
              life = state.restarts;
              renew();
            },
          });
    const target: Target = {
      client: supervisor?.client ?? new ClickHouse({ url: url! }),
      database: DATABASE,
      server: supervisor === undefined,
      shared: name === POOL,
    };
    const entry: Opened = {
      target,
      supervisor,
      migrated: prepare(0),
      isMigrated: false,
      sources: new Set(),
      stop: own,
    };
    /** The engine's directory may have been restored or replaced while it was down: nothing of it is taken for granted. */
    function renew(): void {
      entry.isMigrated = false;
      entry.migrated = prepare(life);
      entry.migrated.catch((error: unknown) => {
        if (!ended.aborted) log.error({ error: String(error) }, 'the store that came back cannot be used');
      });
      for (const source of entry.sources) source.raiseEpoch('the engine was started again');
    }
    async function prepare(mine: number): Promise<void> {
      for (;;) {
        ended.throwIfAborted();
        await supervisor?.ready(ended);
        if (mine !== life) return entry.migrated;
        try {
          await migrate(target.client, DATABASE, { clock: deps.clock, log });
          if (mine !== life) return entry.migrated;
          entry.isMigrated = true;
          return;
        } catch (error) {
          if (isHanokError(error)) throw error;
          log.warn({ error: String(error) }, 'the store could not be prepared yet');
          await sleep(RETRY_MS, undefined, { signal: ended });
        }
      }
    }
    return entry;
  };

  const of = (tenant: TenantId): Opened => {
    const { store } = deps.placement(tenant);
    must(store === POOL || store === `silo-${tenant}`, `tenant ${tenant} may not be placed in ${store}`);
    const entry = opened.get(store);
    if (!entry?.isMigrated) throw fail('store.unavailable', 'the store is starting', { retryAfter: 2 });
    return entry;
  };

  const select: Store['select'] = async (caller, plan, options = {}) => {
    const limits: Limits = { ...defaults, ...options.budget };
    const asking = { queryId: newId(), log: deps.log, foreignRows };
    return runSelect(of(caller.tenant).target, caller, plan, limits, options, asking);
  };

  return {
    open(name) {
      let entry = opened.get(name);
      if (!entry) {
        entry = start(name);
        opened.set(name, entry);
        // Whoever asked is told; a store opened in the background must not end the process.
        entry.migrated.catch(() => undefined);
      }
      return entry.migrated;
    },
    drain(name, source) {
      const entry = opened.get(name);
      must(entry, `store ${name} is open`);
      const { target, supervisor, sources } = entry;
      sources.add(source);
      const drainer = new Drainer({
        store: name,
        client: target.client,
        database: DATABASE,
        ready: async (signal) => {
          await supervisor?.ready(signal);
          await entry.migrated;
          signal.throwIfAborted();
        },
        ...(target.server && { tables: () => tablesOf(target.client, DATABASE) }),
        source,
        lingerMs: config.drainLinger,
        maxBytes: config.drainBytes,
        clock: deps.clock,
        log: deps.log,
        meter: deps.meter,
      });
      return {
        async close() {
          sources.delete(source);
          await drainer.close();
        },
      };
    },
    select,
    engines: () => [...opened.values()].flatMap(({ supervisor }) => (supervisor ? [supervisor.state()] : [])),
    async storage(caller) {
      const { client, database, shared } = of(caller.tenant).target;
      if (shared) return measureShared(async (plan) => (await select(caller, plan, COUNTING)).rows());
      try {
        return await measureOwn(client, database);
      } catch (error) {
        throw storeError(error);
      }
    },
    removal(name) {
      const entry = opened.get(name);
      must(entry, `store ${name} is open`);
      return openRemoval(entry.target.client, DATABASE);
    },
    async discard(name) {
      must(name.startsWith('silo-') && isTenantId(name.slice(5)), `the store ${name} is one tenant's alone`);
      const entry = opened.get(name);
      opened.delete(name);
      entry?.stop.abort(new Error('the store is being deleted'));
      await entry?.supervisor?.close();
      await entry?.migrated.catch(() => undefined);
      await rm(join(deps.dataDir, 'engines', name), { recursive: true, force: true });
      await syncPath(join(deps.dataDir, 'engines'));
    },
    ready(name) {
      const entry = opened.get(name);
      return entry?.isMigrated === true && (entry.supervisor?.state().state ?? 'ready') === 'ready';
    },
    async close() {
      stop.abort(new Error('the store is being closed'));
      await Promise.all(
        [...opened.values()].map(async ({ supervisor, target }) => {
          await supervisor?.close();
          target.client.close();
        }),
      );
      await Promise.allSettled([...opened.values()].map(({ migrated }) => migrated));
    },
  };
}
