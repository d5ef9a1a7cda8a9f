import type { Headers, IncomingStream, StreamHandler } from './stream.ts';

export interface StreamOwner {
  respond(stream: OpenStream, headers: Buffer, data: Uint8Array | undefined, trailers: Buffer | undefined): void;
}

/** What a connection keeps of a stream while it is open. */
export class OpenStream implements IncomingStream {
  readonly id: number;
  readonly headers: Headers;
  ended = false;
  handler: StreamHandler | undefined;
  /** Bytes the sender may still send before it hears from us. */
  receiveWindow: number;
  /** Bytes read for which no WINDOW_UPDATE has been sent. */
  consumed = 0;
  sendWindow: number;
  /** Answered; what remains is to get it out. */
  answered = false;
  /** What of the answer has not been sent. */
  data: Uint8Array | undefined;
  trailers: Buffer | undefined;
  readonly #owner: StreamOwner;

  constructor(owner: StreamOwner, id: number, headers: Headers, receiveWindow: number, sendWindow: number) {
    this.#owner = owner;
    this.receiveWindow = receiveWindow;
    this.id = id;
    this.headers = headers;
    this.sendWindow = sendWindow;
  }

  respond(headers: Buffer, data?: Uint8Array, trailers?: Buffer): void {
    this.#owner.respond(this, headers, data, trailers);
  }
}
