import type { HanokError } from '#base';

/** https://grpc.io/docs/guides/status-codes/ */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** The inverse of what the Collector's OTLP receiver does when it turns gRPC codes into HTTP statuses. */
const FROM_HTTP: Readonly<Record<number, number>> = {
  400: GRPC.INVALID_ARGUMENT,
  401: GRPC.UNAUTHENTICATED,
  403: GRPC.PERMISSION_DENIED,
  404: GRPC.UNIMPLEMENTED,
  405: GRPC.UNIMPLEMENTED,
  408: GRPC.DEADLINE_EXCEEDED,
  409: GRPC.ABORTED,
  413: GRPC.RESOURCE_EXHAUSTED,
  415: GRPC.INVALID_ARGUMENT,
  429: GRPC.RESOURCE_EXHAUSTED,
  431: GRPC.RESOURCE_EXHAUSTED,
  500: GRPC.INTERNAL,
  501: GRPC.UNIMPLEMENTED,
  502: GRPC.UNAVAILABLE,
  503: GRPC.UNAVAILABLE,
  504: GRPC.DEADLINE_EXCEEDED,
};

export function grpcCodeOf(error: HanokError): number {
  return error.grpc ?? FROM_HTTP[error.status] ?? GRPC.INTERNAL;
}

/** Seconds until a rate lets a sender in again, at most: more debt than that is forgiven (`edge/limits/bucket.ts`). */
const MOST_KNOWN = 300;
/**
 * Seconds, at most, where nobody knows when it will be over (a full journal, an engine that is away). The OpenTelemetry
 * JavaScript exporters drop a batch at once when the wait is beyond their own timeout (10 s by default, less the time
 * already spent), so a longer guess may lose what could have been stored.
 */
const MOST_GUESSED = 5;

/**
 * Seconds a sender is asked to wait. Of a rate it is known: coming sooner is refused again, so the whole of it is said.
 */
export function retrySeconds(error: HanokError): number | undefined {
  if (!error.retry) return undefined;
  const most = error.status === 429 ? MOST_KNOWN : MOST_GUESSED;
  return Math.min(most, Math.max(1, Math.ceil(error.retryAfter ?? 1)));
}
