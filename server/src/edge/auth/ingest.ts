import type { RetentionDays, TenantId, TenantLimits } from '@hanok/contract';
import { type Caller, type Clock, type Counter, type HanokError, type Meter, sourceOf } from '#base';
import type { Control, IngestKey, JwtIssuer, KeyBounds, RevokedKey, Tenant } from '#control';
import { fail } from '../errors.ts';
import type { WrongKeyLimit } from '../limits/wrong-keys.ts';
import type { Fault } from './jwt/claims.ts';
import { isSignedButRefused, type TokenJudge, type Verdict } from './jwt/judge.ts';
import { hasTokenForm } from './jwt/token.ts';
import { TokenQueue } from './jwt/token-queue.ts';

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
      /** What that tenant is told, where it may know more than the sender. */
      readonly told?: HanokError;
    };

/** Keys and tokens that are known are answered at once; a token that is seen first is verified meanwhile. */
export type Authorize = (header: HeaderGetter, remote: string) => Authorisation | Promise<Authorisation>;

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
  readonly tokens: TokenJudge;
  /** Milliseconds whose next multiple a refused token is answered at. */
  readonly tokenRefusalMs?: number;
}

/** Longest wait that a sender of wrong keys is told, seconds; one of so many constant answers. */
const MOST_WAIT = 60;
/** Time to verify, even to fetch keys, is hidden in it: it would tell which issuers are known. */
const TOKEN_REFUSAL_MS = 1_000;

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
  tokens,
  tokenRefusalMs = TOKEN_REFUSAL_MS,
}: Deps): Authorize {
  const refusal = (error: HanokError): Authorisation & { ok: false } =>
    Object.freeze({ ok: false, error, tenant: null });
  const noCredential = refusal(
    fail('edge.no-credential', 'the request carries no ingest key', { at: 'authorization' }),
  );
  const unknownKey = refusal(fail('edge.unknown-key', 'the ingest key is unknown'));
  const unknownToken = refusal(fail('edge.unknown-token', 'the token is not one that lets a sender in'));
  const tokensBusy = refusal(fail('edge.tokens-busy', 'too many tokens are being verified'));
  const conflict = refusal(fail('edge.credential-conflict', 'the request carries two different credentials'));
  const elsewhere = fail('edge.key-elsewhere', 'the ingest key is not for the network that the request came from');
  const suspended = fail('edge.tenant-suspended', 'the tenant is suspended');
  const mismatches = new Map(
    CLAIM_HEADERS.map((name) => [
      name,
      fail('edge.tenant-mismatch', `${name} names a tenant the credential does not belong to`, {
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
  const grantedToTokens = new WeakMap<JwtIssuer, Authorisation>();
  const expired = new WeakMap<IngestKey, Authorisation & { ok: false }>();
  const outside = new WeakMap<IngestKey, Authorisation & { ok: false }>();
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

  /** What a key that is bound refuses itself. */
  const refuseBound = (key: IngestKey, bounds: KeyBounds, remote: string, now: number): Authorisation | undefined => {
    const { prefix, expiresAt, within } = bounds;
    if (now >= expiresAt) {
      let answer = expired.get(key);
      if (!answer) {
        const error = fail('edge.expired-key', `the ingest key ${prefix}… has expired`, { values: { key: prefix } });
        answer = Object.freeze({ ok: false, error, tenant: key.tenant.id });
        expired.set(key, answer);
      }
      return refuse(answer);
    }
    if (within(remote)) return undefined;
    let answer = outside.get(key);
    if (!answer) {
      const told = fail('edge.key-elsewhere', `the ingest key ${prefix}… is used from a network it is not for`, {
        reason: 'told',
        values: { key: prefix },
      });
      answer = Object.freeze({ ok: false, error: elsewhere, tenant: key.tenant.id, told });
      outside.set(key, answer);
    }
    return refuse(answer);
  };

  const refuseUnknown = (
    remote: string,
    answer: Authorisation & { ok: false } = unknownKey,
  ): Authorisation & { ok: false } => {
    const { source, count, wait } = wrongKeys.take(remote);
    if (wait === 0) return refuse(answer);
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

  /** What holds for every credential once it is known whose it is. */
  const admit = (
    tenant: Tenant,
    who: string,
    header: HeaderGetter,
    remote: string,
    grant: () => Authorisation,
  ): Authorisation => {
    for (const name of CLAIM_HEADERS) {
      const claimed = header(name);
      if (claimed === undefined || claimed === tenant.id) continue;
      control.audit.denied({
        actor: { name: who, tenant: tenant.id, remote },
        action: 'ingest',
        target: name,
        outcome: 'denied',
        detail: { code: 'edge.tenant-mismatch', claimed: claimed.slice(0, 64) },
      });
      return refuse({ ok: false, error: mismatches.get(name)!, tenant: tenant.id });
    }
    return tenant.status === 'active' ? grant() : refuse({ ok: false, error: suspended, tenant: tenant.id });
  };

  const granting = <C extends object>(cache: WeakMap<C, Authorisation>, credential: C, tenant: Tenant, id: string) => {
    let answer = cache.get(credential);
    if (!answer) {
      answer = Object.freeze({
        ok: true,
        caller: Object.freeze({
          tenant: tenant.id,
          actor: Object.freeze({ kind: 'key', id }),
        }),
        retentionDays: tenant.retentionDays,
        limits: tenant.limits,
      });
      cache.set(credential, answer);
    }
    return answer;
  };

  const byToken = (issuer: JwtIssuer, header: HeaderGetter, remote: string): Authorisation =>
    admit(issuer.tenant, `jwt:${issuer.id}`, header, remote, () =>
      granting(grantedToTokens, issuer, issuer.tenant, issuer.id),
    );

  const queue = new TokenQueue(tokenRefusalMs);
  const verify = (text: string, header: HeaderGetter, remote: string): Authorisation | Promise<Authorisation> => {
    const named = CLAIM_HEADERS.map(header).find((claimed) => claimed !== undefined);
    const answer = queue.run(
      sourceOf(remote),
      async () => tokens.judge(text, named),
      (verdict): Authorisation => {
        // Settings may have changed while it was verified; what is remembered has been held against those in force.
        const issuer = verdict.ok ? (tokens.known(text) ?? inForce(verdict)) : undefined;
        if (issuer) return byToken(issuer, header, remote);
        const refused = refuseUnknown(remote, unknownToken);
        return verdict.ok ? refused : { ...refused, ...toldOf(verdict) };
      },
    );
    return answer ?? refuse(tokensBusy);
  };

  /** The issuer as it is now, when its settings are those that the token was held against. */
  const inForce = ({ issuer }: Verdict & { ok: true }): JwtIssuer | undefined => {
    const now = control.snapshot().jwtIssuer(issuer.id);
    return now?.revision === issuer.revision ? now : undefined;
  };

  return (header, remote) => {
    const secret = credential(header);
    if (secret === undefined) return refuse(noCredential);
    if (secret === 'conflict') return refuse(conflict);
    if (hasTokenForm(secret)) {
      const issuer = tokens.known(secret);
      return issuer ? byToken(issuer, header, remote) : verify(secret, header, remote);
    }
    if (secret.length > MOST_KEY) return refuseUnknown(remote);
    const snapshot = control.snapshot();
    const key = snapshot.keyFor(secret);
    if (!key) {
      const once = snapshot.revokedKeyFor(secret);
      return once ? refuseRevoked(once) : refuseUnknown(remote);
    }
    const now = clock.now();
    if (key.bounds !== undefined) {
      const refused = refuseBound(key, key.bounds, remote, now);
      if (refused) return refused;
    }
    return admit(key.tenant, `key:${key.id}`, header, remote, () => {
      key.use.at = now;
      return granting(granted, key, key.tenant, key.id);
    });
  };
}

const STEP_TEXTS: Readonly<Partial<Record<Fault['step'], string>>> = {
  expiry: 'it has expired, or does not say when it does',
  'not-before': 'it is not valid yet',
  audience: 'it is for another audience',
  claims: 'a claim that is required is missing or another one',
  tenant: 'the claim of the tenant is missing or names another one',
};

/** Whose issuer signed a token that is refused all the same, and what they are told; nothing before that is sure. */
function toldOf({ fault, issuer }: Verdict & { ok: false }): { tenant: TenantId; told: HanokError } | undefined {
  if (!issuer || !isSignedButRefused(fault)) return undefined;
  const told = fail('edge.refused-token', `a token of ${issuer.name} is refused: ${STEP_TEXTS[fault.step]}`, {
    reason: `${fault.step}.${fault.reason}`,
    values: { issuer: issuer.name, ...fault.values },
  });
  return { tenant: issuer.tenant.id, told };
}
