import type { AuditVerifyResponse } from '@hanok/contract';
import type { Transaction } from 'kysely';
import type { Clock, Log } from '#base';
import type { AccessChange } from '../access/feed.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import { ChainCheck, type ChainHead, chainHash, GENESIS } from './chain.ts';
import { Folder } from './fold.ts';
import { ReadLog, type ReadNote } from './reads.ts';
import { walkChain } from './walk-chain.ts';

/** Who did it, as the log names them: an e-mail address, `key:ID`, `system:TASK` or `anonymous`. */
export interface Actor {
  readonly name: string;
  /** The tenant whose administrators may read the row; null for the operators alone. */
  readonly tenant: string | null;
  readonly remote: string;
  readonly requestId?: string;
}

export interface AuditDraft {
  readonly action: string;
  /** What it was done to: an id, an address, a path. Never a secret. */
  readonly target: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  readonly detail?: Readonly<Record<string, unknown>>;
  /** The tenant the row belongs to when it is not the actor's own. */
  readonly tenant?: string | null;
}

export interface AuditEntry extends AuditDraft {
  readonly actor: Actor;
}

/** What a transaction did. */
export interface Change<T> {
  readonly result: T;
  readonly entry: AuditEntry;
  /** Whose rights may be other ones now; empty when nobody's are. */
  readonly access: readonly AccessChange[];
}

export interface AuditPage {
  /** Only rows of this tenant; undefined: of the whole instance. */
  readonly tenant: string | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}

export interface AuditLog {
  /** Durable when it resolves. */
  append(entry: AuditEntry): Promise<void>;
  /**
   * Runs `work` and writes the row it returns, in one transaction: the change and the row that tells of it become
   * durable together, or neither does. `work` must use the transaction it is given, never the database itself. It also
   * says whose access it touches: before `change` resolves, the snapshot and all who hold decisions know of it.
   */
  change<T>(work: (transaction: Transaction<Schema>) => Promise<Change<T>>): Promise<T>;
  /** For hot paths: never waits, folds repeats of the same kind, keeps memory bounded. */
  denied(entry: AuditEntry): void;
  /** Durable when it resolves, once per person, tenant, kind and quarter of an hour; nothing may be read when it rejects. */
  read(note: ReadNote): Promise<void>;
  /**
   * Newest first. `seq` and `before` count within what is read: of the whole instance the numbers of the chain, of a
   * tenant its own rows from 1 on. The chain's would tell a tenant by their gaps how much the others do.
   */
  page(wanted: AuditPage): Promise<Schema['audit'][]>;
  /** Recomputes the chain; `known` is a head somebody wrote down earlier. */
  verify(known?: ChainHead): Promise<AuditVerifyResponse>;
  /** Writes what is folded or queued. */
  close(): Promise<void>;
}

const FLUSH_MS = 10_000;
/** Texts from outside are cut to this in the log. */
const MOST_TEXT = 256;
/** Rows waiting for the disk; beyond it denials are only counted. */
const MOST_QUEUED = 256;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must go
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f\u2028\u2029]/g;
const clean = (text: string): string => text.slice(0, MOST_TEXT).replace(CONTROL_CHARACTERS, '\uFFFD').toWellFormed();

