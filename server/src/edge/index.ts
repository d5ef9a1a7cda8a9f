export type { Authorisation, HeaderGetter } from './auth/ingest.ts';
export { EDGE_CONFIG, type EdgeConfig } from './config.ts';
export { type Edge, type EdgeDeps, openEdge } from './edge.ts';
export { EDGE_ERRORS } from './errors.ts';
export type { Part, Parts } from './http/health.ts';
export { isLoopback } from './http/hosts.ts';
export { type ApiInfo, type OpenApi, openApi } from './http/openapi.ts';
export type { IngestActivity } from './ingest-activity/ingest-activity.ts';
export type { NoticeReader, Notices } from './ingest-activity/routes.ts';
