import { fail } from '../errors.ts';

/**
 * How large a statement may be. The engine plans a statement before its limits on time and memory begin, and meanwhile
 * looks after nobody: a query of 255 terms on an empty table held it for 25 s, and it was taken for dead. A step is a
 * call or a parenthesis; a subquery counts as eight, for it is planned by itself. On two busy cores a step took 1 to 3 ms, so this
 * is a few seconds at worst. A word takes 9 steps in logs and 27 in spans, a field of any kind 11, one that may be
 * of an exception 116 (it is looked for in attributes, resources and events, and in nested values of each): 17 to 200 terms.
 */
const MOST_STEPS = 2_000;
const STEPS_PER_SUBQUERY = 8;

/** Parameters travel in the address, percent-encoded, and a mebibyte of that is taken. The rest is for the statement. */
const MOST_PARAM_BYTES = 700_000;
/** `%EA` for a byte. */
const ENCODED = 3;

/** Throws `store.too-large`, naming the limit. */
export function checkSize(text: string, params: Readonly<Record<string, string>>): void {
  const steps = count(text, '(') + STEPS_PER_SUBQUERY * count(text, '(SELECT ');
  if (steps > MOST_STEPS)
    throw fail('store.too-large', `the query takes ${steps} steps to plan, more than ${MOST_STEPS}`, {
      reason: 'steps',
      values: { steps, most: MOST_STEPS },
    });
  let bytes = 0;
  for (const value of Object.values(params)) bytes += Buffer.byteLength(value) * ENCODED;
  if (bytes > MOST_PARAM_BYTES)
    throw fail('store.too-large', `the query's texts take ${bytes} bytes, more than ${MOST_PARAM_BYTES}`, {
      reason: 'text',
      values: { bytes, most: MOST_PARAM_BYTES },
    });
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found++;
  return found;
}
