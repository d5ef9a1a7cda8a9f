/** Sends requests over a few connections, waits when the server says so, and counts what was acknowledged. */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';
import type { Job } from './scenario.ts';
import type { Signal } from './template.ts';

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);
export type Compression = 'gzip' | 'zstd' | 'none';

/** Bytes are compressed at the fastest level. */
const COMPRESS: Readonly<Record<Compression, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  gzip: (bytes) => gzipAsync(bytes, { level: 1 }),
  zstd: (bytes) => zstdAsync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  none: async (bytes) => bytes,
};

const FIRST_BACKOFF_MS = 200;
const MOST_BACKOFF_MS = 15_000;
/** A server that says nothing usable for so long is taken for gone. */
const GIVE_UP_MS = 300_000;

export class Refused extends Error {}

export interface Sent {
  readonly acknowledged: Record<Signal, number>;
  readonly rejected: number;
  /** Acknowledged records per signal and service. */
  readonly services: Readonly<Record<Signal, Map<string, number>>>;
  readonly requests: number;
  readonly bytes: number;
  readonly wireBytes: number;
  readonly waits: number;
}

export interface Target {
  /** `http://host:port` of OTLP/HTTP. */
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  readonly compression: Compression;
}

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly body: Buffer;
}

function post(agent: Agent, url: string, key: string, encoding: Compression, body: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      authorization: `Bearer ${key}`,
      ...(encoding === 'none' ? {} : { 'content-encoding': encoding }),
    };
    const outgoing = httpRequest(url, { agent, method: 'POST', headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const after = incoming.headers['retry-after'];
        const seconds = Number(after);
        const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(after ?? '') - Date.now();
        resolve({
          status: incoming.statusCode ?? 0,
          retryAfterMs: after === undefined || Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs),
          body: Buffer.concat(parts),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** `partial_success.rejected_*` of an ExportXServiceResponse: field 1 of the message in field 1. */
function rejectedIn(body: Buffer): number {
  if (body.length < 4 || body[0] !== 0x0a || body[2] !== 0x08) return 0;
  let value = 0;
  for (let at = 3, scale = 1; at < body.length; at++, scale *= 128) {
    value += (body[at]! & 0x7f) * scale;
    if (body[at]! < 0x80) break;
  }
  return value;
}

/**
 * Sends all jobs and resolves when the last is answered, or when `signal` asked to stop and what was under way has been
 * answered. `report` is called after each acknowledgement. Throws Refused for an answer that no retry will change.
 */
export async function send(
  jobs: Iterable<Job>,
  target: Target,
  report: (sent: Sent) => void,
  signal: AbortSignal,
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: target.connections });
  const acknowledged: Record<Signal, number> = { traces: 0, logs: 0, metrics: 0 };
  const services: Record<Signal, Map<string, number>> = { traces: new Map(), logs: new Map(), metrics: new Map() };
  const sent = { acknowledged, services, rejected: 0, requests: 0, bytes: 0, wireBytes: 0, waits: 0 };
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);

  const deliver = async (path: string, body: Uint8Array): Promise<number | undefined> => {
    const began = Date.now();
    for (let backoff = FIRST_BACKOFF_MS; ; backoff = Math.min(backoff * 2, MOST_BACKOFF_MS)) {
      let waitMs = backoff;
      let trouble: string;
      try {
        const answer = await post(agent, target.url + path, target.key, target.compression, body);
        if (answer.status === 200) return rejectedIn(answer.body);
        trouble = `${path} answered ${answer.status}: ${answer.body.toString('utf8').replaceAll(/[^\x20-\x7e]+/g, ' ')}`;
        if (![429, 502, 503, 504].includes(answer.status)) throw new Refused(trouble);
        waitMs = answer.retryAfterMs ?? backoff;
      } catch (error) {
        if (error instanceof Refused) throw error;
        trouble = error instanceof Error ? error.message : String(error);
      }
      if (Date.now() - began > GIVE_UP_MS) throw new Refused(`gave up: ${trouble}`);
      if (stop.aborted) return undefined;
      sent.waits++;
      await sleep(waitMs, undefined, { signal: stop }).catch(() => {});
    }
  };

  const iterator = jobs[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    while (!stop.aborted) {
      const next = iterator.next();
      if (next.done === true) return;
      const { template, emission } = next.value;
      const bytes = template.stamp(emission);
      const body = await COMPRESS[target.compression](bytes);
      const rejected = await deliver(`/v1/${template.signal}`, body);
      if (rejected === undefined) return;
      sent.requests++;
      sent.bytes += bytes.length;
      sent.wireBytes += body.length;
      sent.rejected += rejected;
      acknowledged[template.signal] += template.records - rejected;
      const counts = services[template.signal];
      for (const [service, count] of template.services) counts.set(service, (counts.get(service) ?? 0) + count);
      report(sent);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: target.connections }, () =>
        worker().catch((error: unknown) => {
          failed.abort();
          throw error;
        }),
      ),
    );
  } finally {
    agent.destroy();
  }
  return sent;
}
