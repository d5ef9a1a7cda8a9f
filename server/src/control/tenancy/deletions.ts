import type { DeletionCertificate, RemovalProgress } from '@hanok/contract';
import { type Clock, isHanokError, must, OPERATOR_TENANT } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { makeId, type RandomBytes } from '../identity/secret.ts';
import type { CertificatesTable, TenantDeletionsTable, TenantSuspensionsTable } from '../schema.ts';
import type { InstanceSigner } from '../signing/signer.ts';
import { issueCertificate } from './certificate.ts';
import { removeRowsOf } from './rows.ts';

/** What the instance that removes writes down to go on after a kill. */
export interface RemovalState extends RemovalProgress {
  /** The newest sequence of the shared journal that may hold an entry of the tenant's; decimal. */
  readonly journalLast?: string;
  /** Unix milliseconds; parts of the store's files that were replaced before are not the tenant's any more. */
  readonly removedAt?: number;
  readonly damagedPlaces?: number;
  /** False: a silo's engine did not come up, and it was deleted unread. */
  readonly counted?: boolean;
}

export interface Deletion {
  readonly tenant: string;
  readonly instance: string;
  readonly requestedBy: string;
  /** Unix milliseconds, as all here. */
  readonly requestedAt: number;
  readonly reason: string;
  readonly dueAt: number;
  readonly statusBefore: 'active' | 'suspended';
  /** Null: it can still be undone. */
  readonly beganAt: number | null;
  readonly state: RemovalState;
  readonly trouble: string | null;
}

export type CertificateRecord = Omit<CertificatesTable, 'document'>;

/**
 * Deletions, from the request to the certificate. What a removal does outside of this database is done by `main`, step by
 * step, with its place kept here; the tenant's rows here go last, in the transaction that issues the certificate.
 */
