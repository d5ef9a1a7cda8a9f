import { z } from 'zod';

/** What the top level of a route's input looks like, read from its JSON Schema. */
export interface InputShape {
  /** Null when the input is not one plain object: then nothing is known of its fields. */
  readonly fields: ReadonlyMap<string, JsonSchema> | null;
  /** Fields beyond `fields` are welcome (a record, or a loose object). */
  readonly open: boolean;
  readonly required: ReadonlySet<string>;
  readonly schema: JsonSchema;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}

export function inputShape(input: z.ZodType): InputShape {
  const schema = jsonSchemaOf(input, 'input');
  const { type, properties, required, additionalProperties } = schema;
  if (type !== 'object') return { fields: null, open: true, required: new Set(), schema };
  const fields = new Map<string, JsonSchema>();
  if (isObject(properties))
    for (const [name, field] of Object.entries(properties)) fields.set(name, isObject(field) ? field : {});
  return {
    fields,
    open: additionalProperties !== undefined && additionalProperties !== false,
    required: new Set(Array.isArray(required) ? required.map(String) : []),
    schema,
  };
}
