export * from './access/permissions.ts';
export * from './access/roles.ts';
export * from './access/shapes.ts';
export * from './admin.ts';
export * from './api.ts';
export * from './endpoints/index.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './ingest-and-storage.ts';
export * from './jwt-issuers.ts';
export * from './limits.ts';
export { MARKS, type Mark } from './marks.ts';
export * from './metric-points.ts';
export * from './metrics.ts';
export {
  COUNTED,
  type Counted,
  JOURNAL_SHUT_CODES,
  type JournalShutCode,
  LEFT_OUT_CODES,
  type LeftOutCode,
  NOTICE_CODES,
  type Notice,
  type NoticeCode,
} from './notices.ts';
export * from './services.ts';
export * from './tenancy.ts';
export * from './tenant-words.ts';
export * from './time.ts';
export * from './units.ts';
