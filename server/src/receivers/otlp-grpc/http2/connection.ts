import type { Socket } from 'node:net';
import { Allowance } from './allowance.ts';
import { type FrameHeader, type FrameOwner, FrameReader, withoutPadding } from './frame-reader.ts';
import {
  DEFAULT_WINDOW,
  ERROR,
  FLAG,
  FRAME_HEADER_BYTES,
  frame,
  goAwayFrame,
  MAX_FRAME_BYTES,
  MAX_WINDOW,
  resetFrame,
  SETTING,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
  writeFrameHeader,
} from './frames.ts';
import { blockIn, HeaderBlock } from './header-block.ts';
import { HpackDecoder, HpackError } from './hpack.ts';
import { OpenStream } from './open-stream.ts';
import { Outbox } from './outbox.ts';
import { PeerError } from './peer-error.ts';
import { type IncomingStream, requestHeaders } from './stream.ts';

export interface ConnectionLimits {
  readonly maxStreams: number;
  /** Bytes of one request's header list. */
  readonly maxHeaderBytes: number;
  /** For a header block, or any frame but DATA, to arrive whole. */
  readonly headersTimeoutMs: number;
  /** Without a request. */
  readonly idleTimeoutMs: number;
}

export interface ConnectionDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onStream: (stream: IncomingStream) => void;
  /** A request whose headers are too many; it is to be answered at once. */
  readonly onHeadersTooLarge: (stream: IncomingStream) => void;
  readonly onClose: () => void;
  /** An error of ours, met while reading; the connection is cut. */
  readonly onFault: (error: unknown) => void;
}

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Bytes a sender may have on the way per stream and per connection before it must hear from us. */
const STREAM_WINDOW = 1024 ** 2;
const CONNECTION_WINDOW = 8 * 1024 ** 2;
const LINGER_MS = 1_000;

/**
 * The server's side of one HTTP/2 connection (RFC 9113), for many small unary requests with large bodies: no push, no
 * priorities, small answers, DATA handed on as it comes without copying. Hand-written because `node:http2` makes stream
 * objects and buffers whose collection alone costs more than everything here (`bench/grpc.ts` has the figures).
 *
 * Everything a peer can make us do without effort is bounded: header bytes and CONTINUATIONs, resets, pings, settings and
 * empty frames per second, answers it does not read, time for a block to arrive. Breaking a rule ends this connection only.
 *
 * Looser than the RFC on purpose: frames of streams that are gone are ignored (what a refused sender had on the way is
 * among them), priorities are not looked at, and content-length is not compared, because gRPC has its own length.
 */
export class Connection implements FrameOwner {
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #deps: ConnectionDeps;
  readonly #hpack: HpackDecoder;
  readonly #outbox: Outbox;
  readonly #streams = new Map<number, OpenStream>();
  readonly #resets: Allowance;
  readonly #chores: Allowance;
  #lastId = 0;
  #closing = false;
  #dead = false;
  #idleSince: number;

  readonly #reader = new FrameReader(this);
  #prefaceLeft = PREFACE.length;
  /** When the frame or header block now incomplete began to arrive. */
  #partialSince: number | undefined;
  #block: HeaderBlock | undefined;

  #receiveWindow = CONNECTION_WINDOW;
  #consumed = 0;
  #sendWindow = DEFAULT_WINDOW;
  #initialSendWindow = DEFAULT_WINDOW;
  #settled = false;

