import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isTenantId, type TenantId } from '@hanok/contract';
import { type Caller, type Clock, type Log, type Meter, must, type Source } from '#base';
import type { StoreConfig } from './config.ts';
import { syncPath } from './engine/durable.ts';
import type { EngineState } from './engine/supervisor.ts';
import { fail } from './errors.ts';
import { storeError } from './exceptions.ts';
import { decideBudget, type Budget as EngineBudget } from './life/decide-budget.ts';
import { DATABASE, engineDir } from './life/life.ts';
import type { OpenStore, Pressed } from './life/open-store.ts';
import { Places } from './life/places.ts';
import { Resident } from './life/resident.ts';
import { Silo } from './life/silo.ts';
import type { Select } from './plan/select.ts';
import { openRemoval, type StoreRemoval } from './removal.ts';
import { type Limits, runSelect, type Selection, type SelectOptions } from './select.ts';
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
  /** Bytes this machine, or what of it we may use, has. */
  readonly machineMemory: number;
  readonly newId?: () => string;
}

export interface Store {
  /**
   * Opens `name` (`pool` or `silo-<tenant>`). The pool's engine is started, and its tables brought to the newest version;
   * trying again until that has worked: rejects only when the store is closed first or was written by a newer version. A
   * silo's is started when it is needed.
   */
  open(name: string): Promise<void>;
  /**
   * Carries `source` into `name`, which must have been opened, until closed.
   * @param pressed do so many bytes take room that new ones need? Then an engine that sleeps is woken for them.
   */
  drain(name: string, source: Source, pressed?: Pressed): { close(): Promise<void> };
  /**
   * Runs `plan` on the caller's tenant's rows; an engine that sleeps is woken for it, and takes in first what its source
   * had. Rejects with HanokErrors `store.*`.
   */
  select(caller: Caller, plan: Select, options?: SelectOptions): Promise<Selection>;
  engines(): readonly EngineState[];
  /** What engines of silos may use together. */
  readonly budget: EngineBudget;
  /** What the caller's tenant keeps, table by table. */
  storage(caller: Caller): Promise<readonly TableStorage[]>;
  /** For taking a tenant out of `name`, which must have been opened; an engine that sleeps is woken for it. */
  removal(name: string): StoreRemoval;
  /**
   * Ends the engine of a silo, whose drainer is being closed or was, and deletes everything it keeps. May be repeated, also
   * when it is not open; `open` begins an empty one.
   */
  discard(name: string): Promise<void>;
  /** Can it be asked: are tables there and the engine up, or asleep and woken by a question? */
  ready(name: string): boolean;
  /** Is the next question to it answered with all that its source has when it is asked, and not only soon after? */
  answersAll(name: string): boolean;
  /** Drainers must have been closed. Running queries are cancelled. */
  close(): Promise<void>;
}

const POOL = 'pool';
/** What a tenant keeps is looked at now and then; half of it would be wrong. */
const COUNTING: SelectOptions = { budget: { timeMs: 10_000, overrun: 'error' } };
/** One timer looks at all stores: every time at those where something goes on, and now and then at all. */
const LOOK_EVERY_MS = 1_000;
const LOOK_AT_ALL = 60;

