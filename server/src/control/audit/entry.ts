import type { AccessChange } from '../access/feed.ts';
import type { AuditEntriesTable } from '../schema.ts';
import { OPERATORS_CHAIN } from './chain.ts';
import { maskSecrets } from './mask.ts';

/** Who did it, as the log names them: an e-mail address, `key:ID`, `system:TASK` or `anonymous`. */
export interface Actor {
  readonly name: string;
  /** The tenant that the actor is of, or that was in force; null for what is of the instance alone. */
  readonly tenant: string | null;
  readonly remote: string;
  readonly requestId?: string;
  /** An operator of the instance: what they do to a tenant is told to both. */
  readonly operator?: boolean;
}

export type Facts = Readonly<Record<string, unknown>>;

export interface AuditDraft {
  readonly action: string;
  /** What it was done to: an id, an address, a path. Never a secret. */
  readonly target: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  /** How what was changed was before, and how it is after; absent where there was, or is, nothing. Secrets are masked. */
  readonly before?: Facts;
  readonly after?: Facts;
  /** In the words of who did it. */
  readonly reason?: string;
  /** What else is to be told. Secrets are masked. */
  readonly detail?: Facts;
  /** The tenant that the act concerns when it is not the actor's own. */
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

/** Texts from outside are cut to this in the log. */
const MOST_TEXT = 256;
const MOST_REASON = 1_000;
/** Characters of one JSON text. */
const MOST_JSON = 16_384;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must go
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f\u2028\u2029]/g;
const clean = (text: string, most = MOST_TEXT): string =>
  text.slice(0, most).replace(CONTROL_CHARACTERS, '\uFFFD').toWellFormed();

function jsonOf(facts: Facts): string {
  const text = JSON.stringify(maskSecrets(facts));
  return text.length <= MOST_JSON ? text : JSON.stringify({ tooLong: text.length });
}

/** What of two states differs: for `before` and `after` of an entry. Values are compared as JSON. */
export function differences(before: Facts, after: Facts): { readonly before: Facts; readonly after: Facts } {
  const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const only = (of: Facts): Facts => Object.fromEntries(changed.map((name) => [name, of[name]]));
  return { before: only(before), after: only(after) };
}

/** The tenant that an entry concerns. */
export const concerned = ({ tenant, actor }: AuditEntry): string | null =>
  tenant === undefined ? actor.tenant : tenant;

/**
 * The chains an entry is in: that of the tenant it concerns, and the operators' when it concerns none or an operator did
 * it. In this order, so that those who wait for two chains never wait for each other.
 */
export function chainsOf(entry: AuditEntry): readonly string[] {
  const tenant = concerned(entry);
  if (tenant === null) return [OPERATORS_CHAIN];
  return entry.actor.operator === true ? [tenant, OPERATORS_CHAIN] : [tenant];
}

/** An entry as it is stored, but for its place. */
export function columnsOf(entry: AuditEntry, now: number): Omit<AuditEntriesTable, 'chain' | 'seq' | 'hash'> {
  const { actor, before, after, reason } = entry;
  const detail = { ...entry.detail, ...(actor.operator === true ? { byOperator: true } : {}) };
  return {
    at: now,
    actor: clean(actor.name),
    remote: clean(actor.remote),
    tenant: concerned(entry),
    action: clean(entry.action),
    target: clean(entry.target),
    outcome: entry.outcome,
    reason: reason === undefined || reason === '' ? null : clean(reason, MOST_REASON),
    request_id: actor.requestId === undefined ? null : clean(actor.requestId),
    before: before === undefined ? null : jsonOf(before),
    after: after === undefined ? null : jsonOf(after),
    detail: jsonOf(detail),
  };
}
