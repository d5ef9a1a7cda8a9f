import { isObject, type JsonSchema } from './surface.ts';

/** A value that satisfies a JSON Schema, or undefined when this does not know one. `n` makes texts differ. */
export function sample(schema: JsonSchema, n: number): unknown {
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if ('default' in schema) return schema['default'];
  for (const key of ['anyOf', 'oneOf'] as const) {
    const choices = schema[key];
    if (Array.isArray(choices)) {
      return choices
        .filter(isObject)
        .map((choice) => sample(choice, n))
        .find((value) => value !== undefined);
    }
  }
  switch (schema['type']) {
    case 'string':
      return sampleText(schema, n);
    case 'integer':
    case 'number':
      return Math.max(Number(schema['minimum'] ?? 1), 1);
    case 'boolean':
      return true;
    case 'array': {
      if (!Number(schema['minItems'] ?? 0)) return [];
      const item = isObject(schema['items']) ? sample(schema['items'], n) : undefined;
      return item === undefined ? undefined : Array.from({ length: Number(schema['minItems']) }, () => item);
    }
    case 'object': {
      const result: Record<string, unknown> = {};
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      for (const name of Array.isArray(schema['required']) ? schema['required'] : []) {
        const field = properties[String(name)];
        const value = isObject(field) ? sample(field, n) : undefined;
        if (value === undefined) return undefined;
        result[String(name)] = value;
      }
      return result;
    }
    default:
      // Anything goes.
      return Object.keys(schema).some((key) => key !== 'description') ? undefined : `any ${n}`;
  }
}

function sampleText(schema: JsonSchema, n: number): string | undefined {
  const least = Number(schema['minLength'] ?? 0);
  const candidates = [
    ...(schema['format'] === 'email' ? [`probe-${n}@probe.example`] : []),
    `probe-${n}`.padEnd(least, 'x'),
    String(n),
    'f'.repeat(64),
    'f'.repeat(32),
    'f'.repeat(16),
  ];
  const pattern = typeof schema['pattern'] === 'string' ? new RegExp(schema['pattern'], 'u') : undefined;
  const most = Number(schema['maxLength'] ?? Number.POSITIVE_INFINITY);
  return candidates.find((text) => text.length <= most && text.length >= least && (!pattern || pattern.test(text)));
}

/** Where in a value of this schema a foreign text can stand: paths to its texts, three levels deep. */
export function textPlaces(schema: JsonSchema, depth = 0): Array<ReadonlyArray<string | 0>> {
  if (depth > 3 || 'const' in schema || Array.isArray(schema['enum'])) return [];
  for (const key of ['anyOf', 'oneOf'] as const) {
    const choices = schema[key];
    if (!Array.isArray(choices)) continue;
    const places = choices.filter(isObject).flatMap((choice) => textPlaces(choice, depth));
    return [...new Map(places.map((place) => [place.join('/'), place])).values()];
  }
  switch (schema['type']) {
    case 'string':
      return [[]];
    case 'array':
      return isObject(schema['items'])
        ? textPlaces(schema['items'], depth + 1).map((rest) => [0 as const, ...rest])
        : [[0]];
    case 'object': {
      const properties = isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
      const named = properties.flatMap(([name, field]) =>
        isObject(field) ? textPlaces(field, depth + 1).map((rest) => [name, ...rest]) : [],
      );
      const others = schema['additionalProperties'];
      const free = isObject(others) ? textPlaces(others, depth + 1).map((rest) => ['probed', ...rest]) : [];
      return [...named, ...free];
    }
    case 'integer':
    case 'number':
    case 'boolean':
    case 'null':
      return [];
    default:
      return [[]];
  }
}

/** A copy of `value` with `text` at `place`, making what is missing on the way. */
export function putText(value: unknown, place: ReadonlyArray<string | 0>, text: string): unknown {
  const [first, ...rest] = place;
  if (first === undefined) return text;
  if (first === 0) return [putText(Array.isArray(value) ? value[0] : undefined, rest, text)];
  const object = isObject(value) ? value : {};
  return { ...object, [first]: putText(object[first], rest, text) };
}
