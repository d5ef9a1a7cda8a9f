import { readText } from '../../format/search-codec.ts';

/** Beginnings of actions, as the server names them. */
export const AUDIT_KINDS = ['log', 'user.', 'key.', 'tenant.', 'read.'] as const;
export const AUDIT_OUTCOMES = ['ok', 'denied', 'failed'] as const;
/** Days back from now. */
export const AUDIT_DAYS = ['1', '7', '30', '90'] as const;

export interface SettingsSearch {
  /** Words to look for in the audit log. */
  find?: string | undefined;
  /** The operators' audit log in place of the tenant's. */
  chain?: 'operators' | undefined;
  kind?: (typeof AUDIT_KINDS)[number] | undefined;
  outcome?: (typeof AUDIT_OUTCOMES)[number] | undefined;
  actor?: string | undefined;
  target?: string | undefined;
  days?: (typeof AUDIT_DAYS)[number] | undefined;
}

const oneOf = <T extends string>(list: readonly T[], raw: unknown): T | undefined =>
  // A number in the address is read as one.
  list.find((one) => one === String(raw));

export function readSettingsSearch(raw: Record<string, unknown>): SettingsSearch {
  const read = {
    find: readText(raw['find']) || undefined,
    chain: raw['chain'] === 'operators' ? ('operators' as const) : undefined,
    kind: oneOf(AUDIT_KINDS, raw['kind']),
    outcome: oneOf(AUDIT_OUTCOMES, raw['outcome']),
    actor: readText(raw['actor']) || undefined,
    target: readText(raw['target']) || undefined,
    days: oneOf(AUDIT_DAYS, raw['days']),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}
