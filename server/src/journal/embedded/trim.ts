import type { Sequence } from '#base';
import { lastOf, type Segment } from './ledger.ts';

export interface TrimFacts {
  /** Every consumer has passed this sequence. */
  readonly passed: Sequence;
  readonly now: number;
  readonly retainMs: number;
  readonly bytes: number;
  readonly budgetBytes: number;
  /** The file system is short of space. */
  readonly pressed: boolean;
}

export interface TrimDecision {
  /** How many of the oldest segments may go. */
  readonly count: number;
  /** The newest segment is of no more use and worth its space: begin another so that it can go too. */
  readonly roll: boolean;
  /** Clock time to look again; `undefined` when nothing waits for time, so that an idle journal sets no timer. */
  readonly lookAgainAt: number | undefined;
}

/** Below this an idle journal's last segment is left as it is. */
const WORTH_ROLLING_BYTES = 1024 ** 2;

/**
 * Decides what of the oldest end may be deleted. The newest segment always stays: it carries the numbering. Marks
 * segments as passed when it first sees them so.
 */
export function decideTrim(segments: readonly Segment[], facts: TrimFacts): TrimDecision {
  let bytes = facts.bytes;
  let count = 0;
  let blocked = false;
  let lookAgainAt: number | undefined;
  for (const segment of segments) {
    if (lastOf(segment) > facts.passed) {
      // Appended to since, or a consumer was set back.
      segment.passedAt = undefined;
      continue;
    }
    segment.passedAt ??= facts.now;
    const newest = segment === segments.at(-1);
    if (newest && segment.length < WORTH_ROLLING_BYTES) break;
    const due = segment.passedAt + facts.retainMs;
    // Retention is a second line of defence; it never costs the room that new entries need.
    const early = facts.pressed || bytes > facts.budgetBytes;
    if (!blocked && (early || due <= facts.now)) {
      if (newest) return { count, roll: true, lookAgainAt: undefined };
      count++;
      bytes -= segment.length;
      continue;
    }
    blocked = true;
    lookAgainAt ??= due;
  }
  return { count, roll: false, lookAgainAt };
}
