import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Signal } from '@hanok/contract';
import type { BadInput, Body, Encoding, Expectation, Step, Transport } from './case.ts';
import { bytesOf, generate, log, logs } from './generate.ts';
import { encodeOtlp } from './otlp-encode.ts';
import { floodResets, frame, type GrpcAnswer, type HttpAnswer, sendGrpc, sendHttp, speakHttp1 } from './wire.ts';

/** A instance to send to: its addresses and a key. What cannot be looked at from outside is left out and not judged. */
export interface Target {
  /** `http://127.0.0.1:4318` */
  readonly http: string;
  /** `http://127.0.0.1:4317` */
  readonly grpc: string;
  readonly key: string;
  /** Records stored so far for the key's tenant, and for all others. */
  readonly stored?: () => Promise<{ readonly own: number; readonly others: number }>;
  /** Resident bytes of the process. */
  readonly memory?: () => number;
}

/**
 * Growth of resident memory that no single input may cause. The largest legitimate request costs 64 MiB inflated, about as
 * much for its columns, and the garbage of both; a bomb let loose costs gigabytes.
 */
const MEMORY_MOST = 1024 ** 3;

const GRPC_PATH: Readonly<Record<Signal, string>> = {
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};
const CONTENT_TYPE: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};
const COMPRESS = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync } as const;

/** Sends everything a case says, with a good request after each; the result lists what was not as expected. */
export async function runBadInput(input: BadInput, target: Target): Promise<string[]> {
  const problems: string[] = [];
  for (const step of input.steps) {
    const encodings = step.encodings ?? ['json', 'protobuf'];
    const over = step.over ?? (encodings.includes('protobuf') ? ['http', 'grpc'] : ['http']);
    for (const transport of over)
      for (const encoding of transport === 'grpc' ? (['protobuf'] as const) : encodings)
        for (const [i, bytes] of bodiesOf(step, encoding).entries()) {
          const where = `${step.name} #${i} ${transport} ${encoding}: `;
          for (const problem of await runOne(step, transport, encoding, bytes, target)) problems.push(where + problem);
        }
  }
  return problems;
}

function bodiesOf(step: Step, encoding: Encoding): Uint8Array[] {
  return step.bodies
    .flatMap((body) => plainBytes(body, encoding))
    .map((plain) => {
      let bytes: Uint8Array = step.compress ? COMPRESS[step.compress](plain) : plain;
      if (step.twice) bytes = Buffer.concat([bytes, bytes]);
      if (step.cut) bytes = bytes.subarray(0, Math.max(0, bytes.length - step.cut));
      if (step.tail) bytes = Buffer.concat([bytes, Buffer.from(step.tail)]);
      return bytes;
    });
}

function plainBytes(body: Body, encoding: Encoding): Uint8Array[] {
  if ('text' in body) return [Buffer.from(body.text)];
  if ('hex' in body) return [Buffer.from(body.hex, 'hex')];
  if ('otlp' in body) {
    const now = String(BigInt(Date.now()) * 1_000_000n);
    const otlp: object = JSON.parse(JSON.stringify(body.otlp).replaceAll('$now', now));
    return [bytesOf({ otlp }, encoding)];
  }
  return generate(body.generate, body.with ?? {}, encoding).map((one) => bytesOf(one, encoding));
}

async function runOne(
  step: Step,
  transport: Transport,
  encoding: Encoding,
  bytes: Uint8Array,
  target: Target,
): Promise<string[]> {
  const problems: string[] = [];
  const before = await target.stored?.();
  const peak = watchMemory(target);
  const outcome =
    transport === 'http' ? await overHttp(step, encoding, bytes, target) : await overGrpc(step, bytes, target);
  problems.push(...outcome.problems);
  // Long enough for something to be stored that should not be.
  if (step.send === 'break-off') await new Promise((resolve) => setTimeout(resolve, 200));
  const grown = peak();
  if (grown > MEMORY_MOST) problems.push(`memory grew by ${Math.round(grown / 1024 ** 2)} MiB`);
  const after = await target.stored?.();
  if (before && after) {
    const expected = outcome.accepted ? step.expect.stored : 0;
    const stored = after.own - before.own;
    if (expected !== undefined && stored !== expected) problems.push(`stored ${stored} records, not ${expected}`);
    if (after.others !== before.others) problems.push("stored under another's tenant");
  }
  problems.push(...(await goodRequests(target)));
  return problems;
}

