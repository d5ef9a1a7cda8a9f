/** Tabs of the panel beside the lines. */
export type LogTab = 'details' | 'context' | 'raw';

export interface LogsSearch {
  readonly query?: string | undefined;
  /** Selected line. */
  readonly log?: string | undefined;
  readonly tab?: LogTab | undefined;
  readonly live?: 1 | undefined;
  readonly wrap?: 1 | undefined;
  /** Extra columns, separated by commas. */
  readonly columns?: string | undefined;
}

export function readLogsSearch(search: Readonly<Record<string, unknown>>): LogsSearch {
  const text = (name: string) => (search[name] === undefined || search[name] === '' ? undefined : String(search[name]));
  const flag = (name: string) => (search[name] === 1 || search[name] === '1' ? 1 : undefined);
  const tab = text('tab');
  return {
    query: text('query'),
    log: text('log'),
    tab: tab === 'details' || tab === 'context' || tab === 'raw' ? tab : undefined,
    live: flag('live'),
    wrap: flag('wrap'),
    columns: text('columns'),
  };
}
