/**
 * What a peer's doings cost the main thread, in microseconds, measured on Node 24.21 with each flood of `testkit/floods.ts`
 * for itself and rounded up. An estimate suffices: a tenth of it is what usual senders cause.
 */

/** A call: Node's stream, its headers, authorisation, an answer. */
export const STREAM_MICROS = 100;
/** A piece of body, however small: one call into JavaScript. */
export const BODY_PIECE_MICROS = 2;
/** A connection that ended for broken rules: the handshake, and what came in the same read before the fault was seen. */
export const BROKEN_SESSION_MICROS = 3_000;
/** A byte outside of bodies: 0.3 ns in a PING, 4 in a WINDOW_UPDATE, 7 in headers. */
const CONTROL_BYTE_MICROS = 0.007;

/** Pieces that a body of so many bytes may come in at no charge: 16 KiB frames, cut once more by every read of the socket. */
export function freePieces(bytes: number): number {
  return 8 + Math.ceil(bytes / 4_096);
}

/** Header of a DATA frame, RFC 9113 §4.1. */
const FRAME_HEADER_BYTES = 9;
/** Preface, SETTINGS, the first window. */
const OPENING_BYTES = 512;
/** Headers of a usual call, the PING that measures the line. An accepted call may bring long tokens uncompressed. */
const CALL_BYTES = 1_024;
const ACCEPTED_CALL_BYTES = 4_096;
/** What was not used up is kept to this much. */
const CREDIT_MOST = 256 * 1024;

/** Counts what a connection read besides bodies. A frame is not looked at: bytes tell enough. */
export class ControlBytes {
  /** Bytes that are paid for: bodies, and what calls may bring. */
  #paid = OPENING_BYTES;

  stream(): void {
    this.#paid += CALL_BYTES;
  }

  accepted(): void {
    this.#paid += ACCEPTED_CALL_BYTES;
  }

  body(bytes: number): void {
    this.#paid += bytes + FRAME_HEADER_BYTES;
  }

  /** Microseconds for what came since the last time. @param bytesRead of the connection in all */
  charge(bytesRead: number): number {
    const unpaid = bytesRead - this.#paid;
    if (unpaid <= 0) {
      this.#paid = Math.min(this.#paid, bytesRead + CREDIT_MOST);
      return 0;
    }
    this.#paid = bytesRead;
    return unpaid * CONTROL_BYTE_MICROS;
  }
}
