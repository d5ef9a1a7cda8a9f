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
  /** Parts of a dotted name that are tried as members of a nested value. */
  nameParts: 8,
  /** Ways in which a query looks into nested values; each is SQL of about a kilobyte, which is made while others wait. */
  nested: 48,
  regexLength: 512,
  /** One count, as in `a{1000}`, and the product of counts inside one another: RE2 refuses more. */
  regexRepeat: 1_000,
  /**
   * Characters and classes of an expression, counts multiplied out. Matching looks at each of them for each character
   * of a text at worst, so this bounds what a text may cost.
   */
  regexStates: 1_000,
  /**
   * Instructions of RE2's program, from above. RE2 gives a program two thirds of its memory of 8 MiB and lets an
   * instruction of 8 bytes take a quarter of that: 8 Mi × 2/3 / 4 / 8 = 174,762 instructions (`Compiler::Setup`).
   */
  regexInstructions: 100_000,
} as const;