export interface Deletions {
  /**
   * From its return on the tenant is suspended; its removal begins at `dueAt`. Throws `control.not-found`,
   * `control.tenant-deleting`, `control.reserved-id`, `control.delete-unconfirmed`.
   */
  schedule(by: Actor, id: string, wanted: WantedDeletion): Promise<Deletion>;
  /** Gives the tenant the status it had. Throws `control.tenant-not-deleting`, `control.tenant-removing`. */
  undo(by: Actor, id: string, reason: string | undefined): Promise<void>;
  of(id: string): Promise<Deletion | undefined>;
  /** All under way, those due first before others. */
  list(): Promise<readonly Deletion[]>;
  suspensions(): Promise<readonly TenantSuspensionsTable[]>;
  /** Deletions under way whose telemetry this instance has. */
  mine(): Promise<readonly Deletion[]>;
  /** There is no way back from here. False when it was undone. */
  begin(id: string): Promise<boolean>;
  /** Durable when it resolves. */
  save(id: string, state: RemovalState): Promise<void>;
  trouble(id: string, what: string | null): Promise<void>;
  /** Removes the tenant from this database and issues the certificate. The text is the certificate's file. */
  finish(id: string): Promise<{ readonly id: string; readonly document: string }>;
  certificates(wanted: {
    readonly tenant?: string | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly CertificateRecord[]>;
  /** The file's text. Throws `control.not-found`. */
  certificate(id: string): Promise<string>;
  /** Those of deletions by this instance, for its data directory. */
  issuedHere(): Promise<ReadonlyArray<{ readonly id: string; readonly document: string }>>;
}

export interface WantedDeletion {
  readonly confirm: string;
  readonly reason: string;
  /** Milliseconds; absent: as set for the instance. */
  readonly delay?: number | undefined;
  readonly immediately?: boolean | undefined;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signer: InstanceSigner;
  /** Milliseconds. */
  readonly delay: number;
}

const AT_FIRST: RemovalState = { step: 'waiting', tables: [], journal: { bytes: 0, deadLetters: 0, goneAt: null } };
const REMOVER: Actor = { name: 'system:tenant-removal', tenant: null, remote: '' };
/** The contract's instants are decimal nanoseconds. */
const instantOf = (ms: number): string => `${ms}000000`;

function deletionOf(row: TenantDeletionsTable): Deletion {
  return {
    tenant: row.tenant,
    instance: row.instance,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    reason: row.reason,
    dueAt: row.due_at,
    statusBefore: row.status_before,
    beganAt: row.began_at,
    state: JSON.parse(row.progress) as RemovalState,
    trouble: row.trouble,
  };
}

export function openDeletions(deps: Deps): Deletions {
  const { dialect, audit, clock, random, signer } = deps;
  const { database } = dialect;

  const list = async () => {
    const rows = await database
      .selectFrom('tenant_deletions')
      .selectAll()
      .orderBy('due_at')
      .orderBy('tenant')
      .execute();
    return rows.map(deletionOf);
  };
  const update = (id: string, values: Partial<TenantDeletionsTable>) =>
    database.updateTable('tenant_deletions').set(values).where('tenant', '=', id).execute();

  return {
    async schedule(by, id, { confirm, reason, delay, immediately }) {
      if (id === OPERATOR_TENANT)
        throw fail('control.reserved-id', "Hanok's own tenant cannot be deleted", { reason: 'own', at: 'id' });
      if (confirm !== id)
        throw fail('control.delete-unconfirmed', 'the id is not repeated', { reason: 'id', at: 'confirm' });
      const wait = delay ?? deps.delay;
      if (wait === 0 && immediately !== true)
        throw fail('control.delete-unconfirmed', 'a delay of 0 leaves no way back and needs `immediately`', {
          reason: 'immediately',
          at: 'immediately',
        });
      return audit.change(async (transaction) => {
        const tenant = await transaction.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
        if (!tenant) throw fail('control.not-found', 'there is no such tenant', { at: 'id' });
        if (tenant.status === 'deleting')
          throw fail('control.tenant-deleting', 'the tenant is being deleted already', { at: 'id' });
        const now = clock.now();
        const row: TenantDeletionsTable = {
          tenant: id,
          instance: signer.keyId,
          requested_by: by.name,
          requested_at: now,
          reason,
          due_at: now + wait,
          status_before: tenant.status,
          began_at: null,
          progress: JSON.stringify(AT_FIRST),
          trouble: null,
        };
        await transaction.insertInto('tenant_deletions').values(row).execute();
        await transaction.updateTable('tenants').set({ status: 'deleting' }).where('id', '=', id).execute();
        return {
          result: deletionOf(row),
          entry: {
            actor: by,
            action: 'tenant.delete',
            target: id,
            outcome: 'ok',
            tenant: id,
            reason,
            before: { status: tenant.status },
            after: { status: 'deleting' },
            detail: { name: tenant.name, dueAt: new Date(row.due_at).toISOString() },
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      });
    },
    async undo(by, id, reason) {
      await audit.change(async (transaction) => {
        const row = await transaction
          .selectFrom('tenant_deletions')
          .selectAll()
          .where('tenant', '=', id)
          .executeTakeFirst();
        if (!row) throw fail('control.tenant-not-deleting', 'the tenant is not being deleted', { at: 'id' });
        if (row.began_at !== null) throw fail('control.tenant-removing', 'the removal has begun', { at: 'id' });
        await transaction.deleteFrom('tenant_deletions').where('tenant', '=', id).execute();
        await transaction.updateTable('tenants').set({ status: row.status_before }).where('id', '=', id).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'tenant.undelete',
            target: id,
            outcome: 'ok',
            tenant: id,
            ...(reason ? { reason } : {}),
            before: { status: 'deleting' },
            after: { status: row.status_before },
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      });
    },
    async of(id) {
      const row = await database.selectFrom('tenant_deletions').selectAll().where('tenant', '=', id).executeTakeFirst();
      return row && deletionOf(row);
    },
    list,
    suspensions: () => database.selectFrom('tenant_suspensions').selectAll().execute(),
    // On SQLite there is one instance, also after its data directory was copied and has another key.
    mine: async () => (await list()).filter(({ instance }) => dialect.name === 'sqlite' || instance === signer.keyId),
    async begin(id) {
      const row = await database
        .selectFrom('tenant_deletions')
        .select('began_at')
        .where('tenant', '=', id)
        .executeTakeFirst();
      if (!row || row.began_at !== null) return row !== undefined;
      try {
        await audit.change(async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('tenant_deletions')
            .set({ began_at: clock.now() })
            .where('tenant', '=', id)
            .executeTakeFirstOrThrow();
          if (numUpdatedRows === 0n) throw fail('control.tenant-not-deleting', 'it was undone at this moment');
          return {
            result: undefined,
            entry: { actor: REMOVER, action: 'tenant.removal-began', target: id, outcome: 'ok', tenant: id },
            access: [],
          };
        });
        return true;
      } catch (error) {
        if (isHanokError(error) && error.code === 'control.tenant-not-deleting') return false;
        throw error;
      }
    },
    async save(id, state) {
      await update(id, { progress: JSON.stringify(state) });
    },
    async trouble(id, what) {
      await update(id, { trouble: what });
    },
    finish: (id) =>
      audit.change(async (transaction) => {
        const row = await transaction
          .selectFrom('tenant_deletions')
          .selectAll()
          .where('tenant', '=', id)
          .executeTakeFirstOrThrow();
        const tenant = await transaction
          .selectFrom('tenants')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        const { state, beganAt } = deletionOf(row);
        must(beganAt !== null && state.step === 'finishing', 'a removal is finished once');
        const head = await transaction
          .selectFrom('audit_chains')
          .select(['seq', 'hash'])
          .where('chain', '=', id)
          .executeTakeFirstOrThrow();
        const { rows: auditRows } = await transaction
          .selectFrom('audit_entries')
          .select(({ fn }) => fn.countAll<number>().as('rows'))
          .where('chain', '=', id)
          .executeTakeFirstOrThrow();
        const control = await removeRowsOf(transaction, id);
        const now = clock.now();
        const certificate: DeletionCertificate = {
          kind: 'hanok.tenant-deletion/1',
          id: makeId('cert', random),
          tenant: { id, name: tenant.name, mode: tenant.mode, createdAt: instantOf(tenant.created_at) },
          requested: {
            by: row.requested_by,
            at: instantOf(row.requested_at),
            reason: row.reason,
            dueAt: instantOf(row.due_at),
          },
          removal: { beganAt: instantOf(beganAt), finishedAt: instantOf(now) },
          store: {
            name: tenant.store,
            counted: state.counted ?? true,
            tables: state.tables.map(({ table, rows, days }) => ({ table, rows, days })),
          },
          journal: { bytes: state.journal.bytes, deadLetters: state.journal.deadLetters },
          control: control.map(({ table, rows }) => ({ table, rows })),
          verification: { at: instantOf(now), rows: 0 },
          stays: {
            auditHead: { chain: id, seq: head.seq, hash: head.hash },
            auditRows,
            damagedPlaces: state.damagedPlaces ?? 0,
          },
          signer: { keyId: signer.keyId, publicKey: signer.publicKey },
        };
        const document = issueCertificate(signer, certificate);
        await transaction
          .insertInto('certificates')
          .values({
            id: certificate.id,
            tenant: id,
            name: tenant.name,
            instance: signer.keyId,
            requested_by: row.requested_by,
            issued_at: now,
            removed_rows: state.tables.reduce((sum, { rows }) => sum + rows, 0),
            document,
          })
          .execute();
        return {
          result: { id: certificate.id, document },
          entry: {
            actor: REMOVER,
            action: 'tenant.removed',
            target: id,
            outcome: 'ok',
            tenant: id,
            detail: { certificate: certificate.id },
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      }),
    async certificates({ tenant, before, limit }) {
      let query = database
        .selectFrom('certificates')
        .select(['id', 'tenant', 'name', 'instance', 'requested_by', 'issued_at', 'removed_rows'])
        .orderBy('issued_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      if (tenant !== undefined) query = query.where('tenant', '=', tenant);
      if (before !== undefined) {
        const [at, id] = cursorOf(before);
        query = query.where((where) =>
          where.or([where('issued_at', '<', at), where.and([where('issued_at', '=', at), where('id', '<', id)])]),
        );
      }
      return query.execute();
    },
    async certificate(id) {
      const row = await database.selectFrom('certificates').select('document').where('id', '=', id).executeTakeFirst();
      if (!row) throw fail('control.not-found', 'there is no such certificate', { at: 'id' });
      return row.document;
    },
    issuedHere: () =>
      database.selectFrom('certificates').select(['id', 'document']).where('instance', '=', signer.keyId).execute(),
  };
}

export const certificateCursor = ({ issued_at, id }: CertificateRecord): string => `${issued_at}.${id}`;

function cursorOf(text: string): readonly [number, string] {
  const found = /^(\d{1,16})\.(\w+)$/.exec(text);
  if (!found) throw fail('control.invalid-cursor', 'the cursor is not one of ours', { at: 'cursor' });
  return [Number(found[1]), found[2]!];
}
