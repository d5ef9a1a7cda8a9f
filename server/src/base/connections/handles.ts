import { readFileSync } from 'node:fs';

/**
 * File handles this process may have open: the soft limit, which Node has raised to the hard one at its start. Undefined
 * where /proc is not to be had.
 */
export function readHandleLimit(): number | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
  return parseHandleLimit(text);
}

export function parseHandleLimit(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === undefined || soft === 'unlimited') return undefined;
  return Number(soft);
}

/** Listening sockets, control database, log, event loops, 16 threads each with a file: some 40, and as many again. */
const KEPT_ALWAYS = 64;
/** A journal (segment, index, two cursors, their copies while replaced), an engine's pipes, its inserts and queries. */
const KEPT_PER_STORE = 24;

export interface HandleShares<Port extends string> {
  /** Undefined: no limit is known. */
  readonly limit: number | undefined;
  /** Not for connections. */
  readonly kept: number;
  /** Most open connections by port. */
  readonly most: Readonly<Record<Port, number>>;
  /** Fewer than asked for, because handles are few. */
  readonly reduced: boolean;
}

/**
 * How many connections every port takes, so that journals and engines find a handle whatever strangers do. What is asked
 * for is cut in proportion when the handles do not suffice.
 */
export function decideHandleShares<Port extends string>(
  limit: number | undefined,
  stores: number,
  wanted: Readonly<Record<Port, number>>,
): HandleShares<Port> {
  const kept = KEPT_ALWAYS + KEPT_PER_STORE * stores;
  const ports = Object.keys(wanted) as Port[];
  const sum = ports.reduce((total, port) => total + wanted[port], 0);
  const left = limit === undefined ? sum : Math.max(ports.length, limit - kept);
  const share = Math.min(1, left / sum);
  const most = Object.fromEntries(ports.map((port) => [port, Math.max(1, Math.floor(wanted[port] * share))]));
  return { limit, kept, most: most as Record<Port, number>, reduced: share < 1 };
}
