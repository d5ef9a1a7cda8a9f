import type { KeyRow, OperatorAccessRow, TokenRow, UserRow } from '@hanok/contract';
import { isOpen } from './access-now.ts';
import { stateOf } from './token-state.ts';

/** What is looked for, the gravest first. */
export const CHECKS = [
  'token-everything',
  'operator-access',
  'token-endless',
  'single-owner',
  'key-unused',
  'token-unused',
  'never-signed-in',
] as const;
export type Check = (typeof CHECKS)[number];
export type Severity = 'high' | 'medium' | 'low';

export const SEVERITY_OF: Readonly<Record<Check, Severity>> = {
  'operator-access': 'medium',
  'token-everything': 'high',
  'token-endless': 'medium',
  'single-owner': 'medium',
  'key-unused': 'medium',
  'token-unused': 'medium',
  // Somebody who was added today may still be about to.
  'never-signed-in': 'low',
};

/** Something that is weak now. */
export type Weakness =
  | { readonly check: 'key-unused'; readonly key: KeyRow }
  | { readonly check: 'token-unused' | 'token-endless' | 'token-everything'; readonly token: TokenRow }
  | { readonly check: 'never-signed-in' | 'single-owner'; readonly person: UserRow }
  | { readonly check: 'operator-access'; readonly access: OperatorAccessRow };

export interface Known {
  readonly keys: readonly KeyRow[];
  readonly tokens: readonly TokenRow[];
  readonly people: readonly UserRow[];
  readonly access: readonly OperatorAccessRow[];
  /** Every permission there is in a tenant. */
  readonly permissions: readonly string[];
}

const DAY_MS = 86_400_000;
const UNUSED_MS = 90 * DAY_MS;

const msOf = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1_000_000n);

/** Made and last used so long ago that nothing uses it. */
const isUnused = (one: { readonly createdAt: string; readonly lastUsedAt: string | null }, now: number): boolean =>
  now - msOf(one.lastUsedAt ?? one.createdAt) >= UNUSED_MS;

/** Decides from what the tenant may read about itself; in the order of `CHECKS`. */
export function weaknessesOf({ keys, tokens, people, access, permissions }: Known, now: number): readonly Weakness[] {
  const inForce = tokens.filter((token) => stateOf(token, now) === 'active');
  const owners = people.filter(({ role }) => role === 'owner');
  const found: readonly Weakness[] = [
    ...access.filter((one) => isOpen(one, now)).map((one) => ({ check: 'operator-access' as const, access: one })),
    ...inForce.flatMap((token): Weakness[] => [
      ...(permissions.every((permission) => token.permissions.some((one) => one === permission))
        ? [{ check: 'token-everything' as const, token }]
        : []),
      ...(token.expiresAt === null ? [{ check: 'token-endless' as const, token }] : []),
      ...(isUnused(token, now) ? [{ check: 'token-unused' as const, token }] : []),
    ]),
    ...(owners.length === 1 ? owners.map((person) => ({ check: 'single-owner' as const, person })) : []),
    ...keys
      .filter((key) => key.revokedAt === null && isUnused(key, now))
      .map((key) => ({ check: 'key-unused' as const, key })),
    ...people
      .filter(({ lastLoginAt }) => lastLoginAt === null)
      .map((person) => ({ check: 'never-signed-in' as const, person })),
  ];
  return [...found].sort((a, b) => CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check));
}
