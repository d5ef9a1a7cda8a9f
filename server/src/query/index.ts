export { QUERY_CONFIG, type QueryConfig } from './config.ts';
export { QUERY_ERRORS } from './errors.ts';
export { openQuery, type Query, type QueryDeps } from './query.ts';
export type { TailStart } from './tail/tail.ts';
