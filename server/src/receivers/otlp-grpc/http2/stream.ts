import type { Field } from './hpack.ts';

/** What a request's owner is told. */
export interface StreamHandler {
  /** The chunk is only lent: it is overwritten or let go after the call. */
  data(chunk: Uint8Array): void;
  /** The sender has finished its side. */
  end(): void;
  /** The sender reset the stream, or its connection is gone, before it was answered. Nothing follows. */
  gone(): void;
}

/** What is done with a stream by its owner. Answering a stream that is gone does nothing. */
export interface IncomingStream {
  readonly id: number;
  readonly headers: Headers;
  /** The sender has finished its side. */
  readonly ended: boolean;
  handler: StreamHandler | undefined;
  /** Sends header block, data and trailer block at once and ends the stream; without trailers, the last part ends it. */
  respond(headers: Buffer, data?: Uint8Array, trailers?: Buffer): void;
}

/** Request headers by lower-case name, pseudo-headers included. */
export type Headers = ReadonlyMap<string, string>;

/** Names that belong to HTTP/1 connections; a request with one is malformed (RFC 9113 §8.2.2). */
const CONNECTION_NAMES = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

const PSEUDO_NAMES = new Set([':method', ':path', ':scheme', ':authority']);

/** Undefined for a malformed request, RFC 9113 §8.2 and §8.3. Repeated fields are joined with a comma. */
export function requestHeaders(fields: readonly Field[]): Headers | undefined {
  const headers = new Map<string, string>();
  let pseudo = true;
  for (const { name, value } of fields) {
    if (name.charCodeAt(0) === 58) {
      if (!pseudo || headers.has(name) || !PSEUDO_NAMES.has(name)) return undefined;
    } else {
      pseudo = false;
      if (!isName(name) || CONNECTION_NAMES.has(name) || (name === 'te' && value !== 'trailers')) return undefined;
    }
    if (!isValue(value)) return undefined;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const isWhole = headers.has(':method') && headers.has(':scheme') && headers.get(':path')?.startsWith('/');
  return isWhole ? headers : undefined;
}

function isName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name);
}

function isValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code === 10 || code === 13) return false;
  }
  return true;
}
