import type { HanokError } from '#base';
import { GRPC, grpcCodeOf, retrySeconds } from './codes.ts';
import { bytesField, integerField, stringField } from './protobuf.ts';

/**
 * `google.rpc.Status`, the body of every OTLP error. Details: ErrorInfo always (`reason` is our stable code), RetryInfo
 * exactly when a retry can help, BadRequest when the place of the fault is known.
 */
export function errorText(error: HanokError): string {
  const text = error.fix && !error.message.includes(error.fix) ? `${error.message}. ${error.fix}` : error.message;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}

/** Characters; three times as many bytes at most, percent-encoded nine times: within any client's header limit of 8 KiB. */
const MAX_TEXT = 600;

const TYPE = 'type.googleapis.com/google.rpc.';
const DOMAIN = 'hanok';

export function statusProtobuf(error: HanokError): Buffer {
  const code = grpcCodeOf(error);
  const details = [
    any('ErrorInfo', [...stringField(1, error.code), ...stringField(2, DOMAIN)]),
    ...(violated(error) ? [any('BadRequest', bytesField(1, violation(error)))] : []),
  ];
  const retry = retryInfo(error);
  if (retry) details.push(any('RetryInfo', retry));
  return Buffer.from([
    ...integerField(1, code),
    ...stringField(2, errorText(error)),
    ...details.flatMap((detail) => bytesField(3, detail)),
  ]);
}

/** `google.rpc.RetryInfo`: in how many seconds the sender is to come again; undefined when that cannot help. */
export function retryInfo(error: HanokError): number[] | undefined {
  const wait = retrySeconds(error);
  return wait === undefined ? undefined : bytesField(1, integerField(1, wait));
}

export function statusJson(error: HanokError): Buffer {
  const details: object[] = [{ '@type': `${TYPE}ErrorInfo`, reason: error.code, domain: DOMAIN }];
  if (violated(error))
    details.push({
      '@type': `${TYPE}BadRequest`,
      fieldViolations: [{ field: error.at ?? '', description: error.message }],
    });
  const wait = retrySeconds(error);
  if (wait !== undefined) details.push({ '@type': `${TYPE}RetryInfo`, retryDelay: `${wait}s` });
  return Buffer.from(JSON.stringify({ code: grpcCodeOf(error), message: errorText(error), details }));
}

function violated(error: HanokError): boolean {
  return error.at !== undefined && grpcCodeOf(error) === GRPC.INVALID_ARGUMENT;
}

function violation(error: HanokError): number[] {
  return [...stringField(1, error.at ?? ''), ...stringField(2, error.message)];
}

function any(type: string, message: number[]): number[] {
  return [...stringField(1, TYPE + type), ...bytesField(2, message)];
}
