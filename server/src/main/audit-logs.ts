import type { TenantId } from '@hanok/contract';
import { type Clock, isHanokError, type Log, OPERATOR_TENANT } from '#base';
import { type AuditLog, OPERATORS_CHAIN } from '#control';
import type { EmittedLog } from '#receivers';

type Entry = Awaited<ReturnType<AuditLog['forwarding']['next']>>[number];

export interface AuditLogsDeps {
  readonly forwarding: AuditLog['forwarding'];
  /** Durable when it resolves. Resolves to false when there is no such tenant, and never will be. */
  readonly emit: (tenant: TenantId, records: readonly EmittedLog[]) => Promise<boolean>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** Entries sent in one piece. */
const AT_ONCE = 200;
/** So that one of many acts does not make a batch each. */
const GATHER_MS = 200;
/** What other processes on the database append is seen so late; and what could not be sent is tried again. */
const LOOK_EVERY_MS = 10_000;
const SAY_EVERY_MS = 60_000;

/** The operators' entries are theirs to read, in their own tenant. */
export const tenantOfChain = (chain: string): TenantId =>
  chain === OPERATORS_CHAIN ? OPERATOR_TENANT : (chain as TenantId);

const SEVERITIES: Readonly<Record<Entry['outcome'], EmittedLog['severity']>> = {
  ok: 'info',
  denied: 'warn',
  failed: 'warn',
};

export function logOfEntry(entry: Entry): EmittedLog {
  const { chain, seq, at, actor, remote, tenant, action, target, outcome, reason, request_id, before, after } = entry;
  const attributes: Record<string, string | number> = {
    'hanok.audit.chain': chain,
    'hanok.audit.seq': seq,
    'hanok.audit.hash': entry.hash,
    actor,
    action,
    target,
    outcome,
  };
  const optional = { 'client.address': remote, tenant, reason, 'request.id': request_id, before, after };
  for (const [name, value] of Object.entries(optional)) if (value) attributes[name] = value;
  if (entry.detail !== '{}') attributes['detail'] = entry.detail;
  return {
    time: BigInt(at) * 1_000_000n,
    severity: SEVERITIES[outcome],
    event: 'hanok.audit',
    body: `${actor} ${action} ${target}: ${outcome}`,
    attributes,
  };
}

/**
 * Sends every entry of the audit log on as a log record of the tenant whose chain it is in, at least once, in order. Where
 * it is, is kept in the database: after a start it goes on from there. A journal that is full delays it.
 */
export function forwardAudit({ forwarding, emit, clock, log }: AuditLogsDeps): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let gathering: NodeJS.Timeout | undefined;
  let closed = false;
  let saidAt = Number.NEGATIVE_INFINITY;

  const forwardChain = async (chain: string): Promise<void> => {
    while (!closed) {
      const entries = await forwarding.next(chain, AT_ONCE);
      const last = entries.at(-1);
      if (!last) return;
      await emit(tenantOfChain(chain), entries.map(logOfEntry));
      await forwarding.sent(chain, last.seq);
      if (entries.length < AT_ONCE) return;
    }
  };
  const forward = async (): Promise<void> => {
    let failed: unknown;
    const chains = await forwarding.due().catch((error: unknown) => {
      failed = error;
      return [];
    });
    for (const chain of chains) {
      // One tenant's full journal does not keep the others' entries.
      await forwardChain(chain).catch((error: unknown) => {
        failed = error;
      });
    }
    if (failed === undefined || closed || clock.monotonic() - saidAt < SAY_EVERY_MS) return;
    saidAt = clock.monotonic();
    const code = isHanokError(failed) ? failed.code : undefined;
    log.warn({ code, error: failed }, 'audit entries could not be sent on as logs; it is tried again');
  };
  const start = () => {
    gathering = undefined;
    running = running.then(() => (closed ? undefined : forward()));
  };
  const wake = () => {
    if (!closed) gathering ??= setTimeout(start, GATHER_MS).unref();
  };
  forwarding.listen(wake);
  const timer = setInterval(wake, LOOK_EVERY_MS);
  timer.unref();
  wake();
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(gathering);
      await running;
    },
  };
}
