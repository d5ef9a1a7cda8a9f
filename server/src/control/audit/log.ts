import type { AuditVerifyResponse } from '@hanok/contract';
import type { Transaction } from 'kysely';
import type { Clock, Log } from '#base';
import type { AccessChange } from '../access/feed.ts';
import type { Dialect } from '../dialect/dialect.ts';
import type { AuditEntriesTable, Schema } from '../schema.ts';
import type { InstanceSigner } from '../signing/signer.ts';
import { type ChainHead, OPERATORS_CHAIN } from './chain.ts';
import { readCheckpoints } from './checkpoint-file.ts';
import { writeCheckpoints } from './checkpoints.ts';
import { type AuditEntry, type Change, concerned } from './entry.ts';
import { exportChain } from './export.ts';
import { Folder } from './fold.ts';
import { type Forwarding, openForwarding } from './forwarding.ts';
import { type PlacedHead, placeEntry } from './place.ts';
import { headOf, publicKeysOf } from './read-chain.ts';
import { ReadLog, type ReadNote } from './reads.ts';
import { removeExpired } from './retention.ts';
import { type AuditFound, type AuditSearch, searchChain } from './search.ts';
import { verifyChain } from './verify-chain.ts';

export type { Actor, AuditDraft, AuditEntry, Change } from './entry.ts';

export interface AuditPage {
  /** The tenant's chain; undefined: the operators'. */
  readonly tenant: string | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}

export interface AuditLog {
  /** Durable when it resolves. */
  append(entry: AuditEntry): Promise<void>;
  /**
   * Runs `work` and writes the entry it returns, in one transaction: the change and the entry that tells of it become
   * durable together, or neither does. `work` must use the transaction it is given, never the database itself. It also
   * says whose access it touches: before `change` resolves, the snapshot and all who hold decisions know of it. Changes
   * take turns, those of all tenants (`Dialect.takeTurn`); entries without a change wait for their own chains alone.
   */
  change<T>(work: (transaction: Transaction<Schema>) => Promise<Change<T>>): Promise<T>;
  /** For hot paths: never waits, folds repeats of the same kind, keeps memory bounded. */
  denied(entry: AuditEntry): void;
  /** Durable when it resolves, once per person, tenant, kind and quarter of an hour; nothing may be read when it rejects. */
  read(note: ReadNote): Promise<void>;
  /** Newest first. */
  page(wanted: AuditPage): Promise<AuditEntriesTable[]>;
  search(wanted: AuditSearch): Promise<AuditFound>;
  /**
   * Recomputes a chain (without a name: the operators') and holds it against its checkpoints, in the database and in the file; `known` is a head somebody
   * wrote down earlier.
   */
  verify(chain?: string, known?: ChainHead): Promise<AuditVerifyResponse>;
  /** A chain as JSON lines that can be verified by themselves; see `export.ts`. */
  export(chain: string): AsyncIterable<string>;
  /** Signs the heads of chains that moved, then removes what is older than it is kept. Also done by itself, hourly. */
  checkpoint(): Promise<void>;
  /** For who sends entries on. */
  readonly forwarding: Forwarding;
  /** Writes what is folded or queued, and signs. */
  close(): Promise<void>;
}

export interface AuditDeps {
  readonly dialect: Dialect;
  readonly signer: InstanceSigner;
  /** Where checkpoints are noted outside the database. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long entries are kept. */
  readonly days: number;
  /** Told of every change that touches somebody's access, after it is durable. */
  readonly committed: (access: readonly AccessChange[]) => Promise<void>;
}

const FLUSH_MS = 10_000;
/** Rows waiting for the disk; beyond it denials are only counted. */
const MOST_QUEUED = 256;
const CHECKPOINT_EVERY_MS = 3_600_000;
/** How often it is looked whether an hour is over. */
const LOOK_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

