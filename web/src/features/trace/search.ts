export const SPAN_TABS = ['overview', 'attributes', 'logs', 'events', 'links', 'raw'] as const;
export type SpanTab = (typeof SPAN_TABS)[number];

/** What the URL holds beside tenant and trace id. */
export interface TraceSearch {
  /** Selected span. */
  readonly span?: string | undefined;
  readonly tab?: SpanTab | undefined;
  /** Filter text. */
  readonly find?: string | undefined;
  /** Unix nanoseconds near which the trace lies. */
  readonly ts?: string | undefined;
  /** `0` hides the critical path. */
  readonly critical?: 0 | undefined;
}

export function readTraceSearch(search: Readonly<Record<string, unknown>>): TraceSearch {
  const text = (name: string) =>
    typeof search[name] === 'string' || typeof search[name] === 'number' ? String(search[name]) : undefined;
  const ts = text('ts');
  return {
    span: text('span'),
    tab: SPAN_TABS.find((tab) => tab === search['tab']),
    find: text('find'),
    ts: ts !== undefined && /^\d{1,20}$/.test(ts) ? ts : undefined,
    critical: search['critical'] === 0 || search['critical'] === '0' ? 0 : undefined,
  };
}
