import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { type Caller, type Clock, type Entry, type Log, type Meter, must, type Sink } from '#base';
import { type Journal, type JournalSettings, openJournal } from '#journal';
import type { TailStart } from '#query';
import type { Store } from '#store';
import { fail } from './errors.ts';

/**
 * The pairs of journal and engine: one for the pool, one for each silo. A tenant's store name decides which pair its
 * records go through; a pair is opened once and stays open until the instance closes.
 */
export interface Stores {
  /** Opens the pair `name` unless it is open. */
  open(name: string): Promise<void>;
  sinkFor(caller: Caller): Sink;
  /** This tenant's entries: those its store has not taken in, and from then on each as it becomes durable, in order. */
  tail(caller: Caller, listener: (entry: Entry) => void): TailStart;
  journals(): ReadonlyMap<string, Journal>;
  /**
   * Nothing of the tenant's is appended any more, whoever was let in before; resolves when what was being appended is
   * settled.
   */
  shutOut(tenant: TenantId): Promise<void>;
  /** Closes a silo's pair and deletes its journal and engine. May be repeated, also when the pair is not open. */
  discard(name: string): Promise<void>;
  /** Stops draining, then closes the journals. Engines are closed by the store itself, afterwards. */
  close(): Promise<void>;
}

/** Name of a journal's consumer that fills the store. */
const STORE = 'store';
/** Share of its budget above which a journal is emptied although nobody asks. */
const PRESSED = 0.25;
const LOOK_AT_DISK_MS = 10_000;
const LOOK_EVERY_MS = 10;

interface Deps {
  readonly dataDir: string;
  readonly journal: JournalSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly store: Store;
  readonly storeOf: (tenant: TenantId) => string;
}

export function openStores(deps: Deps): Stores {
  const opened = new Map<string, { readonly journal: Journal; readonly stop: () => Promise<void> }>();
  const opening = new Map<string, Promise<void>>();

  const out = new Set<TenantId>();
  /** Appends under way. */
  const underWay = new Map<TenantId, number>();

  const sinks = new WeakMap<Journal, Sink>();
  const sinkOf = (journal: Journal): Sink => {
    let sink = sinks.get(journal);
    if (!sink) {
      sink = {
        canAccept: () => journal.canAccept(),
        get epoch() {
          return journal.epoch;
        },
        async append(batch) {
          const { tenant } = batch;
          if (out.has(tenant)) throw fail('main.tenant-removed', 'the tenant is being removed');
          underWay.set(tenant, (underWay.get(tenant) ?? 0) + 1);
          try {
            return await journal.append(batch);
          } finally {
            const others = underWay.get(tenant)! - 1;
            if (others === 0) underWay.delete(tenant);
            else underWay.set(tenant, others);
          }
        },
      };
      sinks.set(journal, sink);
    }
    return sink;
  };

  const journalOf = (caller: Caller): Journal => {
    const name = deps.storeOf(caller.tenant);
    const pair = opened.get(name);
    // Tenants are announced before their keys work, so this is a broken promise of ours, not a caller's mistake.
    if (!pair) throw new Error(`store ${name} of tenant ${caller.tenant} is not open`);
    return pair.journal;
  };

  const openPair = async (name: string): Promise<void> => {
    const journal = await openJournal(
      { ...deps.journal, dir: join(deps.dataDir, 'journal', name), name },
      { clock: deps.clock, log: deps.log.child({ module: 'journal', store: name }), meter: deps.meter },
    );
    // Intake works from here on; the engine may take its time.
    const source = await journal.source(STORE);
    let drainer: { close(): Promise<void> } | undefined;
    // What waits for an engine that sleeps is taken in when it takes room that new records need.
    let lookedAt = Number.NEGATIVE_INFINITY;
    let isShut = false;
    const pressed = (waitingBytes: number) => {
      const now = deps.clock.monotonic();
      // Asking the journal makes it ask the disk, which is not worth it every second.
      if (now - lookedAt >= LOOK_AT_DISK_MS) {
        lookedAt = now;
        isShut = !journal.canAccept().open;
      }
      return isShut || waitingBytes > deps.journal.diskBudgetBytes * PRESSED;
    };
    const ready = deps.store
      .open(name)
      .then(() => {
        drainer = deps.store.drain(name, source, pressed);
      })
      .catch((error: unknown) =>
        deps.log.error({ store: name, error: String(error) }, 'engine did not open; its journal keeps filling'),
      );
    opened.set(name, {
      journal,
      stop: async () => {
        await ready;
        await drainer?.close();
        await journal.close();
      },
    });
  };

  return {
    open(name) {
      let running = opening.get(name);
      if (!running) {
        running = openPair(name);
        opening.set(name, running);
        running.catch(() => opening.delete(name));
      }
      return running;
    },
    sinkFor: (caller) => sinkOf(journalOf(caller)),
    tail(caller, listener) {
      const journal = journalOf(caller);
      const isMine = ({ batch }: Entry) => batch.tenant === caller.tenant;
      const stop = journal.tail((entry) => {
        if (isMine(entry)) listener(entry);
      });
      // In the same turn: no entry is in both, and none in neither.
      const { entries, whole } = journal.unread(STORE);
      // A store that is behind takes in what it has not before it answers: what is no longer at hand comes from there.
      return {
        stop,
        unread: entries.filter(isMine),
        whole: whole || deps.store.answersAll(deps.storeOf(caller.tenant)),
      };
    },
    journals: () => new Map([...opened].map(([name, { journal }]) => [name, journal])),
    async shutOut(tenant) {
      out.add(tenant);
      while (underWay.has(tenant)) await sleep(LOOK_EVERY_MS);
    },
    async discard(name) {
      must(name.startsWith('silo-'), `the store ${name} is one tenant's alone`);
      await opening.get(name)?.catch(() => undefined);
      const pair = opened.get(name);
      opened.delete(name);
      opening.delete(name);
      // At once: a drainer of an engine that does not come up waits for nothing but its end.
      await Promise.all([pair?.stop(), deps.store.discard(name)]);
      await rm(join(deps.dataDir, 'journal', name), { recursive: true, force: true });
    },
    async close() {
      await Promise.allSettled(opening.values());
      await Promise.all([...opened.values()].map((pair) => pair.stop()));
      opened.clear();
    },
  };
}
