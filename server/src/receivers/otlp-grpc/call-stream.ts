import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';

/** Node's types do not know `sendDate`. */
const UNDATED: ServerStreamResponseOptions & { readonly sendDate: boolean } = { sendDate: false };
const LAST = { ...UNDATED, endStream: true };
const BEFORE_TRAILERS = { ...UNDATED, waitForTrailers: true };

/** What a request's owner is told. */
export interface StreamHandler {
  /** The chunk is only lent: copy what is to be kept. */
  data(chunk: Uint8Array): void;
  /** The sender has finished its side. */
  end(): void;
  /** The sender reset the stream, or its connection is gone, before it was answered. Nothing follows. */
  gone(): void;
}

/** What the connection keeps account of. */
export interface StreamOwner {
  /** A piece of a body arrived, of this stream in all so far. */
  received(stream: CallStream, bytes: number): void;
  /** Answered; when the sender has not finished, what it still sends is dropped for a while. */
  answered(stream: CallStream): void;
  closed(stream: CallStream): void;
}

/** One request on an HTTP/2 connection, with one answer. Answering a stream that is gone does nothing. */
export class CallStream {
  readonly id: number;
  /** The sender has finished its side. */
  ended = false;
  answered = false;
  handler: StreamHandler | undefined;
  /** Pieces of body that came, and their bytes. */
  chunks = 0;
  bytes = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #owner: StreamOwner;
  #trailers: OutgoingHttpHeaders | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, owner: StreamOwner) {
    this.id = stream.id ?? 0;
    this.#stream = stream;
    this.#headers = headers;
    this.#owner = owner;
    // Faults of the connection reach every stream; the connection has seen them.
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      this.chunks += 1;
      this.bytes += chunk.length;
      owner.received(this, chunk.length);
      if (!this.answered) this.handler?.data(chunk);
    });
    stream.on('end', () => {
      // Node also ends what was reset.
      if (stream.aborted || stream.destroyed || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      this.ended = true;
      if (!this.answered) this.handler?.end();
    });
    stream.on('close', () => {
      if (!this.answered) this.handler?.gone();
      owner.closed(this);
    });
  }

  /** By lower-case name, pseudo-headers included. */
  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Sends everything and ends our side; without `data` and `trailers` the headers end it. */
  respond(headers: OutgoingHttpHeaders, data?: Uint8Array, trailers?: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (this.answered || stream.destroyed || stream.closed) return;
    this.answered = true;
    if (!data && !trailers) stream.respond(headers, LAST);
    else {
      // No date: gRPC has no use for it, and it is one more header to compress.
      stream.respond(headers, trailers ? BEFORE_TRAILERS : UNDATED);
      if (trailers) {
        this.#trailers = trailers;
        stream.on('wantTrailers', () => this.#sendTrailers());
      }
      stream.end(data);
    }
    this.#owner.answered(this);
  }

  /** Nothing of the body is given out until it goes on; the sender's window fills, and no more. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#stream.destroyed) this.#stream.resume();
  }

  /** Tells a sender that is still sending to stop, without error (RFC 9113 §8.1). */
  stop(): void {
    if (!this.#stream.closed) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #sendTrailers(): void {
    if (this.#trailers && !this.#stream.destroyed) this.#stream.sendTrailers(this.#trailers);
  }
}
