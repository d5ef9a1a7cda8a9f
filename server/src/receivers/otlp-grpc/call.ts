import type { Signal } from '@hanok/contract';
import type { HanokError } from '#base';
import { responseProtobuf } from '../answers/export-response.ts';
import type { Arrival, BodyWatch } from '../body-watch.ts';
import { fail } from '../errors.ts';
import { repeatedHeaderError } from '../headers.ts';
import type { AdmittedRequest, Intake, RequestHead, Sender } from '../intake.ts';
import { type Coding, codingOf } from '../workers/inflate.ts';
import { answerMessage, answerPlainHttp, answerStatus } from './answers.ts';
import type { CallStream, StreamHandler } from './call-stream.ts';
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
/** Names and values of one request, in characters. */
const HEADERS_MOST = 16 * 1024;
const HEALTH = '/grpc.health.v1.Health/Check';
/** HealthCheckResponse { status: SERVING } */
const SERVING = Uint8Array.of(8, 1);
/** Longest timer Node can set. */
const TIMER_MOST_MS = 2 ** 31 - 1;

/** The connection a call came on. */
export interface CallOrigin {
  readonly remote: string;
  /** The call was authenticated. */
  readonly prove: () => void;
  /** What it brought is stored. */
  readonly accepted: () => void;
}

/** Headers of one call have arrived. Sets the stream's handler, or answers. */
export function serveCall(
  stream: CallStream,
  raw: readonly string[],
  origin: CallOrigin,
  config: CallConfig,
  deps: CallDeps,
): void {
  const path = stream.header(':path') ?? '';
  const contentType = stream.header('content-type') ?? '';
  const method = stream.header(':method');
  if (method !== 'POST' || !contentType.startsWith('application/grpc')) {
    const text = `this is the OTLP/gRPC port; OTLP/HTTP is served on port ${deps.httpPort()}`;
    answerPlainHttp(stream, method === 'POST' ? 415 : 405, text);
    return;
  }
  if (path === HEALTH) {
    answerMessage(stream, SERVING);
    return;
  }
  const signal = SIGNAL_OF.get(path);
  const head: RequestHead = {
    protocol: 'otlp-grpc',
    signal: signal ?? null,
    remote: origin.remote,
    header: (name) => stream.header(name),
  };
  const refused = signal ? wrongHeaders(raw) : unknownMethod(path);
  if (!signal || refused) {
    if (refused) answerStatus(stream, deps.intake.refuse(head, refused));
    return;
  }
  const call = new Call(stream, head, signal, origin, config, deps);
  stream.handler = call;
  call.begin(contentType);
}

function unknownMethod(path: string): HanokError {
  const method = path.slice(0, 100);
  return fail('receivers.route', `unknown method ${method}`, { reason: 'method', values: { method } });
}

function wrongHeaders(raw: readonly string[]): HanokError | undefined {
  let bytes = 0;
  for (const text of raw) bytes += text.length;
  if (bytes > HEADERS_MOST)
    return fail('receivers.headers-too-large', `the headers are larger than ${HEADERS_MOST} bytes`, {
      values: { bytes: HEADERS_MOST },
    });
  return repeatedHeaderError(raw);
}

class Call implements StreamHandler {
  readonly #stream: CallStream;
  readonly #head: RequestHead;
  readonly #signal: Signal;
  readonly #origin: CallOrigin;
  readonly #config: CallConfig;
  readonly #deps: CallDeps;
  #sender: Sender | undefined;
  #admitted: AdmittedRequest | undefined;
  #reader: UnaryReader | undefined;
  #arrival: Arrival | undefined;
  #coding: Coding = 'identity';
  #timer: NodeJS.Timeout | undefined;
  #deadline: number | undefined;
  /** Answered, or nobody is left to answer. */
  #over = false;

  constructor(
    stream: CallStream,
    head: RequestHead,
    signal: Signal,
    origin: CallOrigin,
    config: CallConfig,
    deps: CallDeps,
  ) {
    this.#stream = stream;
    this.#head = head;
    this.#signal = signal;
    this.#origin = origin;
    this.#config = config;
    this.#deps = deps;
  }

