import type { OperatorAccessRow } from '@hanok/contract';

const MINUTE_MS = 60_000;

const endOf = ({ endsAt }: Pick<OperatorAccessRow, 'endsAt'>): number => Number(BigInt(endsAt) / 1_000_000n);

/** Is an operator's access in force at this moment? It ends by itself without anybody noting it. */
export const isOpen = (access: Pick<OperatorAccessRow, 'endsAt' | 'endedAt'>, now: number): boolean =>
  access.endedAt === null && endOf(access) > now;

/** Minutes that have begun. */
export const minutesLeft = (access: Pick<OperatorAccessRow, 'endsAt'>, now: number): number =>
  Math.max(0, Math.ceil((endOf(access) - now) / MINUTE_MS));
