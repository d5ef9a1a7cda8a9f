import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { isTenantId } from '@hanok/contract';
import { type Clock, isHanokError, type Log, must } from '#base';
import type { AccessFeed, Control, Deletion, RemovalState } from '#control';
import type { Journal } from '#journal';
import type { Store } from '#store';
import type { Stores } from './stores.ts';

export interface TenantRemovalDeps {
  readonly deletions: Control['deletions'];
  readonly access: Pick<AccessFeed, 'listen'>;
  readonly store: Pick<Store, 'removal' | 'ready'>;
  readonly stores: Pick<Stores, 'journals' | 'shutOut' | 'discard'>;
  readonly storeOf: (tenant: TenantId) => string;
  /** What is held of the tenant in memory, and what its intake keeps on disk. */
  readonly forget: (tenant: TenantId) => Promise<void>;
  /** `certificates/` in it. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface TenantRemoval {
  /** Goes on with what was under way after this; nothing of a removal is lost by closing. */
  close(): Promise<void>;
}

/** A silo whose engine does not come up within this is deleted without its rows having been counted. */
const COUNT_WITHIN_MS = 5 * 60_000;
const RETRY_MS = 5_000;
const LOOK_EVERY_MS = 250;
/** A clock may be set; and `setTimeout` takes 24 days at most. */
const LOOK_AT_CLOCK_MS = 60_000;
const POOL = 'pool';

/**
 * Removes tenants whose time to be undeleted is over, one after another, in the steps of `REMOVAL_STEPS`. The step is in the
 * control database before it begins and each may be repeated, so a kill costs the time of one step and nothing else.
 */
export async function openTenantRemoval(deps: TenantRemovalDeps): Promise<TenantRemoval> {
  const { deletions, log, clock } = deps;
  const stop = new AbortController();
  const { signal } = stop;
  await keepCertificates(deps);

  /** When a removal that met trouble is tried again, by tenant. */
  const notBefore = new Map<string, number>();
  let wake: () => void = () => {};

  const once = async (): Promise<number> => {
    const now = clock.now();
    let next = now + LOOK_AT_CLOCK_MS;
    for (const deletion of await deletions.mine()) {
      const due = Math.max(deletion.dueAt, notBefore.get(deletion.tenant) ?? 0);
      if (due > now) {
        next = Math.min(next, due);
        continue;
      }
      notBefore.delete(deletion.tenant);
      try {
        await remove(deps, deletion, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const what = isHanokError(error) ? `${error.code}: ${error.message}` : String(error);
        log.warn({ tenant: deletion.tenant, error: what }, 'a removal did not get on; it is tried again');
        await deletions.trouble(deletion.tenant, what);
        notBefore.set(deletion.tenant, clock.now() + RETRY_MS);
        next = Math.min(next, clock.now() + RETRY_MS);
      }
    }
    return next;
  };
  const run = async () => {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let next: number;
      try {
        next = await once();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error: String(error) }, 'deletions under way could not be read; it is tried again');
        next = clock.now() + RETRY_MS;
      }
      const timer = new AbortController();
      const waited = sleep(Math.max(0, next - clock.now()), undefined, { signal: timer.signal, ref: false });
      await Promise.race([woken, waited.catch(() => undefined)]);
      timer.abort();
    }
  };
  const unlisten = deps.access.listen((changes) => {
    if (changes.some(({ kind }) => kind === 'tenant' || kind === 'anything')) wake();
  });
  const running = run();
  return {
    async close() {
      unlisten();
      stop.abort(new Error('the instance is being closed'));
      wake();
      await running;
    },
  };
}

/** Has what this silo kept been deleted, or is it about to be? Then nothing is to be opened in its place. */
export const isDiscarded = ({ beganAt, state }: Deletion): boolean =>
  beganAt !== null && ['removing', 'journal', 'verifying', 'finishing'].includes(state.step);

