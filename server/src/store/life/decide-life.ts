/** When engines of stores that one tenant has to itself wake and sleep. Pure: what is so and what time it is in, what to do out. */

/** How much a store is needed awake, most first. */
export const NEEDS = ['question', 'pressing', 'due', 'upkeep', 'nothing'] as const;
export type Need = (typeof NEEDS)[number];

export interface LifeLimits {
  /** How long an engine stays awake after the last question. */
  readonly idleMs: number;
  /** What may wait in the journal of an engine that nobody asks: so many bytes, */
  readonly wakeBytes: number;
  /** and so long. */
  readonly wakeAgeMs: number;
}

export interface Waiting {
  readonly entries: number;
  readonly bytes: number;
  readonly oldestMs: number;
}

export interface NeedFacts {
  readonly now: number;
  /** Questions that wait or are under way. */
  readonly asking: number;
  /** What the store has not taken in; an unfinished insert is part of it. */
  readonly waiting: Waiting;
  /** Its journal needs the room. */
  readonly pressed: boolean;
  /** Before then nothing but a question is worth another try. */
  readonly notBefore: number;
  /** When its engine ran last; undefined for one that never did and has nothing. */
  readonly ranAt: number | undefined;
}

/** Retention is held by merges, and an engine that sleeps merges nothing. */
export const UPKEEP_EVERY_MS = 24 * 3_600_000;
/** An insert waits so many times longer than it should before it displaces what people use. */
const PRESSING = 2;

export function decideNeed(facts: NeedFacts, limits: LifeLimits): Need {
  const { now, waiting, ranAt } = facts;
  if (facts.asking > 0) return 'question';
  if (now < facts.notBefore) return 'nothing';
  if (waiting.entries > 0) {
    const waits = Math.max(waiting.bytes / limits.wakeBytes, waiting.oldestMs / Math.max(1, limits.wakeAgeMs));
    if (facts.pressed || waits >= PRESSING) return 'pressing';
    if (waits >= 1) return 'due';
  }
  return ranAt !== undefined && now - ranAt >= UPKEEP_EVERY_MS ? 'upkeep' : 'nothing';
}

export interface SleepFacts {
  readonly now: number;
  readonly need: Need;
  /** When the last question ended. */
  readonly askedAt: number;
  /** When the engine was there, or took something in, last. */
  readonly workedAt: number;
  /** So much comes in that it would be woken again at once. */
  readonly heavy: boolean;
  readonly inserting: boolean;
}

/** Merges begin within seconds of an insert: an engine that sleeps at once would never make one part of many. */
export const SETTLE_MS = 10_000;

/** May the engine go to sleep of its own accord, provided that it merges nothing? */
export function decideSleep(facts: SleepFacts, limits: LifeLimits): boolean {
  const { now, need, askedAt, workedAt, heavy, inserting } = facts;
  if (need !== 'nothing' || heavy || inserting) return false;
  return now - askedAt >= limits.idleMs && now - workedAt >= Math.min(SETTLE_MS, limits.idleMs);
}

/** How long one must have been left alone before it makes room for another that is needed so much. */
export const LEFT_ALONE_MS: Readonly<Record<Need, number>> = {
  // One screen asks several times: another tenant's does not come in between.
  question: 2_000,
  pressing: 2_000,
  due: 30_000,
  // Waits for room that nobody wants.
  upkeep: Number.POSITIVE_INFINITY,
  nothing: Number.POSITIVE_INFINITY,
};
