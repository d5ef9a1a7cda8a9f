import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Connection, type ConnectionLimits, PREFACE } from './connection.ts';
import { ERROR, FLAG, frame, SETTING, settingsFrame, TYPE, uint32 } from './frames.ts';
import { encodeFields } from './hpack.ts';
import type { IncomingStream } from './stream.ts';

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

const LIMITS = { maxStreams: 4, maxHeaderBytes: 2_000, headersTimeoutMs: 10_000, idleTimeoutMs: 60_000 };
const REQUEST = encodeFields([
  { name: ':method', value: 'POST' },
  { name: ':scheme', value: 'http' },
  { name: ':path', value: '/x' },
]);
const ANSWER = encodeFields([{ name: ':status', value: '200' }]);
const NOTHING = Buffer.alloc(0);

let server: Server;
let peer: Socket;
let connection: Connection;
let streams: IncomingStream[];
let told: string[];
let frames: Frame[];
let isClosed: () => boolean;

/** A server that notes what it is told, and a peer that has sent its preface and `first`. */
async function open(first: Uint8Array = settingsFrame([]), limits: Partial<ConnectionLimits> = {}): Promise<void> {
  // Its own, so that what an earlier test's connection still does is not seen here.
  const mine = { streams: [] as IncomingStream[], told: [] as string[], frames: [] as Frame[], closed: false };
  streams = mine.streams;
  told = mine.told;
  frames = mine.frames;
  isClosed = () => mine.closed;
  server = createServer((socket) => {
    connection = new Connection(
      socket,
      { ...LIMITS, ...limits },
      {
        now: () => performance.now(),
        onStream(stream) {
          mine.streams.push(stream);
          stream.handler = {
            data: (chunk) => mine.told.push(`${stream.id} data ${Buffer.from(chunk).toString()}`),
            end: () => mine.told.push(`${stream.id} end`),
            gone: () => mine.told.push(`${stream.id} gone`),
          };
        },
        onHeadersTooLarge: (stream) => {
          mine.told.push(`${stream.id} too large`);
          stream.respond(ANSWER);
        },
        onClose: () => mine.told.push('closed'),
        onFault: (error) => mine.told.push(String(error)),
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  peer.on('error', () => {});
  peer.on('close', () => (mine.closed = true));
  let rest: Buffer = NOTHING;
  peer.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const length = rest.readUIntBE(0, 3);
      mine.frames.push({
        type: rest[3]!,
        flags: rest[4]!,
        id: rest.readUInt32BE(5),
        payload: Buffer.from(rest.subarray(9, 9 + length)),
      });
      rest = rest.subarray(9 + length);
    }
  });
  peer.write(Buffer.concat([PREFACE, first]));
}

afterEach(() => {
  peer.destroy();
  server.close();
});

const headers = (id: number, flags: number = FLAG.END_HEADERS, block: Uint8Array = REQUEST) =>
  frame(TYPE.HEADERS, flags, id, block);
const data = (id: number, text: string, flags = 0) => frame(TYPE.DATA, flags, id, Buffer.from(text));
const of = (type: number, id?: number) =>
  frames.filter((one) => one.type === type && (id === undefined || one.id === id));
const seen = (type: number, id?: number) => expect.poll(() => of(type, id).length).toBeGreaterThan(0);
const afterCheck = () => {
  connection.check();
  return isClosed();
};
const WHOLE = FLAG.END_HEADERS | FLAG.END_STREAM;

describe('a connection', () => {
  it('hands on headers, data and end, cut anywhere', async () => {
    await open();
    const bytes = Buffer.concat([
      headers(1, 0, REQUEST.subarray(0, 5)),
      frame(TYPE.CONTINUATION, 0, 1, REQUEST.subarray(5, 9)),
      frame(TYPE.CONTINUATION, FLAG.END_HEADERS, 1, REQUEST.subarray(9)),
      data(1, 'ab'),
      frame(TYPE.DATA, FLAG.PADDED | FLAG.END_STREAM, 1, Buffer.from('\x03cd\0\0\0')),
    ]);
    for (const byte of bytes) {
      peer.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await expect.poll(() => told.at(-1)).toBe('1 end');
    expect(
      told
        .filter((one) => one.startsWith('1 data'))
        .map((one) => one.slice(7))
        .join(''),
    ).toBe('abcd');
    expect(streams[0]!.headers.get(':path')).toBe('/x');
  });

  it('answers headers, data and trailers, and ends the stream', async () => {
    await open();
    peer.write(headers(1, WHOLE));
    await expect.poll(() => told).toEqual(['1 end']);
    streams[0]!.respond(ANSWER, Buffer.from('hello'), encodeFields([{ name: 'grpc-status', value: '0' }]));
    await seen(TYPE.DATA, 1);
    expect(of(TYPE.DATA, 1)[0]!.payload.toString()).toBe('hello');
    expect(of(TYPE.HEADERS, 1).map((one) => one.flags)).toEqual([FLAG.END_HEADERS, WHOLE]);
    expect(of(TYPE.RST_STREAM)).toEqual([]);
    expect(connection.open).toBe(0);
  });

  it('stops a sender that was answered early, and ignores what was still on the way', async () => {
    await open();
    peer.write(headers(1));
    await expect.poll(() => streams.length).toBe(1);
    streams[0]!.respond(ANSWER);
    await seen(TYPE.RST_STREAM, 1);
    expect(of(TYPE.RST_STREAM)[0]!.payload).toEqual(uint32(ERROR.NO_ERROR));
    peer.write(Buffer.concat([data(1, 'late'), data(1, '', FLAG.END_STREAM), headers(3, WHOLE)]));
    await expect.poll(() => told).toEqual(['3 end']);
  });

  it('sends no more data than the peer has room for', async () => {
    await open(settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 0]]));
    peer.write(headers(1, WHOLE));
    await expect.poll(() => streams.length).toBe(1);
    streams[0]!.respond(ANSWER, Buffer.from('abcdef'), ANSWER);
    await seen(TYPE.HEADERS, 1);
    peer.write(settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 1]]));
    await seen(TYPE.DATA, 1);
    peer.write(frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(3)));
    await expect.poll(() => of(TYPE.DATA, 1).map((one) => one.payload.toString())).toEqual(['a', 'bcd']);
    peer.write(frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(100)));
    await expect.poll(() => of(TYPE.HEADERS, 1).at(-1)?.flags).toBe(WHOLE);
    expect(of(TYPE.DATA, 1).map((one) => one.payload.toString())).toEqual(['a', 'bcd', 'ef']);
  });

  it('gives room back as data is read', async () => {
    await open();
    peer.write(headers(1));
    const piece = frame(TYPE.DATA, 0, 1, Buffer.alloc(16_384));
    for (let i = 0; i < 600; i++) {
      // Waits like a real peer for the window of the stream.
      await expect
        .poll(() => 1024 ** 2 + of(TYPE.WINDOW_UPDATE, 1).reduce((sum, one) => sum + one.payload.readUInt32BE(0), 0))
        .toBeGreaterThanOrEqual((i + 1) * 16_384);
      peer.write(piece);
    }
    await expect.poll(() => told.length).toBeGreaterThanOrEqual(600);
    expect(of(TYPE.WINDOW_UPDATE, 0).length).toBeGreaterThan(1);
    expect(of(TYPE.GOAWAY)).toEqual([]);
  });

  it('answers pings and settings', async () => {
    await open();
    peer.write(frame(TYPE.PING, 0, 0, Buffer.from('12345678')));
    await seen(TYPE.PING);
    expect(of(TYPE.PING)[0]).toMatchObject({ flags: FLAG.ACK, payload: Buffer.from('12345678') });
    expect(of(TYPE.SETTINGS).map((one) => one.flags)).toEqual([0, FLAG.ACK]);
  });

  it('refuses streams beyond the number allowed, so that they may be tried again', async () => {
    await open();
    peer.write(Buffer.concat([1, 3, 5, 7, 9].map((id) => headers(id))));
    await seen(TYPE.RST_STREAM, 9);
    expect(of(TYPE.RST_STREAM, 9)[0]!.payload).toEqual(uint32(ERROR.REFUSED_STREAM));
    expect(streams).toHaveLength(4);
  });

  it('tells the owners when the peer resets or goes', async () => {
    await open();
    peer.write(Buffer.concat([headers(1), headers(3), frame(TYPE.RST_STREAM, 0, 1, uint32(ERROR.CANCEL))]));
    await expect.poll(() => told).toEqual(['1 gone']);
    peer.destroy();
    await expect.poll(() => told).toEqual(['1 gone', '3 gone', 'closed']);
  });

  it('closes when its last stream is answered', async () => {
    await open();
    peer.write(headers(1, WHOLE));
    await expect.poll(() => streams.length).toBe(1);
    connection.close();
    await seen(TYPE.GOAWAY);
    peer.write(headers(3, WHOLE));
    await seen(TYPE.RST_STREAM, 3);
    streams[0]!.respond(ANSWER, Buffer.from('x'), ANSWER);
    await expect.poll(isClosed).toBe(true);
    expect(of(TYPE.DATA, 1)).toHaveLength(1);
  });

  it('answers headers that are too many, and keeps the table in step', async () => {
    await open();
    // Kept in the table (0x40) by a block that is itself refused.
    const kept = Buffer.concat([Buffer.of(0x40, 4), Buffer.from('name'), Buffer.of(5), Buffer.from('value')]);
    const huge = encodeFields([{ name: 'x', value: 'y'.repeat(3_000) }]);
    peer.write(headers(1, WHOLE, Buffer.concat([REQUEST, kept, huge])));
    await expect.poll(() => told).toEqual(['1 too large']);
    peer.write(headers(3, WHOLE, Buffer.concat([REQUEST, Buffer.of(0x80 | 62)])));
    await expect.poll(() => streams[0]?.headers.get('name')).toBe('value');
  });

  it.each([
    ['a header in upper case', [{ name: 'Upper', value: 'x' }]],
    ['a connection header', [{ name: 'connection', value: 'close' }]],
    ['a line end in a value', [{ name: 'x', value: 'a\r\nb' }]],
    ['a pseudo-header at the end', [{ name: ':authority', value: 'x' }]],
  ])('refuses a request with %s', async (_name, fields) => {
    await open();
    const tail = fields[0]!.name.startsWith(':') ? [{ name: 'x', value: 'y' }, ...fields] : fields;
    peer.write(headers(1, WHOLE, Buffer.concat([REQUEST, encodeFields(tail)])));
    await seen(TYPE.RST_STREAM, 1);
    peer.write(headers(3, WHOLE));
    await expect.poll(() => told).toEqual(['3 end']);
  });
});