export async function openStore(config: StoreConfig, deps: StoreDeps): Promise<Store> {
  const url = config.clickhouseUrl === '' ? undefined : new URL(config.clickhouseUrl);
  const opened = new Map<string, OpenStore>();
  const silos = new Set<Silo>();
  const watched = new Set<Silo>();
  const budget = decideBudget(config, deps.machineMemory);
  const places = new Places(
    budget,
    () => deps.clock.monotonic(),
    () => silos.size,
  );
  const newId = deps.newId ?? randomUUID;
  const defaults: Limits = {
    timeMs: config.queryTime,
    memoryBytes: config.queryMemory,
    rowsToRead: config.queryRows,
    resultBytes: config.queryResultBytes,
    overrun: 'partial',
  };

  const { meter } = deps;
  const foreignRows = meter.counter(
    'hanok_store_foreign_rows_total',
    'Answers withheld because a row in them was another tenant’s. Above 0: report it at once.',
  );
  const awake = meter.gauge('hanok_store_engines_awake', 'Engines of silos that are awake, or on their way.');
  const waiting = meter.gauge('hanok_store_engines_waiting', 'Engines of silos that wait for their turn to be awake.');

  let looks = 0;
  const timer = setInterval(() => {
    const isRound = looks++ % LOOK_AT_ALL === 0;
    for (const silo of isRound ? silos : watched) {
      if (silo.look()) watched.add(silo);
      else watched.delete(silo);
    }
    places.serve();
    awake.set(places.awake);
    waiting.set(places.waiting);
  }, LOOK_EVERY_MS).unref();

  const start = (name: string): OpenStore => {
    must(name === POOL || (name.startsWith('silo-') && isTenantId(name.slice(5))), `store name ${name}`);
    const shared = name === POOL;
    if (shared || config.engineIdle === 0)
      return new Resident({ name, shared, url: shared ? url : undefined }, config, deps);
    const silo = new Silo(name, config, { ...deps, places, watch: (one) => watched.add(one) });
    silos.add(silo);
    return silo;
  };

  const of = (tenant: TenantId): OpenStore => {
    const { store } = deps.placement(tenant);
    must(store === POOL || store === `silo-${tenant}`, `tenant ${tenant} may not be placed in ${store}`);
    const entry = opened.get(store);
    if (!entry) throw fail('store.unavailable', 'the store is starting', { retryAfter: 2 });
    return entry;
  };

  const select: Store['select'] = async (caller, plan, options = {}) => {
    const { target, memoryLimit, end } = await of(caller.tenant).use(options.signal);
    const wanted = { ...defaults, ...options.budget };
    // An insert goes on beside it.
    const limits = { ...wanted, memoryBytes: Math.min(wanted.memoryBytes, Math.floor(memoryLimit / 2)) };
    const asking = { queryId: newId(), log: deps.log, foreignRows, onEnd: end };
    try {
      return await runSelect(target, caller, plan, limits, options, asking);
    } catch (error) {
      end();
      throw error;
    }
  };

  return {
    budget,
    open(name) {
      let entry = opened.get(name);
      if (!entry) {
        entry = start(name);
        opened.set(name, entry);
      }
      return entry.opened();
    },
    drain(name, source, pressed) {
      const entry = opened.get(name);
      must(entry, `store ${name} is open`);
      return entry.drain(source, pressed);
    },
    select,
    engines: () => [...opened.values()].flatMap((entry) => entry.state() ?? []),
    async storage(caller) {
      const { target, end } = await of(caller.tenant).use();
      try {
        if (target.shared) return await measureShared(async (plan) => (await select(caller, plan, COUNTING)).rows());
        return await measureOwn(target.client, DATABASE).catch((error: unknown) => {
          throw storeError(error);
        });
      } finally {
        end();
      }
    },
    removal(name) {
      const entry = opened.get(name);
      must(entry, `store ${name} is open`);
      const within = async <T>(signal: AbortSignal, work: (removal: StoreRemoval) => Promise<T>): Promise<T> => {
        const { target, end } = await entry.use(signal);
        try {
          return await work(openRemoval(target.client, DATABASE));
        } finally {
          end();
        }
      };
      return {
        count: (tenant, signal) => within(signal, (removal) => removal.count(tenant, signal)),
        remove: (tenant, signal, told) => within(signal, (removal) => removal.remove(tenant, signal, told)),
        replacedParts: (ms, signal) => within(signal, (removal) => removal.replacedParts(ms, signal)),
      };
    },
    async discard(name) {
      must(name.startsWith('silo-') && isTenantId(name.slice(5)), `the store ${name} is one tenant's alone`);
      const entry = opened.get(name);
      opened.delete(name);
      if (entry instanceof Silo) {
        silos.delete(entry);
        watched.delete(entry);
      }
      await entry?.close();
      await rm(engineDir(deps.dataDir, name), { recursive: true, force: true });
      await syncPath(join(deps.dataDir, 'engines'));
    },
    ready: (name) => opened.get(name)?.isReady === true,
    answersAll: (name) => opened.get(name)?.answersAll === true,
    async close() {
      clearInterval(timer);
      places.close();
      await Promise.all([...opened.values()].map((entry) => entry.close()));
    },
  };
}
