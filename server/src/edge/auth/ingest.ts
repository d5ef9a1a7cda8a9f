import type { RetentionDays, TenantId, TenantLimits } from '@hanok/contract';
import type { Caller, Clock, Counter, HanokError, Meter } from '#base';
import type { Control, IngestKey, RevokedKey } from '#control';
import { fail } from '../errors.ts';
import type { WrongKeyLimit } from '../limits/wrong-keys.ts';

/** Value of a request header or gRPC metadata entry by its lower-case name; repeated ones joined with a comma. */
export type HeaderGetter = (name: string) => string | undefined;

export type Authorisation =
  | {
      readonly ok: true;
      readonly caller: Caller;
      readonly retentionDays: RetentionDays;
      readonly limits: TenantLimits;
    }
  | {
      readonly ok: false;
      readonly error: HanokError;
      /** Whose credential it was, when that much is known. */
      readonly tenant: TenantId | null;
    };

const KEY_HEADERS = ['x-hanok-key', 'x-oneuptime-token', 'signoz-ingestion-key'] as const;
const BEARER = /^bearer +(\S+) *$/i;
/** Longer ones are not hashed. */
const MOST_KEY = 256;
/** Headers in which a sender may say which tenant it believes to speak for. */
const CLAIM_HEADERS = ['x-business-id', 'x-hanok-tenant'] as const;

/** One credential in up to four places; `conflict` when the places disagree. */
function credential(header: HeaderGetter): string | undefined | 'conflict' {
  let found: string | undefined = BEARER.exec(header('authorization') ?? '')?.[1];
  for (const name of KEY_HEADERS) {
    const value = header(name)?.trim();
    if (!value) continue;
    if (found !== undefined && found !== value) return 'conflict';
    found = value;
  }
  return found;
}

interface Deps {
  readonly control: Pick<Control, 'snapshot' | 'audit'>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly wrongKeys: WrongKeyLimit;
}

/** Longest wait that a sender of wrong keys is told, seconds; one of so many constant answers. */
const MOST_WAIT = 60;

/**
 * Ingest credential → Caller, from memory, before a body is read. Refusals are made once and handed out many times:
 * they are constant, so a flood of them costs no stack traces and tells nothing. Those whose tenant is known say whose
 * they are, so that the tenant hears of its senders' faults.
 */
export function openIngestAuth({
  control,
  clock,
  meter,
  wrongKeys,
}: Deps): (header: HeaderGetter, remote: string) => Authorisation {
  const refusal = (error: HanokError): Authorisation & { ok: false } =>
    Object.freeze({ ok: false, error, tenant: null });
  const noCredential = refusal(
    fail('edge.no-credential', 'the request carries no ingest key', { at: 'authorization' }),
  );
  const unknownKey = refusal(fail('edge.unknown-key', 'the ingest key is unknown'));
  const conflict = refusal(fail('edge.credential-conflict', 'the request carries two different credentials'));
  const suspended = fail('edge.tenant-suspended', 'the tenant is suspended');
  const mismatches = new Map(
    CLAIM_HEADERS.map((name) => [
      name,
      fail('edge.tenant-mismatch', `${name} names a tenant the ingest key does not belong to`, {
        at: name,
        values: { at: name },
      }),
    ]),
  );
  const tooMany = Array.from({ length: MOST_WAIT }, (_, index) =>
    refusal(
      fail('edge.wrong-keys', 'too many requests with unknown ingest keys came from this address', {
        retryAfter: index + 1,
      }),
    ),
  );
  const counters = new Map<string, Counter>();
  const refuse = <R extends Authorisation & { ok: false }>(answer: R): R => {
    const { code } = answer.error;
    let counter = counters.get(code);
    if (!counter) {
      counter = meter.counter('hanok_edge_refused_credentials', 'Intake requests refused for their credential', {
        code,
      });
      counters.set(code, counter);
    }
    counter.add(1);
    return answer;
  };
  /** An answer per key of the current snapshot; collected with it. */
  const granted = new WeakMap<IngestKey, Authorisation>();
  const revoked = new WeakMap<RevokedKey, Authorisation & { ok: false }>();

  const refuseRevoked = (key: RevokedKey): Authorisation => {
    let answer = revoked.get(key);
    if (!answer) {
      const error = fail('edge.revoked-key', `the ingest key ${key.prefix}… is revoked`, {
        values: { key: key.prefix },
      });
      answer = Object.freeze({ ok: false, error, tenant: key.tenant });
      revoked.set(key, answer);
    }
    return refuse(answer);
  };

  const refuseUnknown = (remote: string): Authorisation => {
    const { source, count, wait } = wrongKeys.take(remote);
    if (wait === 0) return refuse(unknownKey);
    control.audit.denied({
      // The network, not each address in it: a /64 has enough of them to fill the log.
      actor: { name: 'anonymous', tenant: null, remote: source },
      action: 'ingest',
      target: source,
      outcome: 'denied',
      detail: { code: 'edge.wrong-keys', count },
    });
    return refuse(tooMany[Math.min(wait, MOST_WAIT) - 1]!);
  };

  return (header, remote) => {
    const secret = credential(header);
    if (secret === undefined) return refuse(noCredential);
    if (secret === 'conflict') return refuse(conflict);
    if (secret.length > MOST_KEY) return refuseUnknown(remote);
    const snapshot = control.snapshot();
    const key = snapshot.keyFor(secret);
    if (!key) {
      const once = snapshot.revokedKeyFor(secret);
      return once ? refuseRevoked(once) : refuseUnknown(remote);
    }
    const { tenant } = key;
    for (const name of CLAIM_HEADERS) {
      const claimed = header(name);
      if (claimed === undefined || claimed === tenant.id) continue;
      control.audit.denied({
        actor: { name: `key:${key.id}`, tenant: tenant.id, remote },
        action: 'ingest',
        target: name,
        outcome: 'denied',
        detail: { code: 'edge.tenant-mismatch', claimed: claimed.slice(0, 64) },
      });
      return refuse({ ok: false, error: mismatches.get(name)!, tenant: tenant.id });
    }
    if (tenant.status !== 'active') return refuse({ ok: false, error: suspended, tenant: tenant.id });
    key.use.at = clock.now();
    let answer = granted.get(key);
    if (!answer) {
      answer = Object.freeze({
        ok: true,
        caller: Object.freeze({
          tenant: tenant.id,
          actor: Object.freeze({ kind: 'key', id: key.id }),
        }),
        retentionDays: tenant.retentionDays,
        limits: tenant.limits,
      });
      granted.set(key, answer);
    }
    return answer;
  };
}
