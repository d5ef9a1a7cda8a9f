import type { AnyValue } from '@hanok/contract';
import { textOfValue } from './attributes.ts';

/**
 * The texts that lie at a path in a value's text: of a map as the store keeps it (`{"kv":[[key, value], …]}`), or of a
 * text that is a JSON object itself. `language/members.ts` says the same to the engine.
 */
export function memberTexts(text: string, path: readonly string[]): string[] {
  if (!text.startsWith('{') || !path.every((name) => mayHold(text, name))) return [];
  let values: readonly unknown[];
  try {
    values = [JSON.parse(text)];
  } catch {
    return [];
  }
  for (const name of path) values = values.flatMap((value) => inside(value, name));
  return (values as readonly AnyValue[]).map(textOfValue);
}

/** Parsing is spared where the name does not occur, which can be told for names that JSON writes as they are. */
function mayHold(text: string, name: string): boolean {
  return !/^[\w.-]+$/.test(name) || text.includes(`"${name}"`);
}

function inside(value: unknown, name: string): unknown[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const found: unknown[] = [];
  if ('kv' in value && Array.isArray(value.kv)) {
    const pair: unknown = value.kv.find((one) => Array.isArray(one) && one[0] === name);
    if (Array.isArray(pair)) found.push(pair[1]);
  }
  if (Object.hasOwn(value, name)) found.push((value as Record<string, unknown>)[name]);
  return found;
}
