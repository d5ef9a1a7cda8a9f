import type { JournalAdmission } from '../port.ts';

/** Why the journal is shut, or `open`. */
export type Gate = 'open' | 'full' | 'disk-full' | 'slow' | 'broken';

export interface GateFacts {
  /** Not yet passed by the slowest consumer. */
  readonly unreadBytes: number;
  readonly freeBytes: number;
  /** Taken and not yet durable. */
  readonly waitingBytes: number;
  /** No segment can be begun at present. */
  readonly broken: boolean;
}

export interface GateLimits {
  readonly budgetBytes: number;
  readonly reserveBytes: number;
  readonly waitingBytes: number;
}

/** Shut at the first share, opened again at the second, so that it does not flutter at the edge. */
const BUDGET_SHUT = 0.9;
const BUDGET_OPEN = 0.8;
const RESERVE_OPEN = 1.25;
const WAITING_OPEN = 0.5;
/**
 * A journal that is drained as fast as it is filled, unread up to this share of its budget, goes on to this share of
 * the reserve: when a neighbour's journal has taken the disk in its own store's outage, the others are not shut too.
 */
const LEAN_UNREAD = 0.02;
const LEAN_RESERVE = 0.6;

export function decideGate(before: Gate, facts: GateFacts, limits: GateLimits): Gate {
  if (facts.broken) return 'broken';
  const lean = facts.unreadBytes <= limits.budgetBytes * LEAN_UNREAD ? LEAN_RESERVE : 1;
  const reserve = limits.reserveBytes * lean * (before === 'disk-full' ? RESERVE_OPEN : 1);
  if (facts.freeBytes < reserve) return 'disk-full';
  const budget = limits.budgetBytes * (before === 'full' ? BUDGET_OPEN : BUDGET_SHUT);
  if (facts.unreadBytes + facts.waitingBytes >= budget) return 'full';
  const waiting = limits.waitingBytes * (before === 'slow' ? WAITING_OPEN : 1);
  if (facts.waitingBytes >= waiting) return 'slow';
  return 'open';
}

/**
 * Seconds to wait are what each cause usually takes to pass, and short enough that an SDK which gives up after a minute
 * comes back a few times; senders add their own jitter.
 */
const ANSWERS: Readonly<Record<Exclude<Gate, 'open'>, Extract<JournalAdmission, { open: false }>>> = {
  full: { open: false, code: 'journal.full', message: 'the journal is nearly full', retryAfter: 5 },
  'disk-full': { open: false, code: 'journal.disk-full', message: 'the disk is nearly full', retryAfter: 10 },
  slow: { open: false, code: 'journal.slow', message: 'the disk cannot keep up', retryAfter: 1 },
  broken: { open: false, code: 'journal.write-failed', message: 'the journal cannot be written', retryAfter: 5 },
};
const OPEN: JournalAdmission = { open: true };

/** Kept segments that every consumer has passed go before anybody is refused: from this share of the reserve on. */
const PRESSED = 1.5;

/** Is space so short that retention gives way? */
export function isPressed(freeBytes: number, limits: GateLimits): boolean {
  return freeBytes < limits.reserveBytes * PRESSED;
}

export function admissionOf(gate: Gate): JournalAdmission {
  return gate === 'open' ? OPEN : ANSWERS[gate];
}

/**
 * May a batch that comes although the journal is shut still be taken? Requests let in before it shut are; beyond the
 * whole budget, half of the reserve or twice the memory nothing is. Returns the code to refuse it with.
 */
export function decideLateAppend(
  facts: GateFacts,
  limits: GateLimits,
  size: number,
): 'journal.disk-full' | 'journal.full' | 'journal.slow' | undefined {
  if (facts.freeBytes - size < limits.reserveBytes / 2) return 'journal.disk-full';
  if (facts.unreadBytes + facts.waitingBytes + size > limits.budgetBytes) return 'journal.full';
  if (facts.waitingBytes > 0 && facts.waitingBytes + size > 2 * limits.waitingBytes) return 'journal.slow';
  return undefined;
}