  constructor(socket: Socket, limits: ConnectionLimits, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#limits = limits;
    this.#deps = deps;
    this.#outbox = new Outbox(socket);
    this.#hpack = new HpackDecoder(limits.maxHeaderBytes);
    const now = deps.now();
    this.#idleSince = now;
    // Rapid reset (CVE-2023-44487): a burst of cancelled calls is normal, a steady stream of them is not.
    this.#resets = new Allowance(500, 50, now);
    this.#chores = new Allowance(1_000, 100, now);
    this.#send(
      settingsFrame([
        [SETTING.ENABLE_PUSH, 0],
        [SETTING.MAX_CONCURRENT_STREAMS, limits.maxStreams],
        [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
        [SETTING.MAX_HEADER_LIST_SIZE, limits.maxHeaderBytes],
      ]),
    );
    this.#send(windowUpdateFrame(0, CONNECTION_WINDOW - DEFAULT_WINDOW));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#gone());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Streams open and not yet answered in full. */
  get open(): number {
    return this.#streams.size;
  }

  /** Takes no new streams; the connection ends when those there are answered. */
  close(): void {
    if (this.#closing || this.#dead) return;
    this.#closing = true;
    this.#send(goAwayFrame(this.#lastId, ERROR.NO_ERROR, ''));
    this.#endWhenDone();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** To be called now and then: ends what is late or idle. */
  check(): void {
    const now = this.#deps.now();
    const { headersTimeoutMs, idleTimeoutMs } = this.#limits;
    if (this.#partialSince !== undefined && now - this.#partialSince > headersTimeoutMs)
      this.#fail(ERROR.ENHANCE_YOUR_CALM, 'a frame or header block took too long');
    else if (now - this.#idleSince > idleTimeoutMs && [...this.#streams.values()].every((one) => one.answered))
      this.#retire();
    else if (!this.#settled && now - this.#idleSince > headersTimeoutMs && this.#lastId === 0)
      this.#fail(ERROR.PROTOCOL_ERROR, 'no settings came');
  }

  /** Idle, or the peer takes no answers: either way there is nobody to wait for. */
  #retire(): void {
    if (this.#streams.size > 0) this.destroy();
    else this.close();
  }

  respond(stream: OpenStream, headers: Buffer, data: Uint8Array | undefined, trailers: Buffer | undefined): void {
    if (this.#dead || stream.answered || this.#streams.get(stream.id) !== stream) return;
    stream.answered = true;
    const dataLength = data?.length ?? 0;
    if (
      trailers &&
      dataLength <= this.#sendWindow &&
      dataLength <= stream.sendWindow &&
      dataLength <= MAX_FRAME_BYTES
    ) {
      this.#respondAtOnce(stream, headers, data, trailers);
      return;
    }
    const isLast = !data && !trailers;
    this.#send(frame(TYPE.HEADERS, FLAG.END_HEADERS | (isLast ? FLAG.END_STREAM : 0), stream.id, headers));
    stream.data = data;
    stream.trailers = trailers;
    this.#proceed(stream);
  }

  /** The usual case: everything in one buffer. */
  #respondAtOnce(stream: OpenStream, headers: Buffer, data: Uint8Array | undefined, trailers: Buffer): void {
    const dataLength = data?.length ?? 0;
    const out = Buffer.allocUnsafe(3 * FRAME_HEADER_BYTES + headers.length + dataLength + trailers.length);
    writeFrameHeader(out, 0, headers.length, TYPE.HEADERS, FLAG.END_HEADERS, stream.id);
    out.set(headers, FRAME_HEADER_BYTES);
    let at = FRAME_HEADER_BYTES + headers.length;
    writeFrameHeader(out, at, dataLength, TYPE.DATA, 0, stream.id);
    at += FRAME_HEADER_BYTES;
    if (data) out.set(data, at);
    at += dataLength;
    writeFrameHeader(out, at, trailers.length, TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, stream.id);
    out.set(trailers, at + FRAME_HEADER_BYTES);
    this.#sendWindow -= dataLength;
    this.#send(out);
    this.#finish(stream);
  }

  /** Sends as much of an answer as the windows allow. */
  #proceed(stream: OpenStream): void {
    while (stream.data && stream.data.length > 0) {
      const room = Math.min(this.#sendWindow, stream.sendWindow, MAX_FRAME_BYTES, stream.data.length);
      if (room <= 0) return;
      const isLast = room === stream.data.length && !stream.trailers;
      this.#send(frame(TYPE.DATA, isLast ? FLAG.END_STREAM : 0, stream.id, stream.data.subarray(0, room)));
      this.#sendWindow -= room;
      stream.sendWindow -= room;
      stream.data = stream.data.subarray(room);
    }
    if (stream.trailers)
      this.#send(frame(TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, stream.id, stream.trailers));
    this.#finish(stream);
  }

  /** Our side has ended. A sender still sending is told to stop, without error (RFC 9113 §8.1). */
  #finish(stream: OpenStream): void {
    if (!stream.ended) this.#send(resetFrame(stream.id, ERROR.NO_ERROR));
    this.#remove(stream);
  }

  #remove(stream: OpenStream): void {
    this.#streams.delete(stream.id);
    this.#idleSince = this.#deps.now();
    if (this.#closing) this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#streams.size > 0 || this.#dead) return;
    this.#outbox.flush();
    this.#dead = true;
    this.#hangUp();
  }

  /** The peer gets a moment to read what was sent last. */
  #hangUp(): void {
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #send(bytes: Buffer): void {
    if (!this.#dead) this.#outbox.push(bytes);
  }

  #fail(error: number, text: string): void {
    if (this.#dead) return;
    this.#send(goAwayFrame(this.#lastId, error, text));
    this.#outbox.flush();
    this.#dead = true;
    this.#reader.stop();
    this.#hangUp();
    this.#abandon();
  }

  #gone(): void {
    this.#dead = true;
    this.#abandon();
    this.#deps.onClose();
  }

  #abandon(): void {
    for (const stream of this.#streams.values()) if (!stream.answered) stream.handler?.gone();
    this.#streams.clear();
  }

  // ---- reading -----------------------------------------------------------------------------------------------

  #read(chunk: Buffer): void {
    if (this.#dead) return;
    try {
      this.#readPreface(chunk);
    } catch (error) {
      if (error instanceof PeerError) this.#fail(error.code, error.message);
      else {
        this.#deps.onFault(error);
        this.destroy();
      }
    }
    if (!this.#reader.isPartial && !this.#block) this.#partialSince = undefined;
    else this.#partialSince ??= this.#deps.now();
  }

  #readPreface(chunk: Buffer): void {
    const length = Math.min(this.#prefaceLeft, chunk.length);
    const from = PREFACE.length - this.#prefaceLeft;
    if (!chunk.subarray(0, length).equals(PREFACE.subarray(from, from + length)))
      throw new PeerError(ERROR.PROTOCOL_ERROR, 'no HTTP/2 preface');
    this.#prefaceLeft -= length;
    this.#reader.read(length === 0 ? chunk : chunk.subarray(length));
  }

  tooLarge(): void {
    throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'a frame too large');
  }

  begin(header: FrameHeader): void {
    if (!this.#settled && header.type !== TYPE.SETTINGS)
      throw new PeerError(ERROR.PROTOCOL_ERROR, 'the first frame was not SETTINGS');
    if (this.#block && (header.type !== TYPE.CONTINUATION || header.streamId !== this.#block.streamId))
      throw new PeerError(ERROR.PROTOCOL_ERROR, 'a header block was interrupted');
    if (header.type === TYPE.DATA) this.#beginData(header);
  }

  /** Flow control counts the whole frame, padding included, and also frames of streams that are gone. */
  #beginData({ flags, length, streamId }: FrameHeader): void {
    if (streamId === 0 || streamId > this.#lastId)
      throw new PeerError(ERROR.PROTOCOL_ERROR, 'DATA on a stream that is not open');
    const isEnd = (flags & FLAG.END_STREAM) !== 0;
    if (length === 0 && !isEnd) this.#chore();
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) throw new PeerError(ERROR.FLOW_CONTROL_ERROR, 'more DATA than the window');
    this.#consumed += length;
    if (this.#consumed >= CONNECTION_WINDOW / 2) {
      this.#send(windowUpdateFrame(0, this.#consumed));
      this.#receiveWindow += this.#consumed;
      this.#consumed = 0;
    }
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    if (stream.ended) throw new PeerError(ERROR.STREAM_CLOSED, 'DATA after the end of its stream');
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) throw new PeerError(ERROR.FLOW_CONTROL_ERROR, 'more DATA than the window');
    stream.consumed += length;
    if (stream.consumed >= STREAM_WINDOW / 2 && !isEnd) {
      this.#send(windowUpdateFrame(streamId, stream.consumed));
      stream.receiveWindow += stream.consumed;
      stream.consumed = 0;
    }
  }

  data({ flags, streamId }: FrameHeader, piece: Buffer, last: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream && !stream.answered && piece.length > 0) stream.handler?.data(piece);
    if (last && (flags & FLAG.END_STREAM) !== 0) this.#endOfStream(streamId);
  }

  #endOfStream(id: number): void {
    // Looked up again: the handler may have answered, and so ended, the stream meanwhile.
    const stream = this.#streams.get(id);
    if (!stream || stream.ended) return;
    stream.ended = true;
    if (!stream.answered) stream.handler?.end();
  }

  frame(header: FrameHeader, payload: Buffer): void {
    switch (header.type) {
      case TYPE.DATA:
        this.#onPaddedData(header, payload);
        break;
      case TYPE.HEADERS:
        this.#onHeaders(header, payload);
        break;
      case TYPE.CONTINUATION:
        this.#addToBlock(header, payload);
        break;
      case TYPE.RST_STREAM:
        this.#onReset(header, payload);
        break;
      case TYPE.SETTINGS:
        this.#onSettings(header, payload);
        break;
      case TYPE.PING:
        this.#onPing(header, payload);
        break;
      case TYPE.WINDOW_UPDATE:
        this.#onWindowUpdate(header, payload);
        break;
      case TYPE.PUSH_PROMISE:
        throw new PeerError(ERROR.PROTOCOL_ERROR, 'a client does not push');
      case TYPE.PRIORITY:
        if (header.streamId === 0) throw new PeerError(ERROR.PROTOCOL_ERROR, 'a PRIORITY of no stream');
        if (payload.length !== 5) throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'a PRIORITY of the wrong size');
        this.#chore();
        break;
      case TYPE.GOAWAY:
        this.close();
        break;
      default:
        this.#chore();
        break;
    }
  }

  /** A frame that costs us something and brings nothing. */
  #chore(): void {
    if (!this.#chores.take(this.#deps.now())) throw new PeerError(ERROR.ENHANCE_YOUR_CALM, 'too many control frames');
  }

  #onPaddedData(header: FrameHeader, payload: Buffer): void {
    const content = withoutPadding(header, payload);
    if (!content) throw new PeerError(ERROR.PROTOCOL_ERROR, 'more padding than payload');
    if (content.length === 0) this.#chore();
    this.data(header, content, true);
  }

