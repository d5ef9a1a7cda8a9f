import type { IngestActivityEvent, IngestActivityResponse, NoticeCode } from '@hanok/contract';
import { formatInstantFull } from '../../format/instants.ts';
import { formatBytes, formatExact, formatShare } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { type MessageId, t } from '../../i18n/index.ts';

type Notice = IngestActivityResponse['notices'][number];
type Told = Pick<IngestActivityEvent, 'reason' | 'values'>;

/** Each notice in the reader's language; what operators hear beside it is in `ASIDE`. */
const NOTICES: Readonly<Record<NoticeCode, MessageId>> = {
  'journal.full': 'kit.notice.journalFull',
  'journal.disk-full': 'kit.notice.diskFull',
  'journal.slow': 'kit.notice.journalSlow',
  'journal.write-failed': 'kit.notice.writeFailed',
  'journal.closed': 'kit.notice.closing',
  'journal.filling': 'kit.notice.filling',
  'journal.disk-short': 'kit.notice.diskShort',
  'journal.damaged': 'kit.notice.damaged',
  'journal.end-cut': 'kit.notice.endCut',
  'journal.copy-damaged': 'kit.notice.copyDamaged',
  'journal.dead-letters': 'kit.notice.deadLetters',
  'store.unavailable': 'kit.notice.storeAway',
  'connections.port-full': 'kit.ingest.connectionsFull',
  'connections.source-full': 'kit.ingest.connectionsSource',
  'connections.flood': 'kit.ingest.connectionsFlood',
  'connections.slowed': 'kit.ingest.connectionsSlowed',
  'connections.evicted': 'kit.ingest.connectionsEvicted',
  'edge.wrong-keys': 'kit.ingest.wrongKeys',
  'control.away': 'kit.notice.controlAway',
  'pipeline.limit-services': 'kit.ingest.limitServices',
  'pipeline.limit-operations': 'kit.ingest.limitOperations',
  'pipeline.limit-metrics': 'kit.ingest.limitMetrics',
  'pipeline.limit-series': 'kit.ingest.limitSeries',
  'pipeline.limit-resources': 'kit.ingest.limitResources',
  'pipeline.limit-scopes': 'kit.ingest.limitScopes',
  'pipeline.limit-keys-logs': 'kit.ingest.limitKeys',
  'pipeline.limit-keys-traces': 'kit.ingest.limitKeys',
  'pipeline.limit-keys-metrics': 'kit.ingest.limitKeys',
};

/** Which notices have more for whom: what to do for operators, that somebody knows for the others. */
const ASIDE: Readonly<Partial<Record<NoticeCode, readonly [operator: MessageId, tenant?: MessageId]>>> = {
  'journal.full': ['kit.notice.load'],
  'journal.disk-full': ['kit.notice.load'],
  'journal.slow': ['kit.notice.load'],
  'journal.write-failed': ['kit.notice.load'],
  'journal.filling': ['kit.notice.load'],
  'journal.damaged': ['kit.notice.damageKept', 'kit.notice.operatorKnows'],
  'journal.end-cut': ['kit.notice.damageKept', 'kit.notice.operatorKnows'],
  'journal.copy-damaged': ['kit.notice.damageKept'],
  'journal.dead-letters': ['kit.notice.deadLettersKept', 'kit.notice.operatorKnows'],
  'store.unavailable': ['kit.notice.engine'],
};

/** Cases of partly stored requests and of connections without a place, by their `reason`. */
const REASONS: Readonly<Record<string, MessageId>> = {
  'id-unreadable': 'kit.ingest.idUnreadable',
  'bad-trace-id': 'kit.ingest.badTraceId',
  'bad-span-id': 'kit.ingest.badSpanId',
  'bad-parent-id': 'kit.ingest.badParentId',
  'too-many-records': 'kit.ingest.tooManyRecords',
  'metric-without-name': 'kit.ingest.metricWithoutName',
  'too-many-buckets': 'kit.ingest.tooManyBuckets',
  'bad-histogram': 'kit.ingest.badHistogram',
  'connections.ended': 'kit.ingest.connectionsEnded',
};

/** Limits have the same words in a notice and in the line of a request. */
function idOf(reason: string): MessageId | undefined {
  for (const key of [reason, `pipeline.${reason}`]) if (Object.hasOwn(NOTICES, key)) return NOTICES[key as NoticeCode];
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
}

type Values = NonNullable<Told['values']>;

/** Values by what their names end in: bytes, Unix milliseconds, shares, counts; texts may be a sender's. */
function shownValues(values: Values): Record<string, string> {
  const show = (name: string, value: string | number) => {
    if (typeof value === 'string') return visibleName(value);
    if (name.endsWith('Bytes')) return formatBytes(value);
    if (name.endsWith('Ms')) return formatInstantFull(value);
    return name === 'share' ? formatShare(value) : formatExact(value);
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, show(name, value)]));
}

/** Undefined for a case this browser has no words for; then the server's English has to do. */
function wordsOf({ reason, values = {} }: Told): string | undefined {
  const known = reason === undefined ? undefined : idOf(reason);
  if (known === undefined) return undefined;
  const id = known === 'kit.ingest.limitSeries' && values['of'] ? 'kit.ingest.limitSeriesBy' : known;
  const count = Number(values['count'] ?? 0);
  // The count itself chooses between singular and plural.
  return t(id, { ...shownValues(values), count, exact: formatExact(count) });
}

export function eventText(event: Pick<IngestActivityEvent, 'code' | 'message' | 'reason' | 'values'>): string {
  return wordsOf(event) ?? event.message ?? event.code ?? '';
}

export function noticeText({ code, message, values = {} }: Notice): string {
  const words = wordsOf({ reason: code, values });
  if (words === undefined) return message;
  const shown = shownValues(values);
  const [operator, tenant] = ASIDE[code as NoticeCode] ?? [];
  const aside = shown['store'] === undefined ? tenant : operator;
  const sentences = [
    words,
    shown['records'] && t('kit.notice.records', shown),
    shown['whose'] && t('kit.notice.whose', shown),
    shown['fromMs'] && t('kit.notice.between', shown),
    aside && t(aside, shown),
  ];
  // An operator is told whose it is, or in which store.
  const where = shown['tenant'] ?? shown['store'];
  return [where && `${where}:`, ...sentences].filter(Boolean).join(' ');
}
