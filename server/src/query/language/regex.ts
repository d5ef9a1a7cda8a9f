import { RE2JS } from 're2js';

/**
 * Does an expression that `measureRegex` took match somewhere in a text? As the engine's `match` with `(?s)` says: both
 * are RE2. Time is linear in the text and may still be seconds for a long one, so it is asked on threads that may be
 * ended (`tail/thread.ts`), never where requests are answered.
 */
export function regexTester(source: string, caseless: boolean): (text: string) => boolean {
  const regex = RE2JS.compile(source, RE2JS.DOTALL | (caseless ? RE2JS.CASE_INSENSITIVE : 0));
  return (text) => regex.test(text);
}
