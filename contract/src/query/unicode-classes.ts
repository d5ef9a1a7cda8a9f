/** Names behind `\p`: general categories, and the scripts that people write logs in. The engine knows all of them. */
const CATEGORIES = 'C Cc Cf Co L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs';
const SCRIPTS =
  'Arabic Armenian Bengali Bopomofo Cherokee Common Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Inherited Kannada Katakana Khmer Lao Latin Malayalam Mongolian Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan';

export const UNICODE_CLASSES: ReadonlySet<string> = new Set(`${CATEGORIES} ${SCRIPTS}`.split(' '));