/** `committed` is told of every change that touches somebody's access, after it is durable. */
export async function openAuditLog(
  dialect: Dialect,
  clock: Clock,
  log: Log,
  committed: (access: readonly AccessChange[]) => Promise<void>,
): Promise<AuditLog> {
  const { database } = dialect;
  const folder = new Folder<AuditEntry>();
  let tail: Promise<void> = Promise.resolve();
  let queued = 0;
  let dropped = 0;
  /** The newest row this process wrote or found; a second witness beside the table's own anchor. */
  let witnessed: ChainHead = { seq: 0, hash: GENESIS };

  const appendIn = async (transaction: Transaction<Schema>, entry: AuditEntry): Promise<ChainHead> => {
    const head = await transaction
      .selectFrom('audit_head')
      .select(['seq', 'hash'])
      .where('id', '=', 1)
      .executeTakeFirstOrThrow();
    const { actor } = entry;
    const record = {
      seq: head.seq + 1,
      at: clock.now(),
      actor: clean(actor.name),
      tenant: entry.tenant === undefined ? actor.tenant : entry.tenant,
      action: entry.action,
      target: clean(entry.target),
      outcome: entry.outcome,
      detail: JSON.stringify({
        ...entry.detail,
        remote: clean(actor.remote),
        ...(actor.requestId === undefined ? {} : { requestId: actor.requestId }),
      }),
    };
    const next = { seq: record.seq, hash: chainHash(head.hash, record) };
    await transaction
      .insertInto('audit')
      .values({ ...record, hash: next.hash })
      .execute();
    await transaction.updateTable('audit_head').set(next).where('id', '=', 1).execute();
    return next;
  };

  const append = async (entry: AuditEntry): Promise<void> => {
    witnessed = await database.transaction().execute(async (transaction) => {
      await dialect.takeTurn(transaction);
      return appendIn(transaction, entry);
    });
  };

  const enqueue = (entry: AuditEntry): void => {
    if (queued >= MOST_QUEUED) {
      dropped++;
      return;
    }
    queued++;
    tail = tail
      .then(() => append(entry))
      .catch((error: unknown) => log.error({ error, action: entry.action }, 'an audit row could not be written'))
      .finally(() => {
        queued--;
      });
  };

  const flush = (now: number): void => {
    for (const { entry, repeated } of folder.due(now)) {
      enqueue({ ...entry, detail: { ...entry.detail, repeated } });
    }
    if (dropped > 0 && queued < MOST_QUEUED) {
      const count = dropped;
      dropped = 0;
      enqueue({
        actor: { name: 'system:audit', tenant: null, remote: '' },
        action: 'audit.overflow',
        target: 'denials',
        outcome: 'failed',
        detail: { repeated: count },
      });
    }
  };
  const reads = new ReadLog(append);
  const timer = setInterval(() => {
    flush(clock.now());
    reads
      .flush(clock.now())
      .catch((error: unknown) => log.error({ error }, 'audit rows of what was read could not be written'));
  }, FLUSH_MS);
  timer.unref();

  const newest = await database
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest) witnessed = newest;
  // Written to the instance's log, which is kept elsewhere: evidence against a rewritten database.
  log.info({ seq: witnessed.seq, hash: witnessed.hash }, 'audit log opened');

  return {
    append,
    async change(work) {
      const { result, access, head } = await database.transaction().execute(async (transaction) => {
        await dialect.takeTurn(transaction);
        const done = await work(transaction);
        if (done.access.length > 0) await dialect.announce(transaction, done.access);
        return { ...done, head: await appendIn(transaction, done.entry) };
      });
      witnessed = head;
      if (access.length > 0) await committed(access);
      return result;
    },
    denied(entry) {
      const { actor } = entry;
      // With what it was about: an innocent claim must not fold a telling one into its repeats. Numbers are counts that grow.
      const about = JSON.stringify(Object.entries(entry.detail ?? {}).filter(([, value]) => typeof value === 'string'));
      const key = [actor.name, actor.tenant, actor.remote, entry.action, entry.target, about].join('\n');
      const owner = entry.tenant === undefined ? actor.tenant : entry.tenant;
      if (folder.take(key, owner, entry, clock.now())) enqueue(entry);
    },
    read: (note) => reads.note(note, clock.now()),
    async page({ tenant, before, limit }) {
      const newestFirst = database.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(limit);
      if (tenant === undefined)
        return (before === undefined ? newestFirst : newestFirst.where('seq', '<', before)).execute();
      const own = await database
        .selectFrom('audit')
        .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max('seq').as('last')])
        .where('tenant', '=', tenant)
        .executeTakeFirstOrThrow();
      const first = Math.min(own.count, (before ?? Number.POSITIVE_INFINITY) - 1);
      if (first < 1) return [];
      const rows = await newestFirst
        .where('tenant', '=', tenant)
        // Rows that were added since they were counted would shift the others.
        .where('seq', '<=', own.last)
        .offset(own.count - first)
        .execute();
      return rows.map((row, index) => ({ ...row, seq: first - index }));
    },
    async verify(known) {
      // Read before the rows: rows added meanwhile are no fault.
      const anchor = await database.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      const check = new ChainCheck([
        ...(anchor ? [{ head: anchor, where: 'anchor' as const }] : []),
        { head: witnessed, where: 'program' },
        ...(known ? [{ head: known, where: 'given' as const }] : []),
      ]);
      await walkChain(database, check);
      if (!anchor)
        check.broken ??= { seq: check.head.seq, code: 'anchor-gone', values: {}, reason: 'the anchor is gone' };
      return { ok: check.broken === null, rows: check.rows, head: check.head, broken: check.broken };
    },
    async close() {
      clearInterval(timer);
      await reads.flush(Number.POSITIVE_INFINITY);
      await tail;
      do {
        flush(Number.POSITIVE_INFINITY);
        await tail;
      } while (dropped > 0);
    },
  };
}
