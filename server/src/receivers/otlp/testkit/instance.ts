import type { Signal, TenantId } from '@hanok/contract';
import { DEFAULT_LIMITS, type IntakeContext, type IntakeLimits } from '#pipeline';
import { type Decoded, type OtlpDecoder, openOtlpDecoder } from '../index.ts';
import { ARRIVAL } from './generate.ts';
import { encode } from './peer.ts';
import { type Row, rowsOf } from './rebuild.ts';

/** Short words for writing OTLP in tests. */
export const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
export const time = (secondsAgo: number) => (ARRIVAL - BigInt(secondsAgo) * 1_000_000_000n).toString();
export const TRACE = new Uint8Array(16).fill(7);
export const SPAN = new Uint8Array(8).fill(9);

export function contextOf(tenant = 'tenant-a', more: Partial<IntakeContext> = {}): IntakeContext {
  return {
    tenant: tenant as TenantId,
    arrival: ARRIVAL,
    epoch: 'first',
    retentionDays: { logs: 30, traces: 14, metrics: 90 },
    ...more,
  };
}

export const open = (limits: Partial<IntakeLimits> = {}): OtlpDecoder =>
  openOtlpDecoder({ ...DEFAULT_LIMITS, ...limits });

export const logsOf = (records: object[], resource: object = { attributes: [text('service.name', 'shop')] }) => ({
  resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }],
});
export const spansOf = (spans: object[], resource: object = { attributes: [text('service.name', 'shop')] }) => ({
  resourceSpans: [{ resource, scopeSpans: [{ spans }] }],
});
export const metricsOf = (metrics: object[], resource: object = { attributes: [text('service.name', 'shop')] }) => ({
  resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }],
});

export function decode(signal: Signal, message: object, context = contextOf(), decoder = open()): Decoded {
  return decoder.decode(signal, 'protobuf', encode(signal, message), context);
}

export function decodeJson(signal: Signal, body: string | object, context = contextOf(), decoder = open()): Decoded {
  const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return decoder.decode(signal, 'json', bytes, context);
}

/** The only row of `logs` for one record. */
export function oneLog(record: object, resource?: object, context?: IntakeContext, decoder?: OtlpDecoder): Row {
  return rowsOf(decode('logs', logsOf([record], resource), context, decoder).batch).logs[0]!;
}
