import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { TenantId } from '@hanok/contract';
import { Client } from 'undici';
import { type Caller, type Counter, type HanokError, isHanokError, type Meter } from '#base';
import { parseAllowList } from './allow-list.ts';
import { readAnswer } from './body.ts';
import type { OutboundConfig } from './config.ts';
import { connectError, connectTo } from './connect.ts';
import { fail } from './errors.ts';
import { Slots } from './slots.ts';
import { decideAddresses, decideTarget, type PlainHttp, refusedAddress, type Target } from './target.ts';

export interface OutboundRequest {
  /** As the tenant wrote it. */
  readonly url: string;
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default `never`. */
  readonly plainHttp?: PlainHttp;
  /** At most what the instance allows. */
  readonly maxBytes?: number;
  /** Milliseconds for the whole, at most what the instance allows. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  /** By lower-case name; repeated ones joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Inflated. */
  readonly body: Buffer;
}

/**
 * Every address of a name, in the order of preference. Rejects or is empty when there is none. `listed`: the operator named
 * this host.
 */
export type Resolve = (host: string, listed: boolean) => Promise<readonly string[]>;

export interface OutboundDeps {
  readonly meter: Meter;
  readonly resolve: Resolve;
  /** Addresses of this machine: what listens on them is not for tenants, public or not. */
  readonly ownAddresses: () => readonly string[];
}

/** The one way out for every URL that a tenant gives. */
export interface Outbound {
  /** What can be said of a URL when it is saved, without asking anybody. Throws as `fetch` does. */
  check(of: Caller | TenantId, url: string, plainHttp?: PlainHttp): void;
  /**
   * Asks once, on a connection of its own, and follows nothing. Every status but a redirect is an answer. Throws
   * `outbound.*` and nothing else.
   */
  fetch(of: Caller | TenantId, request: OutboundRequest): Promise<OutboundAnswer>;
  /** Ends what is under way. */
  close(): void;
}

/** Addresses of one name that are tried, and looked at. */
const MOST_TRIED = 4;
const MOST_ADDRESSES = 64;
/** Headers that belong to the connection or would speak for somebody else. */
const OUR_HEADERS =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|http2-settings|proxy-.*|forwarded|via|x-forwarded-.*|x-real-ip)$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Anything but tab and what can be printed in Latin-1: a line break would begin a header of its own. */
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const MOST_HEADERS_BYTES = 16 * 1024;

