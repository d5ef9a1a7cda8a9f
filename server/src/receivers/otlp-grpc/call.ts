import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Signal } from '@hanok/contract';
import { responseProtobuf } from '../answers/export-response.ts';
import type { BodyWatch } from '../body-watch.ts';
import { fail } from '../errors.ts';
import type { Guest, Intake, Knock, Visit } from '../intake.ts';
import { codingOf } from '../workers/inflate.ts';
import { answerMessage, answerPlainHttp, answerStatus } from './answers.ts';
import { timeoutMs } from './metadata.ts';
import { UnaryReader } from './unary-message.ts';

export interface CallConfig {
  readonly maxWireBytes: number;
  readonly maxInflatedBytes: number;
}

export interface CallDeps {
  readonly intake: Intake;
  readonly watch: BodyWatch;
  /** For the texts that point lost clients there. */
  readonly httpPort: () => number;
}

const SIGNAL_OF: ReadonlyMap<string, Signal> = new Map([
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
]);
const HEALTH = '/grpc.health.v1.Health/Check';
/** HealthCheckResponse { status: SERVING } */
const SERVING = Uint8Array.of(8, 1);
/** Longest timer Node can set. */
const TIMER_MOST_MS = 2 ** 31 - 1;

/**
 * One call. Everything of it hangs on the stream's events: no promise is made before the message is complete, because
 * most of a small request's cost is in what is created per call.
 */
export function serveCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  remote: string,
  config: CallConfig,
  deps: CallDeps,
): void {
  // Without a listener a reset stream would be an uncaught error.
  stream.on('error', ignore);
  const path = headers[':path'] ?? '';
  const contentType = headers['content-type'] ?? '';
  if (headers[':method'] !== 'POST' || !contentType.startsWith('application/grpc')) {
    const text = `this is the OTLP/gRPC port; OTLP/HTTP is served on port ${deps.httpPort()}`;
    answerPlainHttp(stream, headers[':method'] === 'POST' ? 415 : 405, text);
    return;
  }
  const signal = SIGNAL_OF.get(path);
  if (path === HEALTH) {
    stream.resume();
    stream.once('end', () => answerMessage(stream, SERVING));
    return;
  }
  const { intake } = deps;
  const knock: Knock = {
    protocol: 'otlp-grpc',
    signal: signal ?? null,
    remote,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
  if (!signal) {
    answerStatus(stream, intake.refuse(knock, fail('receivers.route', `unknown method ${path.slice(0, 100)}`)));
    return;
  }
  new Call(stream, knock, signal, config, deps).begin(contentType, headers);
}

class Call {
  readonly #stream: ServerHttp2Stream;
  readonly #knock: Knock;
  readonly #signal: Signal;
  readonly #config: CallConfig;
  readonly #deps: CallDeps;
  #guest: Guest | undefined;
  #visit: Visit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deadline: number | undefined;
  /** Answered, or nobody is left to answer. */
  #over = false;

  constructor(stream: ServerHttp2Stream, knock: Knock, signal: Signal, config: CallConfig, deps: CallDeps) {
    this.#stream = stream;
    this.#knock = knock;
    this.#signal = signal;
    this.#config = config;
    this.#deps = deps;
  }

  begin(contentType: string, headers: IncomingHttpHeaders): void {
    try {
      this.#enter(contentType, headers);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #enter(contentType: string, headers: IncomingHttpHeaders): void {
    const { intake, watch } = this.#deps;
    const knock = this.#knock;
    const guest = intake.authorise(knock);
    this.#guest = guest;
    if (!/^application\/grpc(\+proto)?\s*(;|$)/.test(contentType))
      throw fail('receivers.content-type', 'only protobuf messages are understood over gRPC', {
        fix: 'Send content-type application/grpc or application/grpc+proto.',
      });
    const coding = codingOf(knock.header('grpc-encoding'));
    if (!coding) throw fail('receivers.content-encoding', 'the grpc-encoding is not known', { at: 'grpc-encoding' });
    this.#startTimer(knock.header('grpc-timeout'));

    const visit = intake.admit(knock, this.#signal, guest, coding, declaredBytes(headers));
    this.#visit = visit;
    const { maxWireBytes, maxInflatedBytes } = this.#config;
    const limits = { compressed: Math.min(maxWireBytes, maxInflatedBytes), plain: maxInflatedBytes };
    const reader = new UnaryReader(limits, coding !== 'identity', visit.hold);
    const arrival = watch.begin((error) => this.#refuse(error));
    const stream = this.#stream;
    stream.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      arrival.add(chunk.length);
      try {
        reader.push(chunk);
      } catch (error) {
        this.#refuse(error);
      }
    });
    stream.on('end', () => {
      arrival.end();
      if (this.#over) return;
      try {
        const { compressed, bytes } = reader.finish();
        const deadline = this.#deadline === undefined ? {} : { deadline: this.#deadline };
        visit.store({ bytes, encoding: 'protobuf', coding: compressed ? coding : 'identity', ...deadline }).then(
          (partial) => {
            if (this.#finish()) answerMessage(stream, responseProtobuf(partial));
          },
          (error: unknown) => this.#refuse(error),
        );
      } catch (error) {
        this.#refuse(error);
      }
    });
    stream.on('close', () => {
      arrival.end();
      // Cancelled before its message was complete: nothing is stored. After that, storing goes on and frees itself.
      if (!stream.readableEnded) {
        this.#finish();
        visit.leave();
      }
    });
  }

  #startTimer(header: string | undefined): void {
    const timeout = timeoutMs(header);
    if (timeout === null)
      throw fail('receivers.malformed-request', 'the grpc-timeout is malformed', { at: 'grpc-timeout' });
    if (timeout === undefined) return;
    this.#deadline = this.#deps.intake.clock.monotonic() + timeout;
    this.#timer = setTimeout(
      () => this.#refuse(fail('receivers.deadline', 'the deadline of the call passed')),
      Math.min(TIMER_MOST_MS, timeout),
    ).unref();
  }

  /** False when the call was over already. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    return true;
  }

  #refuse(cause: unknown): void {
    const visit = this.#visit;
    if (!this.#finish()) {
      // The answer is out (a deadline); what was still under way ended badly and must let go of its memory.
      visit?.leave();
      return;
    }
    // Still being stored: the visit frees itself when that ends.
    const stillStoring = this.#stream.readableEnded && isDeadline(cause);
    const error = this.#deps.intake.refuse(this.#knock, cause, this.#guest, stillStoring ? undefined : visit);
    answerStatus(this.#stream, error);
  }
}

function isDeadline(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'receivers.deadline';
}

/** Some clients send content-length; it covers the five bytes of the prefix. Others say nothing. */
function declaredBytes(headers: IncomingHttpHeaders): number | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) && length > 5 ? length - 5 : undefined;
}

function ignore(): void {}
