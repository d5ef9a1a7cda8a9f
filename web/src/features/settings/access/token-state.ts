import type { TokenRow } from '@hanok/contract';

export type TokenState = 'active' | 'expired' | 'revoked';

const msOf = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1_000_000n);

export function stateOf({ revokedAt, expiresAt }: Pick<TokenRow, 'revokedAt' | 'expiresAt'>, now: number): TokenState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && msOf(expiresAt) <= now ? 'expired' : 'active';
}

/** Addresses and networks, one a line; spaces and empty lines do not count. */
export const readNetworks = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
