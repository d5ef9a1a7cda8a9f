import type { Priority } from '#store';

/** What is known when somebody wants to ask the store something. */
export interface Standing {
  /** Milliseconds of engine time this tenant lately took. */
  readonly debt: number;
  /** The mean of that over all tenants that are asking at present, this one included. */
  readonly fairShare: number;
  /** Another tenant is asking at present. */
  readonly contended: boolean;
  /** Questions of this tenant under way. */
  readonly running: number;
  /** Questions that the tenant may have under way. */
  readonly allowed: number;
  /** Questions of anybody under way in the engine the tenant lives in. */
  readonly runningInEngine: number;
  /** Questions under way in the whole instance that yield to others. */
  readonly yieldingInAll: number;
}

export interface TurnLimits {
  /** Questions under way in one engine. */
  readonly atOnce: number;
  /** In the whole instance, whose cores engines share: questions of tenants beyond their fair share while others session. */
  readonly yieldingAtOnce: number;
}

export interface Grant {
  /** The question may keep one core busy, not all. */
  readonly oneThread: boolean;
  /** Absent: as an insert's. */
  readonly priority?: Priority;
  readonly yielding: boolean;
}

/** Below this nobody is in anybody's way: a page of a dozen quick questions. Milliseconds. */
const LITTLE = 1_500;

/**
 * May the question begin now, and how? A tenant that asks alone may have nearly all positions of its engine. When others are asking,
 * everybody may have half of the positions at full speed, until a tenant has used more than its fair share: then its
 * questions run one at a time on one core. A question cannot be slowed down once it has begun, so one position is always
 * kept for somebody else.
 */
export function decideTurn(standing: Standing, limits: TurnLimits): Grant | undefined {
  const { debt, fairShare, contended, running, allowed, runningInEngine, yieldingInAll } = standing;
  const { atOnce, yieldingAtOnce } = limits;
  if (runningInEngine >= atOnce || running >= allowed) return undefined;
  const little = debt <= LITTLE;
  if (contended && !little && debt > fairShare)
    return running < yieldingAtOnce && yieldingInAll < yieldingAtOnce
      ? { oneThread: true, priority: 'lowest', yielding: true }
      : undefined;
  const most = Math.max(1, contended ? Math.floor(atOnce / 2) : atOnce - 1);
  return running < most ? { oneThread: false, ...(little ? {} : { priority: 'low' }), yielding: false } : undefined;
}
