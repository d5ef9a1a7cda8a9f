import { huffmanDecode } from './huffman.ts';

/** Header compression of HTTP/2, RFC 7541: a full decoder, and as much of an encoder as our few answers need. */

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** Appendix A, `name|value`, index 1 first. */
const STATIC: readonly Field[] = [
  ':authority|',
  ':method|GET',
  ':method|POST',
  ':path|/',
  ':path|/index.html',
  ':scheme|http',
  ':scheme|https',
  ':status|200',
  ':status|204',
  ':status|206',
  ':status|304',
  ':status|400',
  ':status|404',
  ':status|500',
  'accept-charset|',
  'accept-encoding|gzip, deflate',
  'accept-language|',
  'accept-ranges|',
  'accept|',
  'access-control-allow-origin|',
  'age|',
  'allow|',
  'authorization|',
  'cache-control|',
  'content-disposition|',
  'content-encoding|',
  'content-language|',
  'content-length|',
  'content-location|',
  'content-range|',
  'content-type|',
  'cookie|',
  'date|',
  'etag|',
  'expect|',
  'expires|',
  'from|',
  'host|',
  'if-match|',
  'if-modified-since|',
  'if-none-match|',
  'if-range|',
  'if-unmodified-since|',
  'last-modified|',
  'link|',
  'location|',
  'max-forwards|',
  'proxy-authenticate|',
  'proxy-authorization|',
  'range|',
  'referer|',
  'refresh|',
  'retry-after|',
  'server|',
  'set-cookie|',
  'strict-transport-security|',
  'transfer-encoding|',
  'user-agent|',
  'vary|',
  'via|',
  'www-authenticate|',
].map((entry) => {
  const bar = entry.indexOf('|');
  return { name: entry.slice(0, bar), value: entry.slice(bar + 1) };
});

/** Size of the dynamic table; 4,096 is the default of SETTINGS_HEADER_TABLE_SIZE, which we leave as it is. */
const TABLE_BYTES = 4_096;
/** What an entry costs besides its text, §4.1. */
const ENTRY_BYTES = 32;

/** The block cannot be decoded; the connection's table is out of step and the connection must end (COMPRESSION_ERROR). */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}

/** One per connection: blocks must be given in the order in which they arrived. */
export class HpackDecoder {
  readonly #maxListBytes: number;
  /** Newest first. */
  readonly #table: Field[] = [];
  #tableBytes = 0;
  #tableLimit = TABLE_BYTES;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** @param maxListBytes of all names and values with 32 for each field, RFC 9113 §6.5.2 */
  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  /** Undefined when the list is too large; the table is kept in step even then. Throws HpackError. */
  decode(block: Uint8Array): Field[] | undefined {
    this.#bytes = block;
    this.#at = 0;
    const fields: Field[] = [];
    let listBytes = 0;
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw new HpackError('a table size update after a field');
        this.#resize(this.#integer(5));
        continue;
      }
      const field = (first & 0x80) !== 0 ? this.#entry(this.#integer(7)) : this.#literal(first);
      listBytes += field.name.length + field.value.length + ENTRY_BYTES;
      // What is over the limit is decoded for the table's sake and let go.
      if (listBytes <= this.#maxListBytes) fields.push(field);
    }
    return listBytes > this.#maxListBytes ? undefined : fields;
  }

  #literal(first: number): Field {
    const isKept = (first & 0x40) !== 0;
    const index = this.#integer(isKept ? 6 : 4);
    const name = index === 0 ? this.#text() : this.#entry(index).name;
    const field = { name, value: this.#text() };
    if (isKept) this.#keep(field);
    return field;
  }

  #entry(index: number): Field {
    const field = index <= STATIC.length ? STATIC[index - 1] : this.#table[index - STATIC.length - 1];
    if (!field) throw new HpackError(`no entry ${index}`);
    return field;
  }

  #keep(field: Field): void {
    const size = sizeOf(field);
    this.#shrink(this.#tableLimit - size);
    if (size > this.#tableLimit) return;
    this.#table.unshift(field);
    this.#tableBytes += size;
  }

  #resize(limit: number): void {
    if (limit > TABLE_BYTES) throw new HpackError(`a table of ${limit} bytes`);
    this.#tableLimit = limit;
    this.#shrink(limit);
  }

  #shrink(limit: number): void {
    while (this.#tableBytes > Math.max(0, limit)) {
      const oldest = this.#table.pop();
      if (!oldest) return;
      this.#tableBytes -= sizeOf(oldest);
    }
  }

  /** §5.1, of at most 2^28: no index or length of ours comes near. */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new HpackError('an integer too large');
  }

  #text(): string {
    const isHuffman = (this.#bytes[this.#at]! & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new HpackError('a string beyond the block');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    if (!isHuffman) return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
    const text = huffmanDecode(bytes);
    if (text === undefined) throw new HpackError('a string with a wrong Huffman code');
    return text;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new HpackError('a block that ends early');
    return byte;
  }
}

/** A header block without compression or reference to any table but `:status` 200; texts must be ASCII. */
export function encodeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(({ name, value }) =>
      name === ':status' && value === '200'
        ? Buffer.of(0x88)
        : Buffer.concat([Buffer.of(0), plainText(name), plainText(value)]),
    ),
  );
}

function plainText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

function sizeOf({ name, value }: Field): number {
  return name.length + value.length + ENTRY_BYTES;
}