  #onHeaders(header: FrameHeader, payload: Buffer): void {
    if (header.streamId % 2 === 0) throw new PeerError(ERROR.PROTOCOL_ERROR, 'a client opens streams of odd numbers');
    this.#block = new HeaderBlock(header);
    this.#addToBlock(header, blockIn(header, payload));
  }

  #addToBlock(header: FrameHeader, part: Buffer): void {
    const block = this.#block;
    if (!block) throw new PeerError(ERROR.PROTOCOL_ERROR, 'CONTINUATION of nothing');
    const whole = block.add(header, part);
    if (!whole) return;
    this.#block = undefined;
    this.#onBlock(block.streamId, block.endStream, whole);
  }

  #onBlock(id: number, endStream: boolean, block: Buffer): void {
    let fields: ReturnType<HpackDecoder['decode']>;
    try {
      fields = this.#hpack.decode(block);
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      throw new PeerError(ERROR.COMPRESSION_ERROR, error.message);
    }
    if (id <= this.#lastId) {
      // Trailers of a request, which gRPC does not use; or late ones of a stream that is gone.
      if (this.#streams.has(id) && !endStream) throw new PeerError(ERROR.PROTOCOL_ERROR, 'HEADERS in mid-stream');
      this.#endOfStream(id);
      this.#chore();
      return;
    }
    this.#lastId = id;
    if (this.#closing || this.#streams.size >= this.#limits.maxStreams) {
      this.#send(resetFrame(id, ERROR.REFUSED_STREAM));
      this.#chore();
      return;
    }
    const headers = fields ? requestHeaders(fields) : new Map<string, string>();
    if (!headers) {
      this.#send(resetFrame(id, ERROR.PROTOCOL_ERROR));
      this.#chore();
      return;
    }
    const stream = new OpenStream(this, id, headers, STREAM_WINDOW, this.#initialSendWindow);
    stream.ended = endStream;
    this.#streams.set(id, stream);
    if (!fields) {
      this.#deps.onHeadersTooLarge(stream);
      return;
    }
    this.#deps.onStream(stream);
    if (endStream && !stream.answered) stream.handler?.end();
  }

  #onReset({ streamId: id }: FrameHeader, payload: Buffer): void {
    if (payload.length !== 4) throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'a RST_STREAM of the wrong size');
    if (id === 0 || id > this.#lastId) throw new PeerError(ERROR.PROTOCOL_ERROR, 'RST_STREAM of a stream never opened');
    const stream = this.#streams.get(id);
    if (!stream) {
      // Peers also reset what we have answered early, which by itself is no sign of an attack.
      this.#chore();
      return;
    }
    this.#remove(stream);
    if (!stream.answered) stream.handler?.gone();
    if (!this.#resets.take(this.#deps.now())) throw new PeerError(ERROR.ENHANCE_YOUR_CALM, 'too many resets');
  }

  #onSettings({ flags, streamId }: FrameHeader, payload: Buffer): void {
    if (streamId !== 0) throw new PeerError(ERROR.PROTOCOL_ERROR, 'SETTINGS of a stream');
    if ((flags & FLAG.ACK) !== 0) {
      if (payload.length !== 0) throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'an acknowledgement with content');
      return;
    }
    if (payload.length % 6 !== 0) throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'SETTINGS of the wrong size');
    if (this.#settled) this.#chore();
    this.#settled = true;
    for (let at = 0; at < payload.length; at += 6)
      this.#onSetting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#send(frame(TYPE.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0)));
    this.#proceedAll();
  }

  /** What else a peer may set concerns things we do not do: push, its own table, larger frames. */
  #onSetting(id: number, value: number): void {
    if (id === SETTING.ENABLE_PUSH && value > 1) throw new PeerError(ERROR.PROTOCOL_ERROR, 'a wrong ENABLE_PUSH');
    if (id === SETTING.MAX_FRAME_SIZE && (value < MAX_FRAME_BYTES || value > 2 ** 24 - 1))
      throw new PeerError(ERROR.PROTOCOL_ERROR, 'a wrong MAX_FRAME_SIZE');
    if (id !== SETTING.INITIAL_WINDOW_SIZE) return;
    if (value > MAX_WINDOW) throw new PeerError(ERROR.FLOW_CONTROL_ERROR, 'a window too large');
    const change = value - this.#initialSendWindow;
    this.#initialSendWindow = value;
    for (const stream of this.#streams.values()) stream.sendWindow += change;
  }

  #onPing({ flags, streamId }: FrameHeader, payload: Buffer): void {
    if (streamId !== 0) throw new PeerError(ERROR.PROTOCOL_ERROR, 'a PING of a stream');
    if (payload.length !== 8) throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'a PING of the wrong size');
    if ((flags & FLAG.ACK) !== 0) return;
    this.#send(frame(TYPE.PING, FLAG.ACK, 0, payload));
    this.#chore();
  }

  #onWindowUpdate({ streamId: id }: FrameHeader, payload: Buffer): void {
    if (payload.length !== 4) throw new PeerError(ERROR.FRAME_SIZE_ERROR, 'a WINDOW_UPDATE of the wrong size');
    const increment = payload.readUInt32BE(0) & 0x7fffffff;
    if (increment === 0) throw new PeerError(ERROR.PROTOCOL_ERROR, 'a WINDOW_UPDATE by nothing');
    if (id > this.#lastId) throw new PeerError(ERROR.PROTOCOL_ERROR, 'WINDOW_UPDATE of a stream never opened');
    if (id === 0) {
      this.#sendWindow += increment;
      if (this.#sendWindow > MAX_WINDOW) throw new PeerError(ERROR.FLOW_CONTROL_ERROR, 'a window too large');
      this.#proceedAll();
      return;
    }
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.sendWindow += increment;
    if (stream.sendWindow > MAX_WINDOW) {
      this.#send(resetFrame(id, ERROR.FLOW_CONTROL_ERROR));
      this.#remove(stream);
      if (!stream.answered) stream.handler?.gone();
    } else if (stream.answered) this.#proceed(stream);
  }

  #proceedAll(): void {
    for (const stream of [...this.#streams.values()]) if (stream.answered) this.#proceed(stream);
  }
}