interface Outcome {
  readonly accepted: boolean;
  readonly problems: readonly string[];
}

async function overHttp(step: Step, encoding: Encoding, body: Uint8Array, target: Target): Promise<Outcome> {
  const { expect } = step;
  const headers: Record<string, string | null> = {
    ...keyHeaders(step, target),
    'content-type': CONTENT_TYPE[encoding],
    ...(step.compress ? { 'content-encoding': step.compress } : {}),
    ...step.headers,
  };
  delete headers['grpc-encoding'];
  delete headers['grpc-timeout'];
  const path = step.path ?? `/v1/${step.signal ?? 'traces'}`;
  const { method = 'POST', send = 'whole' } = step;
  const answer = await sendHttp({ base: target.http, path, method, headers: kept(headers), body, send });
  if (!answer) return { accepted: false, problems: send === 'break-off' ? [] : ['no answer'] };
  const problems: string[] = [];
  if (expect.http && !expect.http.includes(answer.status))
    problems.push(
      `answered ${answer.status} ${answer.body.toString('latin1', 0, 200)}, not ${expect.http.join(' or ')}`,
    );
  if (expect.closes && !answer.closed) problems.push('did not close the connection');
  problems.push(
    ...(answer.status === 200 ? judgeSuccess(answer, encoding, expect) : judgeStatus(answer, headers, expect)),
  );
  return { accepted: answer.status === 200, problems };
}

function judgeSuccess(answer: HttpAnswer, encoding: Encoding, expect: Expectation): string[] {
  if (answer.headers['content-type'] !== CONTENT_TYPE[encoding])
    return [`content-type ${answer.headers['content-type']} for ${encoding}`];
  if (encoding === 'protobuf') return judgeRejected(rejectedIn(answer.body), expect);
  const { partialSuccess = {} } = JSON.parse(answer.body.toString());
  const { rejectedSpans, rejectedLogRecords, rejectedDataPoints } = partialSuccess;
  return judgeRejected(Number(rejectedSpans ?? rejectedLogRecords ?? rejectedDataPoints ?? 0), expect);
}

/** Every error is a google.rpc.Status in the encoding of the request, or in JSON when that is not known. */
function judgeStatus(
  answer: HttpAnswer,
  headers: Readonly<Record<string, string | null>>,
  expect: Expectation,
): string[] {
  const problems: string[] = [];
  const type = answer.headers['content-type'];
  const asked = headers['content-type'];
  if (type !== (asked === CONTENT_TYPE.protobuf ? asked : CONTENT_TYPE.json)) problems.push(`error as ${type}`);
  else if (type === CONTENT_TYPE.json) {
    const status = JSON.parse(answer.body.toString());
    if (typeof status.code !== 'number' || typeof status.message !== 'string') problems.push('not a google.rpc.Status');
  } else if (answer.body[0] !== 8 || answer.body[2] !== 18) problems.push('not a google.rpc.Status');
  const hint = answer.headers['retry-after'] !== undefined || answer.body.includes('RetryInfo');
  if (expect.retryHint !== undefined && hint !== expect.retryHint) problems.push(`retry hint: ${hint}`);
  if (answer.status === 500) problems.push('a fault of the server');
  return problems;
}

