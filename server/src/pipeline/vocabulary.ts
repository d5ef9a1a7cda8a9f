import { Interner } from '#base';

/**
 * Keys and values the pipeline acts upon. They have fixed ids in the interner, so that the question "is this key
 * special?" is one comparison with `LAST_SPECIAL`.
 */
const FIXED = [
  'business_id',
  'hanok.claimed_business_id',
  'service.name',
  'deployment.environment',
  'deployment.environment.name',
  'host.name',
  'severity',
  'level',
  // Values from here on.
  'unknown_service',
  'unknown',
  'unspecified',
  '(other services)',
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'logs',
  'traces',
  'metrics',
  'attribute',
  'resource',
  'scope',
  'gauge',
  'sum',
  'histogram',
  'exponential_histogram',
  'summary',
  's',
  'b',
  'i',
  'd',
  'y',
  'a',
  'm',
  'n',
] as const;

type Word = (typeof FIXED)[number];

export const WORDS: { readonly [W in Word]: number } = Object.fromEntries(FIXED.map((word, i) => [word, i + 1])) as {
  readonly [W in Word]: number;
};

/** Keys up to this id need a closer look; 0, the empty key, does not. */
export const LAST_SPECIAL = WORDS.level;

/** Bytes of strings kept between requests. */
const KEEP_BYTES = 4 << 20;
const KEEP_STRINGS = 1 << 17;

export function openVocabulary(): Interner {
  return new Interner(FIXED);
}

/** Forgets what was seen when it has become too much. Only between batches: columns hold ids until they are cleared. */
export function trimVocabulary(interner: Interner): boolean {
  if (interner.size <= KEEP_BYTES && interner.count <= KEEP_STRINGS) return false;
  interner.reset();
  return true;
}
