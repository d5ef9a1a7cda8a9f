import { askedOf } from '@hanok/contract';
import type { Route } from '#base';
import { inputShape, type JsonSchema, jsonSchemaOf } from './schema-shape.ts';

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable; see docs/errors.md' },
        message: { type: 'string' },
        at: { type: 'string', description: 'Field path, header name, or query:OFFSET' },
        fix: { type: 'string' },
        retryAfter: { type: 'number', description: 'Seconds' },
        requestId: { type: 'string' },
      },
    },
  },
} as const;

/** `/api/v1/traces/:traceId` → `/api/v1/traces/{traceId}` */
export const templated = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function operation({ method, path, endpoint }: Route): JsonSchema {
  const shape = inputShape(endpoint.input);
  const asked = askedOf(endpoint.permission);
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name!));
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const fields = [...(shape.fields ?? [])];
  const parameter = (name: string, schema: JsonSchema, place: 'path' | 'query', required: boolean) => ({
    name,
    in: place,
    required,
    ...(typeof schema['description'] === 'string' ? { description: schema['description'] } : {}),
    schema,
  });
  const parameters: JsonSchema[] = [...inPath].map((name) =>
    parameter(name, shape.fields?.get(name) ?? { type: 'string' }, 'path', true),
  );
  if (!hasBody)
    for (const [name, schema] of fields)
      if (!inPath.has(name)) parameters.push(parameter(name, schema, 'query', shape.required.has(name)));
  if (asked === 'tenant')
    parameters.push({
      name: 'x-hanok-tenant',
      in: 'header',
      required: false,
      description: 'The tenant to act for; may be left out by somebody who has just one',
      schema: { type: 'string' },
    });
  const { properties: _, required: __, ...rest } = shape.schema;
  const bodyFields = fields.filter(([name]) => !inPath.has(name));
  const bodyRequired = bodyFields.map(([name]) => name).filter((name) => shape.required.has(name));
  const body = shape.fields
    ? {
        ...rest,
        properties: Object.fromEntries(bodyFields),
        ...(bodyRequired.length > 0 ? { required: bodyRequired } : {}),
      }
    : shape.schema;
  const success: JsonSchema =
    endpoint.output === 'stream'
      ? { 'text/event-stream': { schema: { type: 'string' } } }
      : { 'application/json': { schema: jsonSchemaOf(endpoint.output, 'output') } };
  return {
    operationId: `${method.toLowerCase()}${path.replace(/^\/api\/v1/, '').replace(/[/:.-]+(\w)?/g, (__all, c?: string) => (c ? c.toUpperCase() : ''))}`,
    summary: endpoint.summary,
    tags: [path.split('/')[3] ?? 'instance'],
    'x-hanok-permission': endpoint.permission,
    'x-hanok-asked-of': asked,
    ...(endpoint.audit === undefined ? {} : { 'x-hanok-audit': endpoint.audit }),
    ...(endpoint.output === 'stream' ? { 'x-hanok-stream': true } : {}),
    security: asked === 'public' ? [] : [{ bearer: [] }, { cookie: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody && bodyFields.length > 0
      ? { requestBody: { required: bodyRequired.length > 0, content: { 'application/json': { schema: body } } } }
      : {}),
    responses: {
      '200': { description: 'Done', content: success },
      default: {
        description: 'Refused or failed',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/ApiError' } } },
      },
    },
  };
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: ApiInfo;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: JsonSchema;
}

/** OpenAPI 3.1, whose schemas are JSON Schema as zod writes it. */
export function openApi(routes: readonly Route[], info: ApiInfo): OpenApi {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    const path = (paths[templated(route.path)] ??= {});
    path[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info,
    paths,
    components: {
      schemas: { ApiError: ERROR_SCHEMA },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token POST /api/v1/login answers with, or an API token',
        },
        cookie: { type: 'apiKey', in: 'cookie', name: 'hanok_session' },
      },
    },
  };
}