async function overGrpc(step: Step, body: Uint8Array, target: Target): Promise<Outcome> {
  const { expect } = step;
  const path = step.path ?? GRPC_PATH[step.signal ?? 'traces'];
  const keys = keyHeaders(step, target);
  if (step.act === 'http1-on-grpc') {
    const status = await speakHttp1(target.grpc);
    return { accepted: false, problems: expect.http?.includes(status) ? [] : [`answered ${status} to HTTP/1.1`] };
  }
  if (step.act === 'reset-flood') {
    const ended = await floodResets(target.grpc, path, keys);
    return { accepted: false, problems: ended ? [] : ['the flood went on'] };
  }
  const headers: Record<string, string | null> = {
    ...keys,
    ...(step.compress ? { 'grpc-encoding': step.compress } : {}),
    ...step.headers,
  };
  delete headers['content-encoding'];
  const one = frame(body, step.flag ?? (step.compress ? 1 : 0));
  const frames =
    step.act === 'two-messages' ? Buffer.concat([one, one]) : step.act === 'no-message' ? Buffer.alloc(0) : one;
  const send = step.send === 'slow' || step.send === 'break-off' ? step.send : 'whole';
  const answer = await sendGrpc({ base: target.grpc, path, headers: kept(headers), frames, send });
  if (!answer) return { accepted: false, problems: [] };
  const problems: string[] = [];
  if (expect.grpc && !expect.grpc.includes(answer.code))
    problems.push(`answered ${answer.code} ${answer.message}, not ${expect.grpc.join(' or ')}`);
  problems.push(...judgeGrpc(answer, expect));
  return { accepted: answer.code === 0, problems };
}

function judgeGrpc(answer: GrpcAnswer, expect: Expectation): string[] {
  if (answer.code === 0) return judgeRejected(rejectedIn(answer.body), expect);
  const hint = answer.details.includes('RetryInfo');
  return expect.retryHint !== undefined && hint !== expect.retryHint ? [`retry hint: ${hint}`] : [];
}

function judgeRejected(rejected: number, expect: Expectation): string[] {
  return expect.rejected === undefined || rejected === expect.rejected
    ? []
    : [`rejected ${rejected}, not ${expect.rejected}`];
}

/** `partial_success { rejected_…: varint }` at the beginning of an Export…ServiceResponse. */
function rejectedIn(body: Uint8Array): number {
  if (body.length < 4 || body[0] !== 10) return 0;
  let at = 1;
  while (body[at]! > 127) at++;
  if (body[++at] !== 8) return 0;
  let value = 0;
  let factor = 1;
  for (at++; ; at++, factor *= 128) {
    value += (body[at]! & 127) * factor;
    if (body[at]! < 128) return value;
  }
}

function keyHeaders(step: Step, target: Target): Record<string, string> {
  if (step.key === 'none') return {};
  const key = step.key === undefined || step.key === 'own' ? target.key : step.key.text;
  return { authorization: `Bearer ${key}` };
}

function kept(headers: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((one): one is [string, string] => one[1] !== null));
}

/** The instance still serves, on both ports. */
async function goodRequests(target: Target): Promise<string[]> {
  const good = encodeOtlp(logs([log({ stringValue: 'after a bad input' })]));
  const headers = { authorization: `Bearer ${target.key}` };
  const type = { 'content-type': CONTENT_TYPE.protobuf };
  const [http, grpc] = await Promise.all([
    sendHttp({
      base: target.http,
      path: '/v1/logs',
      method: 'POST',
      headers: { ...headers, ...type },
      body: good,
      send: 'whole',
    }),
    sendGrpc({ base: target.grpc, path: GRPC_PATH.logs, headers, frames: frame(good, 0), send: 'whole' }),
  ]);
  return [
    ...(http?.status === 200 ? [] : [`then a good request was answered ${http?.status}`]),
    ...(grpc?.code === 0 ? [] : [`then a good call was answered ${grpc?.code} ${grpc?.message}`]),
  ];
}

/** Gives the growth of memory since, at its highest, when called at the end. */
function watchMemory(target: Target): () => number {
  const { memory } = target;
  if (!memory) return () => 0;
  const first = memory();
  let most = first;
  const look = () => {
    most = Math.max(most, memory());
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return most - first;
  };
}
