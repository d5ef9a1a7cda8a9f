import type { Random } from './random.ts';

/** Bytes that have broken decoders: lengths and numbers at the edges, wire types that do not exist, JSON's brackets. */
const NASTY: readonly Buffer[] = [
  'ffffffffffffffffff01', // the largest varint
  'ffffffffffffffffff7f', // one bit more than 64
  'ffffffffffffffffffff01', // eleven bytes
  '80808080808080808000', // zero in ten bytes
  '8000', // zero in two
  'ffffffff0f', // 2^32 - 1
  '8080808010', // 2^32
  'ffffffff07', // 2^31 - 1
  'fe01', // 254, as a length
  '0b', // group begins
  '0c', // group ends
  '0e', // wire type 6
  '00', // field 0
  '0a00', // field 1, empty
  '1200', // field 2, empty
  '0000000000000080', // the smallest integer, -0
  '000000000000f07f', // infinity
  '010000000000f0ff', // a signalling NaN
  'c080', // overlong NUL
  'eda080', // half a surrogate pair
  'f8', // never in UTF-8
  'efbbbf', // byte order mark
]
  .map((hex) => Buffer.from(hex, 'hex'))
  .concat(
    [
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      ',',
      ':',
      'null',
      'true',
      '1e400',
      '-0',
      '-',
      '"NaN"',
      '1e-7',
      '18446744073709551616',
      '-9223372036854775809',
      '9007199254740993',
      '0.1e1',
      '\\ud800',
      '\\u0000',
      '{"":',
      '[[[[[[[[',
      '"intValue":',
      '"bytesValue":"',
    ].map((text) => Buffer.from(text)),
  );

/** A tag and a length-delimited wrapper, repeated: messages in messages in messages. */
const NESTING: readonly (readonly [open: Buffer, close: Buffer])[] = [
  [Buffer.from('{"arrayValue":{"values":['), Buffer.from(']}}')],
  [Buffer.from('['), Buffer.from(']')],
  [Buffer.from('{"a":'), Buffer.from('}')],
];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest > 127 ? (rest % 128) | 128 : rest);
    if (rest <= 127) return Buffer.from(bytes);
  }
}

/** AnyValues inside each other, up to `depth`, as protobuf. */
function nested(depth: number): Buffer {
  let inner = Buffer.from([0x18, 1]);
  for (let i = 0; i < depth; i++) {
    inner = Buffer.concat([Buffer.from([0x0a]), varint(inner.length), inner]);
    inner = Buffer.concat([Buffer.from([0x2a]), varint(inner.length), inner]);
  }
  return inner;
}

/**
 * One to four injuries: flipped bits, cut ends, bytes gone, doubled, moved or replaced, nasty bytes put in, lengths that
 * lie, a piece of another message, nesting. `other` is a second message of the same kind to splice from.
 */
export function mutate(original: Uint8Array, other: Uint8Array, random: Random): Buffer {
  let bytes = Buffer.from(original);
  for (let i = random.chance(0.6) ? 1 : 2 + random.below(3); i > 0 && bytes.length > 0; i--)
    bytes = injure(bytes, other, random);
  return bytes;
}

function injure(bytes: Buffer, other: Uint8Array, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length);
  const length = random.below(Math.min(16, bytes.length - at) + 1);
  const before = bytes.subarray(0, at);
  const piece = bytes.subarray(at, at + length);
  const after = bytes.subarray(at + length);
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2: {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << random.below(8);
      return flipped;
    }
    case 3:
      return Buffer.from(random.chance(0.5) ? before : bytes.subarray(at));
    case 4:
      return Buffer.concat([before, after]);
    case 5:
      return Buffer.concat([before, piece, piece, after]);
    case 6:
      return Buffer.concat([before, random.bytes(length), after]);
    case 7:
      return Buffer.concat([before, random.pick(NASTY), random.chance(0.5) ? after : bytes.subarray(at)]);
    case 8: {
      // A byte that may be a length says a little more, a little less, or all there is.
      const lied = Buffer.from(bytes);
      lied[at] = random.pick([lied[at]! + 1, lied[at]! - 1, 0x7f, 0x80, 0, bytes.length - at]) & 0xff;
      return lied;
    }
    case 9: {
      const from = random.below(other.length + 1);
      const to = from + random.below(Math.min(200, other.length - from) + 1);
      return Buffer.concat([before, other.subarray(from, to), after]);
    }
    case 10: {
      // The head of one and the tail of the other; two whole ones are one merged message.
      if (random.chance(0.3)) return Buffer.concat([bytes, other]);
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))]);
    }
    case 11: {
      const depth = 1 + random.below(random.chance(0.05) ? 400 : 24);
      if (random.chance(0.5)) return Buffer.concat([before, nested(depth), after]);
      const [open, close] = random.pick(NESTING);
      return Buffer.concat([
        before,
        ...Array.from({ length: depth }, () => open),
        Buffer.from('1'),
        ...Array.from({ length: depth }, () => close),
        after,
      ]);
    }
    case 12: {
      const moved = random.below(bytes.length - length + 1);
      const rest = Buffer.concat([before, after]);
      return Buffer.concat([rest.subarray(0, moved), piece, rest.subarray(moved)]);
    }
    default:
      return Buffer.concat([before, Buffer.alloc(length, random.pick([0xff, 0x80, 0x00, 0x7b, 0x5b, 0x22])), after]);
  }
}