describe('a peer that breaks the rules loses its connection', () => {
  const many = (count: number, one: (i: number) => Buffer) =>
    Buffer.concat(Array.from({ length: count }, (_, i) => one(i)));
  it.each<[string, Buffer, number]>([
    ['a frame too large', Buffer.from('004001000000000001', 'hex'), ERROR.FRAME_SIZE_ERROR],
    ['DATA on no stream', data(0, 'x'), ERROR.PROTOCOL_ERROR],
    ['DATA on a stream never opened', data(1, 'x'), ERROR.PROTOCOL_ERROR],
    ['DATA after the end', Buffer.concat([headers(1, WHOLE), data(1, 'x')]), ERROR.STREAM_CLOSED],
    ['an even stream', headers(2), ERROR.PROTOCOL_ERROR],
    ['a block interrupted', Buffer.concat([headers(1, 0), data(1, 'x')]), ERROR.PROTOCOL_ERROR],
    ['CONTINUATION of nothing', frame(TYPE.CONTINUATION, 4, 1, REQUEST), ERROR.PROTOCOL_ERROR],
    ['a broken block', headers(1, WHOLE, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)), ERROR.COMPRESSION_ERROR],
    ['an entry that is not there', headers(1, WHOLE, Buffer.of(0x80 | 70)), ERROR.COMPRESSION_ERROR],
    ['too much padding', frame(TYPE.HEADERS, WHOLE | FLAG.PADDED, 1, Buffer.of(9, 1)), ERROR.PROTOCOL_ERROR],
    ['a push', frame(TYPE.PUSH_PROMISE, 0, 1, uint32(2)), ERROR.PROTOCOL_ERROR],
    ['a PING of the wrong size', frame(TYPE.PING, 0, 0, Buffer.alloc(7)), ERROR.FRAME_SIZE_ERROR],
    ['SETTINGS of the wrong size', frame(TYPE.SETTINGS, 0, 0, Buffer.alloc(7)), ERROR.FRAME_SIZE_ERROR],
    ['a window too large', frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(2 ** 31 - 1)), ERROR.FLOW_CONTROL_ERROR],
    ['a window of nothing', frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0)), ERROR.PROTOCOL_ERROR],
    ['a flood of pings', many(2_000, () => frame(TYPE.PING, 0, 0, Buffer.alloc(8))), ERROR.ENHANCE_YOUR_CALM],
    ['a flood of settings', many(2_000, () => settingsFrame([])), ERROR.ENHANCE_YOUR_CALM],
    ['a flood of empty frames', Buffer.concat([headers(1), many(2_000, () => data(1, ''))]), ERROR.ENHANCE_YOUR_CALM],
    [
      'a flood of resets',
      many(1_000, (i) => Buffer.concat([headers(2 * i + 1), frame(TYPE.RST_STREAM, 0, 2 * i + 1, uint32(8))])),
      ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      'a flood of CONTINUATION',
      Buffer.concat([headers(1, 0), many(1_000, () => frame(TYPE.CONTINUATION, 0, 1, NOTHING))]),
      ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      'a block without an end',
      Buffer.concat([headers(1, 0), many(10, () => frame(TYPE.CONTINUATION, 0, 1, Buffer.alloc(16_000)))]),
      ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      'more data than the window',
      Buffer.concat([headers(1), many(70, () => frame(TYPE.DATA, 0, 1, Buffer.alloc(16_384)))]),
      -1,
    ],
  ])('%s', async (_name, bytes, code) => {
    await open();
    peer.write(bytes);
    if (code === -1) {
      // The window is given back as fast as it is used: nothing wrong is seen, and nothing breaks.
      await expect.poll(() => told.length).toBeGreaterThanOrEqual(70);
      return;
    }
    await seen(TYPE.GOAWAY);
    expect(of(TYPE.GOAWAY)[0]!.payload.readUInt32BE(4)).toBe(code);
    await expect.poll(isClosed).toBe(true);
  });

  it('the first frame is not SETTINGS', async () => {
    await open(frame(TYPE.PING, 0, 0, Buffer.alloc(8)));
    await seen(TYPE.GOAWAY);
    await expect.poll(isClosed).toBe(true);
  });

  it('a block that never ends in time', async () => {
    await open(settingsFrame([]), { headersTimeoutMs: 50 });
    peer.write(headers(1, 0));
    await expect.poll(afterCheck).toBe(true);
  });

  it('idles', async () => {
    await open(settingsFrame([]), { idleTimeoutMs: 50 });
    await expect.poll(afterCheck).toBe(true);
    expect(of(TYPE.GOAWAY)[0]!.payload.readUInt32BE(4)).toBe(ERROR.NO_ERROR);
  });
});
