import { constants, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { GuardedConnection } from '#base';
import { CallStream, type StreamOwner } from './call-stream.ts';
import { BODY_PIECE_MICROS, BROKEN_SESSION_MICROS, ControlBytes, freePieces, STREAM_MICROS } from './work.ts';

export interface ConnectionLimits {
  /** Calls open at once. */
  readonly maxStreams: number;
  /** From the preface until the peer's SETTINGS. */
  readonly headersTimeoutMs: number;
  /** Without a call. */
  readonly idleTimeoutMs: number;
}

export interface ConnectionDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** @param raw names and values in turn, as they came */
  readonly onCall: (stream: CallStream, raw: readonly string[]) => void;
  readonly onClose: () => void;
  /** The peer broke the rules of HTTP/2, and its connection ends. Told once. */
  readonly onBroken: (what: string) => void;
  /** The source spends more of the main thread than it may, and its connection ends. Told once. */
  readonly onFlood: () => void;
}

/** Bytes a sender may have on the way per call and per connection before it must hear from us: a usual batch at once. */
const STREAM_WINDOW = 1024 ** 2;
const CONNECTION_WINDOW = 8 * 1024 ** 2;
/** Bytes of one request's headers as Node counts them. Larger ones are reset by Node; we answer those over half of it. */
const HEADERS_MOST = 32 * 1024;
/** After an early answer this much of a body is dropped, this long, before the sender is told to stop. */
const LINGER_BYTES = STREAM_WINDOW;
const LINGER_MS = 2_000;

/** Session errors that say something about the peer, not about the network. */
const BROKEN: ReadonlySet<string> = new Set([
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_TOO_MANY_INVALID_FRAMES',
  'ERR_HTTP2_SESSION_ERROR',
]);

/**
 * The server's side of one HTTP/2 connection on `node:http2`, for many unary calls with large bodies and small answers.
 *
 * nghttp2 bounds what it sees by itself: header bytes and CONTINUATIONs, resets, unsent answers to PING and SETTINGS, invalid
 * frames. What it lets pass costs the main thread all the same, so everything a peer does is charged to its source by
 * estimate (`work.ts`), and what brought an accepted call is given back.
 */
export class GrpcConnection implements StreamOwner {
  readonly #socket: Socket;
  readonly #guarded: GuardedConnection;
  readonly #limits: ConnectionLimits;
  readonly #deps: ConnectionDeps;
  readonly #session: ServerHttp2Session;
  readonly #control: ControlBytes;
  /** Calls not yet closed, and of those, not yet answered. */
  #open = 0;
  #unanswered = 0;
  readonly #lingering = new Map<CallStream, { readonly since: number; readonly bytes: number }>();
  #idleSince: number;
  #settled = false;
  /** Nothing more is done with it. */
  #over = false;
  #flooded = false;

  /** @param socket with everything it has read put back */
  constructor(socket: Socket, guarded: GuardedConnection, limits: ConnectionLimits, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#guarded = guarded;
    this.#limits = limits;
    this.#deps = deps;
    this.#idleSince = deps.now();
    this.#control = new ControlBytes();
    const session = performServerHandshake(socket, {
      settings: {
        enablePush: false,
        maxConcurrentStreams: limits.maxStreams,
        initialWindowSize: STREAM_WINDOW,
        maxHeaderListSize: HEADERS_MOST,
      },
      // More than a sender that does not know our limit yet opens by mistake.
      maxSessionRejectedStreams: 500,
      // Empty DATA and the like. Proxies send a few, never a stream of them.
      maxSessionInvalidFrames: 100,
      // A thousand calls cancelled at once (a deadline that passes), then 200 a second (CVE-2023-44487).
      streamResetBurst: 1_000,
      streamResetRate: 200,
    });
    this.#session = session;
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on('stream', (stream, headers, _flags, raw) => {
      this.#open += 1;
      this.#unanswered += 1;
      if (this.#open === 1) guarded.begin();
      const call = new CallStream(stream, headers, this);
      this.#control.stream();
      this.#spend(STREAM_MICROS);
      if (!this.#over) deps.onCall(call, raw);
    });
    session.once('remoteSettings', () => {
      this.#settled = true;
    });
    session.on('error', (error: NodeJS.ErrnoException) => {
      // It comes after the socket's end. A flood was told already.
      if (this.#flooded || !BROKEN.has(error.code ?? '')) return;
      deps.onBroken(error.message);
      if (!guarded.spend(BROKEN_SESSION_MICROS)) this.#flood();
    });
    socket.once('close', () => {
      this.#over = true;
      deps.onClose();
    });
    guarded.end = () => this.#destroy(constants.NGHTTP2_NO_ERROR);
  }

  /** Calls open and not yet closed. */
  get open(): number {
    return this.#open;
  }

  /** Takes no new calls (GOAWAY); the connection ends when those there are answered. */
  close(): void {
    if (!this.#session.closed && !this.#session.destroyed) this.#session.close();
  }

  /** A call was authenticated. */
  prove(): void {
    this.#guarded.prove();
  }

  /** A call was accepted: what it cost was worth it. */
  accepted(): void {
    this.#guarded.spend(-STREAM_MICROS);
    this.#control.accepted();
  }

  /** To be called many times a second: charges what came, ends what is late or idle. */
  check(now: number): void {
    if (this.#over) return;
    this.#spend(this.#control.charge(this.#socket.bytesRead));
    for (const [stream, { since, bytes }] of this.#lingering)
      if (now - since > LINGER_MS || stream.bytes - bytes > LINGER_BYTES) stream.stop();
    const { headersTimeoutMs, idleTimeoutMs } = this.#limits;
    const idle = now - this.#idleSince;
    if (!this.#settled && idle > headersTimeoutMs) this.#destroy(constants.NGHTTP2_SETTINGS_TIMEOUT);
    else if (this.#unanswered === 0 && idle > idleTimeoutMs) {
      // Idle, or the peer takes no answers: either way there is nobody to wait for.
      if (this.#open > 0) this.#destroy(constants.NGHTTP2_NO_ERROR);
      else this.close();
    }
  }

  received(stream: CallStream, bytes: number): void {
    this.#control.body(bytes);
    if (stream.chunks > freePieces(stream.bytes)) this.#spend(BODY_PIECE_MICROS);
  }

  answered(stream: CallStream): void {
    this.#unanswered -= 1;
    this.#idleSince = this.#deps.now();
    if (!stream.ended) this.#lingering.set(stream, { since: this.#idleSince, bytes: stream.bytes });
  }

  closed(stream: CallStream): void {
    this.#open -= 1;
    if (!stream.answered) this.#unanswered -= 1;
    this.#lingering.delete(stream);
    this.#idleSince = this.#deps.now();
    if (this.#open === 0) this.#guarded.finish();
  }

  #spend(micros: number): void {
    if (micros === 0 || this.#over || this.#guarded.spend(micros)) return;
    this.#flood();
    this.#destroy(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #flood(): void {
    if (this.#flooded) return;
    this.#over = true;
    this.#flooded = true;
    this.#deps.onFlood();
  }

  #destroy(code: number): void {
    if (!this.#session.destroyed) this.#session.destroy(undefined, code);
  }
}
