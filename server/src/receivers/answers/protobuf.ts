/** Just enough of the protobuf wire format to write the small answers of OTLP: varints, strings and sub-messages. */

const text = new TextEncoder();

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** Non-negative integers up to 2^53. Zero is the default and takes no bytes. */
export function integerField(number: number, value: number): number[] {
  return value === 0 ? [] : [...varint(number * 8), ...varint(value)];
}

export function bytesField(number: number, value: ArrayLike<number>): number[] {
  return [...varint(number * 8 + 2), ...varint(value.length), ...Array.from(value)];
}

export function stringField(number: number, value: string): number[] {
  return value === '' ? [] : bytesField(number, text.encode(value));
}