async function remove(deps: TenantRemovalDeps, deletion: Deletion, signal: AbortSignal): Promise<void> {
  const { deletions, clock, log } = deps;
  const { tenant } = deletion;
  must(isTenantId(tenant), 'tenant ids in the database are valid');
  if (!(await deletions.begin(tenant))) return;
  const beganAt = deletion.beganAt ?? clock.now();
  const name = deps.storeOf(tenant);
  await deps.stores.shutOut(tenant);
  let state = deletion.state;
  const go = async (change: Partial<RemovalState>) => {
    state = { ...state, ...change };
    await deletions.save(tenant, state);
    signal.throwIfAborted();
  };
  if (deletion.trouble !== null) await deletions.trouble(tenant, null);
  const isSilo = name !== POOL;
  const steps: Readonly<Record<Exclude<RemovalState['step'], 'finishing'>, () => Promise<void>>> = {
    waiting: () => go({ step: 'draining' }),
    async draining() {
      const { removal } = journalOf(deps, name);
      const { last } = removal;
      while (removal.passed < last) {
        if (isSilo && clock.now() - beganAt > COUNT_WITHIN_MS) break;
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      }
      await go({ step: 'counting', journalLast: String(last) });
    },
    async counting() {
      const held = await journalOf(deps, name).removal.held(tenant);
      const counted = await countRows(deps, name, tenant, isSilo ? beganAt + COUNT_WITHIN_MS : undefined, signal);
      await go({
        step: 'removing',
        counted: counted !== undefined,
        tables: (counted ?? []).map((one) => ({ ...one, days: [...one.days], removed: 0 })),
        journal: { bytes: held.bytes, deadLetters: held.deadLetters, goneAt: null },
        damagedPlaces: isSilo ? 0 : held.unknown,
      });
    },
    async removing() {
      const gone = (table: string, left: number) =>
        state.tables.map((one) => (one.table === table ? { ...one, removed: Math.max(0, one.rows - left) } : one));
      if (isSilo) await deps.stores.discard(name);
      else
        await deps.store.removal(name).remove(tenant, signal, ({ table, rows }) => go({ tables: gone(table, rows) }));
      const tables = state.tables.map((one) => ({ ...one, removed: one.rows }));
      await go({ step: isSilo ? 'verifying' : 'journal', tables, removedAt: clock.now() });
    },
    async journal() {
      const { removal } = journalOf(deps, name);
      await removal.removeAside(tenant);
      const last = BigInt(state.journalLast ?? removal.last);
      await removal.endSegment(last);
      for (let left = removal.remaining(last); left; left = removal.remaining(last)) {
        const goneAt = left.goneAt === undefined ? null : `${left.goneAt}000000`;
        if (goneAt !== state.journal.goneAt) await go({ journal: { ...state.journal, goneAt } });
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      }
      await go({ step: 'verifying', journal: { ...state.journal, goneAt: null } });
    },
    async verifying() {
      if (isSilo) {
        // A start in between may have made its directories again.
        await deps.stores.discard(name);
        return go({ step: 'finishing' });
      }
      const removal = deps.store.removal(name);
      if ((await removal.count(tenant, signal)).length > 0) {
        log.warn({ tenant }, 'rows of a tenant that was removed are there again; they are removed');
        return go({ step: 'removing' });
      }
      while ((await removal.replacedParts(state.removedAt ?? clock.now(), signal)) > 0)
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      await go({ step: 'finishing' });
    },
  };
  while (state.step !== 'finishing') await steps[state.step]();
  await deps.forget(tenant);
  const { id, document } = await deletions.finish(tenant);
  log.info({ tenant, certificate: id }, 'a tenant was removed');
  await keepCertificate(deps.dataDir, id, document);
}

function journalOf({ stores }: TenantRemovalDeps, name: string): Journal {
  const journal = stores.journals().get(name);
  must(journal, `store ${name} is open`);
  return journal;
}

/** Undefined when the engine did not come up in time. */
async function countRows(
  { store, clock }: TenantRemovalDeps,
  name: string,
  tenant: TenantId,
  until: number | undefined,
  signal: AbortSignal,
) {
  for (;;) {
    try {
      return await store.removal(name).count(tenant, signal);
    } catch (error) {
      if (signal.aborted || until === undefined) throw error;
      if (clock.now() > until) return undefined;
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }
}

const folderOf = (dataDir: string): string => join(dataDir, 'certificates');

/** Whole and durable, or not there at all. */
async function keepCertificate(dataDir: string, id: string, document: string): Promise<void> {
  const folder = folderOf(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${id}.json`);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(document);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Those that a kill left in the database alone. */
async function keepCertificates({ deletions, dataDir, log }: TenantRemovalDeps): Promise<void> {
  const names = new Set(await readdir(folderOf(dataDir)).catch(() => []));
  for (const { id, document } of await deletions.issuedHere()) {
    if (names.has(`${id}.json`)) continue;
    await keepCertificate(dataDir, id, document);
    log.info({ certificate: id }, 'a certificate was written to the data directory');
  }
}
