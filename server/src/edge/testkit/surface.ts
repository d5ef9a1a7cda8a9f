import type { AskedOf } from '@hanok/contract';

/** The attackable surface, read from an OpenAPI document, so that the same suite runs in process and over a network. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Input {
  readonly name: string;
  readonly place: 'path' | 'query' | 'body';
  readonly schema: JsonSchema;
  readonly required: boolean;
}

export interface Operation {
  /** `GET /api/v1/traces/{traceId}` */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** What a caller needs, and of what it is asked. */
  readonly permission: string;
  readonly askedOf: AskedOf;
  readonly stream: boolean;
  /** Changes something: it says so by its audit entry. */
  readonly changes: boolean;
  readonly inputs: readonly Input[];
}

const ASKED_OF = ['public', 'self', 'tenant', 'instance'] as const satisfies readonly AskedOf[];

export const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Throws when an operation does not say who may call it: what is not described cannot be attacked. */
export function surfaceOf(document: unknown): Operation[] {
  if (!isObject(document) || !isObject(document['paths'])) throw new Error('not an OpenAPI document');
  const operations: Operation[] = [];
  for (const [path, methods] of Object.entries(document['paths'])) {
    if (!isObject(methods)) continue;
    for (const [verb, operation] of Object.entries(methods)) {
      if (!isObject(operation)) continue;
      const method = verb.toUpperCase();
      const id = `${method} ${path}`;
      const askedOf = ASKED_OF.find((one) => one === operation['x-hanok-asked-of']);
      const permission = operation['x-hanok-permission'];
      if (!askedOf || typeof permission !== 'string')
        throw new Error(`${id} does not say who may call it (x-hanok-permission)`);
      operations.push({
        id,
        method,
        path,
        permission,
        askedOf,
        stream: operation['x-hanok-stream'] === true,
        changes: typeof operation['x-hanok-audit'] === 'string',
        inputs: [...parameterInputs(operation), ...bodyInputs(operation)],
      });
    }
  }
  return operations;
}

function parameterInputs(operation: JsonSchema): Input[] {
  return list(operation['parameters'])
    .filter(isObject)
    .flatMap(({ name, in: place, schema, required }) =>
      place === 'path' || place === 'query'
        ? [{ name: String(name), place, schema: isObject(schema) ? schema : {}, required: required === true }]
        : [],
    );
}

function bodyInputs(operation: JsonSchema): Input[] {
  const body = operation['requestBody'];
  const content = isObject(body) ? body['content'] : undefined;
  const json = isObject(content) ? content['application/json'] : undefined;
  const schema = isObject(json) ? json['schema'] : undefined;
  if (!isObject(schema)) return [];
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(list(schema['required']));
  return Object.entries(properties).map(([name, field]) => ({
    name,
    place: 'body' as const,
    schema: isObject(field) ? field : {},
    required: required.has(name),
  }));
}
