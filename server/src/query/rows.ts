import type { Selection } from '#store';

/** A row of an answer by alias. JSON carries 64-bit integers as strings and non-finite floats as `nan`, `inf`, `-inf`. */
export type Row = Awaited<ReturnType<Selection['rows']>>[number];
export type Cell = Row[string] | undefined;

export function textOf(cell: Cell): string {
  return typeof cell === 'string'
    ? cell
    : cell === null || cell === undefined || typeof cell === 'object'
      ? ''
      : String(cell);
}

export function numberOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  if (cell === 'inf' || cell === '-inf') return cell === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return typeof cell === 'string' && cell !== '' ? Number(cell) : cell === null ? Number.NaN : Number(cell ?? 0);
}

/** Null for NULL and NaN: no value. */
export function numberOrNull(cell: Cell): number | null {
  const value = numberOf(cell);
  return Number.isNaN(value) ? null : value;
}

export function bigOf(cell: Cell): bigint {
  return typeof cell === 'string' || typeof cell === 'number' ? BigInt(cell) : 0n;
}

export function listOf(cell: Cell): readonly Cell[] {
  return Array.isArray(cell) ? cell : [];
}

export function textsOf(cell: Cell): string[] {
  return listOf(cell).map(textOf);
}

export function numbersOf(cell: Cell): number[] {
  return listOf(cell).map(numberOf);
}
