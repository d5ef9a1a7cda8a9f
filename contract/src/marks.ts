/** What Hanok changed or noticed on a record while taking it in. Spelled once: for the API, the query language, the store. */
export const MARKS = [
  'time-placed', // the sender's time was absurdly far off; `originalTime` has it
  'time-missing', // no time was sent; time of arrival used
  'value-cut', // a value was longer than the limit and cut at a UTF-8 boundary
  'key-cut',
  'attributes-dropped', // more attributes, events, links or exemplars than the limit
  'depth-cut', // nesting deeper than the limit
  'severity-derived', // no severity number was sent: it was derived from the text, an attribute or the body
  'business-id-differed', // the sender claimed another business_id; kept as `hanok.claimed_business_id`
  'service-missing',
  'utf8-repaired',
  'severity-out-of-range', // a severity number outside 0 to 24
  'id-unreadable', // a trace or span id of a record, link or exemplar that is no id; left out
  'keys-repeated', // a key twice in one list of attributes or in one map; all values are kept
  'enum-unknown', // a span kind, status code or temporality that does not exist; unspecified instead
  'name-limited', // the service or operation name was new beyond the tenant's limit; counted under `(other …)`
  'end-before-start', // a span's end was not sent or lies before its start; duration 0, `endTime` has it as sent
] as const;

export type Mark = (typeof MARKS)[number];