/** Throws `outbound.setting` when a setting or the file of authorities cannot be read. */
export function openOutbound(config: OutboundConfig, deps: OutboundDeps): Outbound {
  const allow = parseAllowList(config.allow, config.ports);
  const ca = authorities(config.caFile);
  const slots = new Slots<TenantId>(config.perTenant, config.atOnce);
  const closing = new AbortController();
  const counters = new Map<string, Counter>();
  const count = (outcome: string) => {
    let counter = counters.get(outcome);
    if (!counter) {
      const help = 'Requests to URLs given by tenants, by what came of them.';
      counter = deps.meter.counter('hanok_outbound_requests_total', help, { outcome });
      counters.set(outcome, counter);
    }
    counter.add(1);
  };

  /** Resolves once, checks every address, connects to one of exactly those. */
  const connect = async (target: Target, signal: AbortSignal) => {
    const addresses = target.literal ? [target.host] : await resolved(target, signal);
    const own = new Set(deps.ownAddresses());
    const checked = decideAddresses(target, addresses, allow, own);
    if (!checked) throw refusedAddress(target.host);
    const tlsHost = target.scheme === 'https' ? target.host : undefined;
    let last: unknown;
    for (const address of checked.slice(0, MOST_TRIED)) {
      try {
        return await connectTo({ address, port: target.port, tlsHost, ca }, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        last = error;
      }
    }
    throw connectError(target.host, last);
  };

  const resolved = async ({ host, listed }: Target, signal: AbortSignal): Promise<readonly string[]> => {
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
    });
    aborted.catch(() => {});
    try {
      const addresses = await Promise.race([deps.resolve(host, listed), aborted]);
      return addresses.length > MOST_ADDRESSES ? [] : addresses;
    } catch (error) {
      if (signal.aborted) throw error;
      return [];
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };

  const ask = async (target: Target, request: OutboundRequest, most: number, stop: AbortController) => {
    const phase = timer(stop);
    phase.start('connect', config.connectTimeout);
    const host = target.host.includes(':') ? `[${target.host}]` : target.host;
    const client = new Client(`${target.scheme}://${host}:${target.port}`, {
      allowH2: false,
      pipelining: 0,
      maxHeaderSize: MOST_HEADERS_BYTES,
      // The timers here are exact; undici's own stay behind them.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, callback) => {
        connect(target, stop.signal).then(
          (socket) => {
            phase.start('headers', config.headersTimeout);
            callback(null, socket);
          },
          (error: Error) => callback(error, null),
        );
      },
    });
    try {
      const { statusCode, headers, body } = await client.request({
        method: request.method ?? 'GET',
        path: target.path,
        headers: { 'user-agent': 'hanok', ...headersOf(request.headers), 'accept-encoding': 'gzip' },
        body: request.body ?? null,
        signal: stop.signal,
      });
      phase.end();
      body.on('error', () => {});
      if (statusCode >= 300 && statusCode < 400 && statusCode !== 304)
        throw fail('outbound.redirect', `${target.host} answers with a redirect`, {
          values: { host: target.host, status: statusCode },
        });
      const declared = Number(one(headers['content-length']));
      if (request.method !== 'HEAD' && declared > most)
        throw fail('outbound.too-large', `the answer is larger than ${most} bytes`, { values: { most } });
      return {
        status: statusCode,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, one(value)])),
        body: await readAnswer(
          body as Readable,
          request.method === 'HEAD' ? '' : one(headers['content-encoding']),
          most,
        ),
      };
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason;
      throw phase.name === 'connect'
        ? connectError(target.host, error)
        : isHanokError(error)
          ? error
          : fail('outbound.broken-answer', `${target.host} did not answer as HTTP wants it`, {
              values: { host: target.host },
            });
    } finally {
      phase.end();
      client.destroy().catch(() => undefined);
    }
  };

  const fetch = async (of: Caller | TenantId, request: OutboundRequest): Promise<OutboundAnswer> => {
    const tenant = typeof of === 'string' ? of : of.tenant;
    const target = decideTarget(request.url, allow, request.plainHttp ?? 'never');
    headersOf(request.headers);
    const stop = new AbortController();
    const abort = (error: HanokError) => stop.abort(error);
    const onCaller = () => abort(fail('outbound.cancelled', 'nobody waits for the answer any more'));
    const onClosing = () => abort(fail('outbound.closing', 'Hanok is closing'));
    if (request.signal?.aborted) onCaller();
    if (closing.signal.aborted) onClosing();
    request.signal?.addEventListener('abort', onCaller, { once: true });
    closing.signal.addEventListener('abort', onClosing, { once: true });
    const whole = timer(stop);
    whole.start('whole', Math.min(config.timeout, request.timeoutMs ?? config.timeout));
    let leave = () => {};
    try {
      stop.signal.throwIfAborted();
      leave = await slots.take(tenant, stop.signal);
      return await ask(target, request, Math.min(config.maxBytes, request.maxBytes ?? config.maxBytes), stop);
    } finally {
      leave();
      whole.end();
      request.signal?.removeEventListener('abort', onCaller);
      closing.signal.removeEventListener('abort', onClosing);
    }
  };

  return {
    check: (_, url, plainHttp = 'never') => void decideTarget(url, allow, plainHttp),
    async fetch(of, request) {
      try {
        const answer = await fetch(of, request);
        count('ok');
        return answer;
      } catch (error) {
        count(isHanokError(error) ? error.code : 'bug');
        throw error;
      }
    },
    close: () => closing.abort(),
  };
}

const one = (value: string | string[] | undefined): string => (Array.isArray(value) ? value.join(', ') : (value ?? ''));

/** Throws `outbound.header`. */
function headersOf(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (!TOKEN.test(lower) || OUR_HEADERS.test(lower) || UNSAFE_VALUE.test(value) || lower in headers)
      throw fail('outbound.header', `the header ${JSON.stringify(name.slice(0, 64))} cannot be sent`, {
        at: 'headers',
        values: { header: name.slice(0, 64) },
      });
    headers[lower] = value;
  }
  return headers;
}

/** One time limit after another; the one that passes aborts everything. */
function timer(stop: AbortController) {
  let running: NodeJS.Timeout | undefined;
  const self = {
    name: '' as '' | 'connect' | 'headers' | 'whole',
    start(name: 'connect' | 'headers' | 'whole', ms: number) {
      clearTimeout(running);
      self.name = name;
      running = setTimeout(
        () => stop.abort(fail('outbound.timeout', `no answer came within ${ms} ms`, { reason: name, values: { ms } })),
        ms,
      );
    },
    end: () => clearTimeout(running),
  };
  return self;
}

function authorities(file: string): readonly string[] {
  const usual = getCACertificates('default');
  if (file === '') return usual;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw fail('outbound.setting', `HANOK_OUTBOUND_CA_FILE cannot be read: ${(cause as Error).message}`, {
      at: 'HANOK_OUTBOUND_CA_FILE',
      cause,
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw fail('outbound.setting', 'HANOK_OUTBOUND_CA_FILE has no certificate in PEM', {
      at: 'HANOK_OUTBOUND_CA_FILE',
    });
  return [...usual, text];
}