export async function openAuditLog(deps: AuditDeps): Promise<AuditLog> {
  const { dialect, clock, log, committed, dataDir } = deps;
  const { database } = dialect;
  const folder = new Folder<AuditEntry>();
  let tail: Promise<void> = Promise.resolve();
  let queued = 0;
  let dropped = 0;
  /** The newest entry of each chain that this process wrote; a witness beside the anchors in the database. */
  const witnessed = new Map<string, ChainHead>();
  const forwarding = openForwarding(database);
  const wrote = (heads: readonly PlacedHead[]) => {
    for (const { chain, seq, hash } of heads)
      if (seq > (witnessed.get(chain)?.seq ?? 0)) witnessed.set(chain, { seq, hash });
    forwarding.wake();
  };

  const append = async (entry: AuditEntry): Promise<void> => {
    wrote(await database.transaction().execute((transaction) => placeEntry(dialect, transaction, entry, clock.now())));
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

  let signedAt = clock.now();
  const checkpoint = async (): Promise<void> => {
    signedAt = clock.now();
    await writeCheckpoints(deps, signedAt);
    for (const { chain, removed } of await removeExpired(deps, signedAt - deps.days * DAY_MS, signedAt))
      log.info({ chain, removed, days: deps.days }, 'audit entries older than they are kept were removed');
  };
  let signing: Promise<void> = Promise.resolve();
  const sign = () => {
    signing = signing
      .then(checkpoint)
      .catch((error: unknown) => log.error({ error }, 'the heads of the audit log could not be signed'));
    return signing;
  };
  const hours = setInterval(() => {
    if (clock.now() - signedAt >= CHECKPOINT_EVERY_MS) void sign();
  }, LOOK_EVERY_MS);
  hours.unref();

  // Written to the instance's log, which is kept elsewhere: evidence against a rewritten database.
  const newest = await headOf(database, OPERATORS_CHAIN);
  log.info({ seq: Number(newest?.seq ?? 0), hash: newest?.hash }, 'audit log opened');

  const search = (wanted: AuditSearch) => searchChain(database, wanted);
  return {
    append,
    async change(work) {
      const { result, access, heads } = await database.transaction().execute(async (transaction) => {
        await dialect.takeTurn(transaction);
        const done = await work(transaction);
        if (done.access.length > 0) await dialect.announce(transaction, done.access);
        return { ...done, heads: await placeEntry(dialect, transaction, done.entry, clock.now()) };
      });
      wrote(heads);
      if (access.length > 0) await committed(access);
      return result;
    },
    denied(entry) {
      const { actor } = entry;
      // With what it was about: an innocent claim must not fold a telling one into its repeats. Numbers are counts that grow.
      const about = JSON.stringify(Object.entries(entry.detail ?? {}).filter(([, value]) => typeof value === 'string'));
      const key = [actor.name, actor.tenant, actor.remote, entry.action, entry.target, about].join('\n');
      if (folder.take(key, concerned(entry), entry, clock.now())) enqueue(entry);
    },
    read: (note) => reads.note(note, clock.now()),
    page: async ({ tenant, before, limit }) => (await search({ chain: tenant ?? OPERATORS_CHAIN, before, limit })).rows,
    search,
    async verify(chain = OPERATORS_CHAIN, known) {
      const own = witnessed.get(chain);
      return verifyChain(database, chain, {
        // Its own is known to it, whatever the table says.
        keys: new Map([...(await publicKeysOf(database)), [deps.signer.keyId, deps.signer.publicKey]]),
        noted: readCheckpoints(dataDir),
        witnesses: [
          ...(own ? [{ ...own, where: 'program' as const }] : []),
          ...(known ? [{ ...known, where: 'given' as const }] : []),
        ],
      });
    },
    export: (chain) => exportChain(database, chain),
    async checkpoint() {
      await signing;
      await checkpoint();
    },
    forwarding,
    async close() {
      clearInterval(timer);
      clearInterval(hours);
      await reads.flush(Number.POSITIVE_INFINITY);
      await tail;
      do {
        flush(Number.POSITIVE_INFINITY);
        await tail;
      } while (dropped > 0);
      await sign();
    },
  };
}
