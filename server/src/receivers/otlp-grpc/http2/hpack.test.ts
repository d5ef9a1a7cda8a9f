import { once } from 'node:events';
import { connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFields, type Field, HpackDecoder, HpackError } from './hpack.ts';
import { huffmanDecode } from './huffman.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const lines = (fields: readonly Field[] | undefined) => fields?.map(({ name, value }) => `${name}: ${value}`);

describe('the decoder', () => {
  it('reads the requests of RFC 7541 C.4, Huffman-coded, with its table', () => {
    const decoder = new HpackDecoder(10_000);
    expect(lines(decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')))).toEqual([
      ':method: GET',
      ':scheme: http',
      ':path: /',
      ':authority: www.example.com',
    ]);
    expect(lines(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf')))?.slice(3)).toEqual([
      ':authority: www.example.com',
      'cache-control: no-cache',
    ]);
    expect(lines(decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')))?.slice(1)).toEqual(
      [':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'],
    );
  });

  it('reads plain literals, RFC 7541 C.2', () => {
    const decoder = new HpackDecoder(10_000);
    expect(lines(decoder.decode(hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')))).toEqual([
      'custom-key: custom-header',
    ]);
    expect(lines(decoder.decode(hex('040c 2f73 616d 706c 652f 7061 7468')))).toEqual([':path: /sample/path']);
    expect(lines(decoder.decode(hex('be')))).toEqual(['custom-key: custom-header']);
  });

  it('evicts the oldest, and all when told to', () => {
    const decoder = new HpackDecoder(100_000);
    const kept = (name: string, value: string) => {
      const block = encodeFields([{ name, value }]);
      block[0] = 0x40;
      return block;
    };
    for (let i = 0; i < 5; i++) decoder.decode(kept(`n${i}`, 'x'.repeat(1_000)));
    expect(lines(decoder.decode(Buffer.of(0x80 | 62)))?.[0]).toMatch(/^n4/);
    expect(() => decoder.decode(Buffer.of(0x80 | 65))).toThrow(HpackError);
    decoder.decode(Buffer.of(0x20, 0x3f, 0xe1, 0x1f));
    expect(() => decoder.decode(Buffer.of(0x80 | 62))).toThrow(HpackError);
  });

  it('reads back what our encoder writes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.string({ unit: 'grapheme-ascii' }),
            value: fc.string({ unit: 'grapheme-ascii', maxLength: 400 }),
          }),
        ),
        (fields) => {
          expect(new HpackDecoder(1e9).decode(encodeFields(fields))).toEqual(fields);
        },
      ),
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          new HpackDecoder(10_000).decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(HpackError);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads what a client of node:http2 writes', async () => {
    // Every byte that Node allows in a value, so that every code of theirs is met.
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i).filter((i) => i > 32 && i !== 127));
    const values = Array.from({ length: 63 }, (_, i) => `${'0'.repeat(60)}${all.slice(4 * i, 4 * i + 4)}`);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    client.on('error', () => {});
    const [socket] = await once(server, 'connection');
    const decoder = new HpackDecoder(1e6);
    const heard: string[] = [];
    let bytes = Buffer.alloc(0);
    let preface = 24;
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      bytes = bytes.subarray(Math.min(preface, bytes.length));
      preface = 0;
      for (
        ;
        bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3);
        bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3))
      )
        if (bytes[3] === 1) {
          const skip = ((bytes[4] ?? 0) & 0x20) !== 0 ? 5 : 0;
          const fields = decoder.decode(bytes.subarray(9 + skip, 9 + bytes.readUIntBE(0, 3)));
          heard.push(fields?.find((field) => field.name === 'x')?.value ?? '');
        }
    });
    for (const value of values) client.request({ ':path': '/', x: value }).on('error', () => {});
    await expect.poll(() => heard.length).toBe(values.length);
    expect(heard).toEqual(values);
    client.destroy();
    server.close();
  });
});

describe('the Huffman code', () => {
  it('knows the texts of RFC 7541', () => {
    expect(huffmanDecode(hex('f1e3 c2e5 f23a 6ba0 ab90 f4ff'))).toBe('www.example.com');
    expect(huffmanDecode(hex('d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff'))).toBe(
      'Mon, 21 Oct 2013 20:13:21 GMT',
    );
  });

  it.each([
    ['padding of zeros', '00 00'],
    ['eight bits of padding', 'ff'],
    ['the end of string', 'ffff ffff'],
  ])('refuses %s', (_name, bytes) => {
    expect(huffmanDecode(hex(bytes))).toBeUndefined();
  });
});
