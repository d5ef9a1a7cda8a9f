import type { IngestActivityEvent, IngestActivityResponse } from '@hanok/contract';
import { formatExact } from '../format/numbers.ts';
import { type MessageId, t } from '../i18n/index.ts';

/** Cases of partly stored requests (`reason`), of connections without a place and of limits (`pipeline.` and the same), in the reader's language. */
const WORDS: Readonly<Record<string, MessageId>> = {
  'limit-services': 'kit.ingest.limitServices',
  'limit-operations': 'kit.ingest.limitOperations',
  'limit-metrics': 'kit.ingest.limitMetrics',
  'limit-series': 'kit.ingest.limitSeries',
  'limit-resources': 'kit.ingest.limitResources',
  'limit-scopes': 'kit.ingest.limitScopes',
  'limit-keys-logs': 'kit.ingest.limitKeys',
  'limit-keys-traces': 'kit.ingest.limitKeys',
  'limit-keys-metrics': 'kit.ingest.limitKeys',
  'id-unreadable': 'kit.ingest.idUnreadable',
  'bad-trace-id': 'kit.ingest.badTraceId',
  'bad-span-id': 'kit.ingest.badSpanId',
  'bad-parent-id': 'kit.ingest.badParentId',
  'too-many-records': 'kit.ingest.tooManyRecords',
  'too-many-buckets': 'kit.ingest.tooManyBuckets',
  'connections.port-full': 'kit.ingest.connectionsFull',
  'connections.source-full': 'kit.ingest.connectionsSource',
  'connections.flood': 'kit.ingest.connectionsFlood',
  'connections.slowed': 'kit.ingest.connectionsSlowed',
  'connections.evicted': 'kit.ingest.connectionsEvicted',
  'connections.ended': 'kit.ingest.connectionsEnded',
};

type Notice = IngestActivityResponse['notices'][number];
type Told = Pick<IngestActivityEvent, 'reason' | 'values'>;

/** Undefined for a case this browser has no words for; then the server's English has to do. */
function wordsOf({ reason, values = {} }: Told): string | undefined {
  const known = reason === undefined ? undefined : WORDS[reason];
  if (known === undefined) return undefined;
  const id = known === 'kit.ingest.limitSeries' && values['of'] ? 'kit.ingest.limitSeriesBy' : known;
  const count = Number(values['count'] ?? 0);
  const shown = Object.entries(values).map(
    ([name, value]) => [name, typeof value === 'number' ? formatExact(value) : value] as const,
  );
  // The count itself chooses between singular and plural.
  return t(id, { ...Object.fromEntries(shown), count, exact: formatExact(count) });
}

export function eventText(event: Pick<IngestActivityEvent, 'code' | 'message' | 'reason' | 'values'>): string {
  return wordsOf(event) ?? event.message ?? event.code ?? '';
}

export function noticeText({ code, message, values }: Notice): string {
  const words = wordsOf({ reason: code.replace(/^pipeline\./, ''), ...(values && { values }) });
  if (words === undefined) return message;
  // An operator of all tenants is told whose it is.
  const tenant = values?.['tenant'];
  return tenant === undefined ? words : `${tenant}: ${words}`;
}
