export type { AttributeRows } from './attributes.ts';
export {
  type CardinalityLimits,
  COUNTED,
  type Counted,
  cardinalityLimits,
  Ledger,
} from './cardinality/ledger.ts';
export type { LimitHit } from './cardinality/limit-tally.ts';
export { DEFAULT_LIMITS, type IntakeLimits, PIPELINE_CONFIG } from './config.ts';
export type { IntakeContext } from './context.ts';
export { KIND } from './known-ids.ts';
export type { LogRows } from './logs.ts';
export { HISTOGRAM_KIND, METRIC_TYPE, type MetricRows, NumberSlot } from './metrics.ts';
export { ENUM_UNKNOWN, ID_UNREADABLE } from './noticed.ts';
export { RequestColumns } from './request-columns.ts';
export type { ResourceFacts, ScopeFacts, ScopeTexts } from './resources.ts';
export { INHERITED } from './resources.ts';
export type { SpanRows } from './spans.ts';
export { TextScratch } from './text-scratch.ts';
export { LETTER, ValueSlot } from './value.ts';
export { WORDS } from './vocabulary.ts';
