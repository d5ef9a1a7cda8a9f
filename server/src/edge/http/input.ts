import type { z } from 'zod';
import { type HanokError, nearest } from '#base';
import { fail } from '../errors.ts';
import type { InputShape, JsonSchema } from './schema-shape.ts';

export interface RawInput {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Undefined when the request has none. */
  readonly body: unknown;
}

const invalid = (at: string, message: string, fix?: string): HanokError =>
  fail('edge.invalid-input', message, fix === undefined ? { at } : { at, fix });

/** Query strings carry text only; a field declared as a number, boolean or list is read as such. */
function fromQuery(value: unknown, field: JsonSchema | undefined): unknown {
  switch (field?.['type']) {
    case 'array':
      return Array.isArray(value) ? value : [value];
    case 'number':
    case 'integer':
      return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    default:
      return value;
  }
}

/** Path parameters, query string and body as one object; a name in two places is refused rather than chosen from. */
function union(raw: RawInput, shape: InputShape): Record<string, unknown> {
  // Without a prototype, so that `__proto__` is a name like any other.
  const input: Record<string, unknown> = Object.create(null);
  const put = (name: string, value: unknown) => {
    if (name in input) throw invalid(name, `${name} is given in two places`, 'Give it once.');
    input[name] = value;
  };
  for (const [name, value] of Object.entries(raw.path)) put(name, value);
  for (const [name, value] of Object.entries(raw.query)) put(name, fromQuery(value, shape.fields?.get(name)));
  if (raw.body !== undefined && raw.body !== null) {
    if (typeof raw.body !== 'object' || Array.isArray(raw.body))
      throw fail('edge.invalid-json', 'the body is not a JSON object', { at: 'body' });
    for (const [name, value] of Object.entries(raw.body)) put(name, value);
  }
  return input;
}

/** `a.b[0]` of an issue's path. */
function place(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}

/** Validated input; throws `edge.invalid-input` with the first fault's field in `at` and the others in the text. */
export function readInput<I extends z.ZodType>(schema: I, shape: InputShape, raw: RawInput): z.output<I> {
  const input = union(raw, shape);
  if (shape.fields && !shape.open) {
    for (const name of Object.keys(input)) {
      if (shape.fields.has(name)) continue;
      const known = [...shape.fields.keys()];
      const near = nearest(name, known);
      throw invalid(
        name.slice(0, 64),
        `there is no parameter of that name${near === undefined ? '' : `; did you mean ${near}?`}`,
        known.length === 0 ? 'This route takes no parameters.' : `Known are ${known.join(', ')}.`,
      );
    }
  }
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 8).map(({ path, message }) => ({ at: place(path) || 'body', message }));
  throw invalid(issues[0]!.at, issues.map(({ at, message }) => `${at}: ${message}`).join('; '));
}
