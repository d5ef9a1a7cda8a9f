import type { Signal } from '@hanok/contract';
import { bytesField, integerField, stringField } from './protobuf.ts';

/**
 * `Export{Logs,Trace,Metrics}ServiceResponse`: empty when everything was taken. With rejected records, or with a
 * message alone (a warning), `partial_success` is set; the field numbers are the same for all three signals.
 */
export interface Partial {
  readonly rejected: number;
  readonly message: string;
}

const REJECTED: Readonly<Record<Signal, string>> = {
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
};

const EMPTY = Buffer.alloc(0);
const EMPTY_JSON = Buffer.from('{}');

export function responseProtobuf(partial: Partial): Buffer {
  if (partial.rejected === 0 && partial.message === '') return EMPTY;
  return Buffer.from(bytesField(1, [...integerField(1, partial.rejected), ...stringField(2, partial.message)]));
}

export function responseJson(signal: Signal, partial: Partial): Buffer {
  if (partial.rejected === 0 && partial.message === '') return EMPTY_JSON;
  const success: Record<string, string> = {};
  // 64-bit integers are strings in protobuf's JSON.
  if (partial.rejected > 0) success[REJECTED[signal]] = String(partial.rejected);
  if (partial.message !== '') success['errorMessage'] = partial.message;
  return Buffer.from(JSON.stringify({ partialSuccess: success }));
}
