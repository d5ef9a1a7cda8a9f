export const TRACE_VIEWS = ['entries', 'roots', 'spans'] as const;
export const TRACE_ORDERS = ['newest', 'slowest', 'oldest'] as const;

export interface TracesSearch {
  readonly query?: string | undefined;
  readonly view?: (typeof TRACE_VIEWS)[number] | undefined;
  readonly order?: (typeof TRACE_ORDERS)[number] | undefined;
}

export function readTracesSearch(search: Readonly<Record<string, unknown>>): TracesSearch {
  return {
    query: search['query'] === undefined || search['query'] === '' ? undefined : String(search['query']),
    view: TRACE_VIEWS.find((view) => view === search['view']),
    order: TRACE_ORDERS.find((order) => order === search['order']),
  };
}
