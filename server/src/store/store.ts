import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTenantId, type TenantId } from '@hanok/contract';
import { type Caller, type Clock, isHanokError, type Log, type Meter, must, type Source } from '#base';
import { ClickHouse } from './clickhouse.ts';
import type { StoreConfig } from './config.ts';
import { Drainer } from './drain.ts';
import { type EngineState, Supervisor } from './engine/supervisor.ts';
import { fail } from './errors.ts';
import { storeError } from './exceptions.ts';
import { migrate } from './migrate.ts';
import type { Select } from './plan/select.ts';
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
  readonly migrated: Promise<void>;
  isMigrated: boolean;
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
    const up = deps.meter.gauge('hanok_store_engine_up', '1 while the engine answers.', { store: name });
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
            },
          });
    const target: Target = {
      client: supervisor?.client ?? new ClickHouse({ url: url! }),
      database: DATABASE,
      server: supervisor === undefined,
      shared: name === POOL,
    };
    const entry: Opened = { target, supervisor, migrated: prepare(), isMigrated: false };
    async function prepare(): Promise<void> {
      for (;;) {
        stop.signal.throwIfAborted();
        await supervisor?.ready(stop.signal);
        try {
          await migrate(target.client, DATABASE, { clock: deps.clock, log });
          entry.isMigrated = true;
          return;
        } catch (error) {
          if (isHanokError(error)) throw error;
          log.warn({ error: String(error) }, 'the store could not be prepared yet');
          await sleep(RETRY_MS, undefined, { signal: stop.signal });
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
      return new Drainer({
        store: name,
        client: entry.target.client,
        database: DATABASE,
        ready: async (signal) => {
          await entry.supervisor?.ready(signal);
          signal.throwIfAborted();
        },
        source,
        lingerMs: config.drainLinger,
        maxBytes: config.drainBytes,
        clock: deps.clock,
        log: deps.log,
        meter: deps.meter,
      });
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