  begin(contentType: string): void {
    try {
      const found = this.#deps.intake.authorise(this.#head);
      if (found instanceof Promise) this.#enterLater(found, contentType);
      else this.#enter(found, contentType);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Its credential has to be verified: the body waits with the sender, and the deadline of the call runs. */
  #enterLater(found: Promise<Sender>, contentType: string): void {
    this.#stream.pause();
    this.#startTimer(this.#head.header('grpc-timeout'));
    found
      .then((sender) => {
        if (!this.#over) this.#enter(sender, contentType);
      })
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => this.#stream.resume());
  }

  #enter(sender: Sender, contentType: string): void {
    const { intake, watch } = this.#deps;
    const head = this.#head;
    this.#sender = sender;
    this.#origin.prove();
    if (!/^application\/grpc(\+proto)?\s*(;|$)/.test(contentType))
      throw fail('receivers.content-type', 'only protobuf messages are understood over gRPC', {
        fix: 'Send content-type application/grpc or application/grpc+proto.',
      });
    const coding = codingOf(head.header('grpc-encoding'));
    if (!coding) throw fail('receivers.content-encoding', 'the grpc-encoding is not known', { at: 'grpc-encoding' });
    this.#coding = coding;
    this.#startTimer(head.header('grpc-timeout'));
    const declared = declaredBytes(head.header('content-length'));
    const admitted = intake.admit(head, this.#signal, this.#sender, coding, declared);
    this.#admitted = admitted;
    const { maxWireBytes, maxInflatedBytes } = this.#config;
    const limits = { compressed: Math.min(maxWireBytes, maxInflatedBytes), plain: maxInflatedBytes };
    this.#reader = new UnaryReader(limits, coding !== 'identity', admitted.take);
    this.#arrival = watch.begin((error) => this.#refuse(error));
  }

  data(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#arrival?.add(chunk.length);
    try {
      this.#reader?.push(chunk);
    } catch (error) {
      this.#refuse(error);
    }
  }

  end(): void {
    this.#arrival?.end();
    if (this.#over || !this.#admitted || !this.#reader) return;
    try {
      const { compressed, bytes } = this.#reader.finish();
      const deadline = this.#deadline === undefined ? {} : { deadline: this.#deadline };
      const coding = compressed ? this.#coding : 'identity';
      this.#admitted.store({ bytes, encoding: 'protobuf', coding, ...deadline }).then(
        (partial) => {
          this.#origin.accepted();
          if (this.#finish()) answerMessage(this.#stream, responseProtobuf(partial));
        },
        (error: unknown) => this.#refuse(error),
      );
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Cancelled before the message was complete: nothing is stored. After that, storing goes on and frees itself. */
  gone(): void {
    this.#finish();
    if (!this.#stream.ended) this.#admitted?.leave();
  }

  #startTimer(header: string | undefined): void {
    if (this.#deadline !== undefined) return;
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
    this.#arrival?.end();
    clearTimeout(this.#timer);
    return true;
  }

  #refuse(cause: unknown): void {
    const admitted = this.#admitted;
    if (!this.#finish()) {
      // The answer is out (a deadline); what was still under way ended badly and must let go of its memory.
      admitted?.leave();
      return;
    }
    // Still being stored: the admitted request frees itself when that ends.
    const stillStoring = this.#stream.ended && isDeadline(cause);
    const error = this.#deps.intake.refuse(this.#head, cause, this.#sender, stillStoring ? undefined : admitted);
    answerStatus(this.#stream, error);
  }
}

function isDeadline(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'receivers.deadline';
}

/** Some clients send content-length; it covers the five bytes of the prefix. Others say nothing. */
function declaredBytes(header: string | undefined): number | undefined {
  const length = Number(header ?? Number.NaN);
  return Number.isSafeInteger(length) && length > 5 ? length - 5 : undefined;
}
