/** What a query may cost before it reaches an engine. Each is checked while reading, so a hostile text is cheap. */
export const QUERY_LIMITS = {
  /** UTF-16 code units. */
  length: 16_384,
  tokens: 2_048,
  /** Words, phrases and field tests. */
  terms: 256,
  /** Parentheses and negations inside one another. */
  depth: 32,
  /** `*` in one value. */
  wildcards: 8,
  regexLength: 512,
  /** States of the compiled regular expression, repetitions multiplied out. */
  regexStates: 4_000,
  regexRepeat: 100,
} as const;
