import { createHash } from 'node:crypto';
import type { LogRow, Span, SpanRow, TenantId } from '@hanok/contract';
import { severity } from '@hanok/contract';
import { marksOf } from '#base';
import { type Fragment, sql } from '#store';
import { fail } from '../errors.ts';
import { KINDS, STATUSES } from '../language/columns.ts';
import { decodeAttributes, decodePairsJson, decodeValue, repeatedAttributes, repeatedInJson } from './attributes.ts';
import { durationOf, type LogRecord, type SpanRecord } from './records.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * A log's hash, computed by the store and, for rows of a live tail, by us: the first 8 bytes, big-endian, of the MD5
 * of what tells one record from another. Not for security.
 */
export const LOG_HASH: Fragment = sql`halfMD5(concat(lower(hex(trace_id)), lower(hex(span_id)), toString(resource_id), ' ', toString(scope_id), ' ', toString(severity_number), event_name, '\0', body, '\0', arrayStringConcat(mapKeys(attributes), '\0'), '\0', arrayStringConcat(mapValues(attributes), '\0')))`;
export const SPAN_HASH: Fragment = sql`cityHash64(trace_id, span_id, name)`;

export function logHash(log: LogRecord): bigint {
  const text = [
    `${log.traceId.padStart(32, '0')}${log.spanId.padStart(16, '0')}${log.resourceId} ${log.scopeId} ${log.severityNumber}${log.eventName}`,
    log.body,
    log.attributes.keys.join('\0'),
    log.attributes.values.join('\0'),
  ].join('\0');
  return createHash('md5').update(text).digest().readBigUInt64BE(0);
}

/** What a log's id says: where to find the row again. */
export interface LogPosition {
  readonly timestamp: bigint;
  readonly hash: bigint;
}

export function writeLogId(position: LogPosition): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(position.timestamp, 0);
  bytes.writeBigUInt64BE(position.hash, 8);
  return bytes.toString('base64url');
}

export function readLogId(id: string): LogPosition {
  const bytes = /^[\w-]{22}$/.test(id) ? Buffer.from(id, 'base64url') : Buffer.alloc(0);
  if (bytes.length !== 16) throw fail('query.bad-id', 'this is no id of a log', { at: 'id' });
  return { timestamp: bytes.readBigInt64BE(0), hash: bytes.readBigUInt64BE(8) };
}

const severityOf = (text: string): LogRow['severityText'] => severity.safeParse(text).data ?? 'unspecified';

/** As the API shows a log. `hash` is given when the store has computed it. */
export function toLogRow(log: LogRecord, around: Surroundings, tenant: TenantId, hash = logHash(log)): LogRow {
  const scope = around.scope(tenant, log.scopeId);
  const marks = marksOf(log.marks);
  return {
    id: writeLogId({ timestamp: log.timestamp, hash }),
    timestamp: String(log.timestamp),
    observedTimestamp: String(log.observedTimestamp),
    ...(log.originalTime !== 0n && { originalTime: String(log.originalTime) }),
    severityText: severityOf(log.severityText),
    severityNumber: log.severityNumber,
    ...(log.severityOriginal !== '' && { severityOriginal: log.severityOriginal }),
    serviceName: log.serviceName,
    environment: log.environment,
    hostName: log.hostName,
    businessId: log.tenant,
    body: decodeValue(log.body, log.bodyType),
    ...(log.eventName !== '' && { eventName: log.eventName }),
    attributes: decodeAttributes(log.attributes),
    ...repeatedAttributes(log.attributes),
    ...(log.droppedAttributesCount > 0 && { droppedAttributesCount: log.droppedAttributesCount }),
    resource: around.resource(tenant, log.resourceId).resource,
    ...(scope && { scope: scope.scope }),
    traceId: log.traceId,
    spanId: log.spanId,
    flags: log.flags,
    ...(marks.length > 0 && { marks }),
  };
}

export function toSpanRow(span: SpanRecord): SpanRow {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: KINDS[span.kind] ?? 'unspecified',
    startTime: String(span.timestamp),
    duration: Number(durationOf(span)),
    statusCode: STATUSES[span.statusCode] ?? 'unset',
    serviceName: span.serviceName,
    environment: span.environment,
    hostName: span.hostName,
    attributes: decodeAttributes(span.attributes),
  };
}

/** Empty for an id that was not sent or could not be read. */
const sentId = (hex: string): string => (/^0*$/.test(hex) ? '' : hex);

export function toSpan(span: SpanRecord, around: Surroundings, tenant: TenantId): Span {
  const scope = around.scope(tenant, span.scopeId);
  const marks = marksOf(span.marks);
  // The sender's own start when the filed one was moved; the end is the start plus the duration, modulo 2^64.
  const start = span.originalTime === 0n ? span.timestamp : span.originalTime;
  return {
    ...toSpanRow(span),
    startTime: String(start),
    endTime: String(BigInt.asUintN(64, start + span.duration)),
    ...(span.statusMessage !== '' && { statusMessage: span.statusMessage }),
    ...(span.traceState !== '' && { traceState: span.traceState }),
    flags: span.flags,
    businessId: span.tenant,
    ...repeatedAttributes(span.attributes),
    ...(span.droppedAttributesCount > 0 && { droppedAttributesCount: span.droppedAttributesCount }),
    events: span.eventNames.map((name, i) => {
      const dropped = span.eventDroppedCounts[i] ?? 0;
      return {
        time: span.eventTimes[i] ?? '0',
        name,
        attributes: decodePairsJson(span.eventAttributes[i] ?? ''),
        ...repeatedInJson(span.eventAttributes[i] ?? ''),
        ...(dropped > 0 && { droppedAttributesCount: dropped }),
      };
    }),
    ...(span.droppedEventsCount > 0 && { droppedEventsCount: span.droppedEventsCount }),
    links: span.linkTraceIds.map((traceId, i) => {
      const dropped = span.linkDroppedCounts[i] ?? 0;
      const state = span.linkTraceStates[i] ?? '';
      const flags = span.linkFlags[i] ?? 0;
      return {
        traceId: sentId(traceId),
        spanId: sentId(span.linkSpanIds[i] ?? ''),
        ...(state !== '' && { traceState: state }),
        ...(flags > 0 && { flags }),
        attributes: decodePairsJson(span.linkAttributes[i] ?? ''),
        ...repeatedInJson(span.linkAttributes[i] ?? ''),
        ...(dropped > 0 && { droppedAttributesCount: dropped }),
      };
    }),
    ...(span.droppedLinksCount > 0 && { droppedLinksCount: span.droppedLinksCount }),
    resource: around.resource(tenant, span.resourceId).resource,
    ...(scope && { scope: scope.scope }),
    ...(marks.length > 0 && { marks }),
  };
}
