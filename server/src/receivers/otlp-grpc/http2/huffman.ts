/**
 * The Huffman code of HPACK (RFC 7541 §5.2, Appendix B). It is canonical: codes of one length follow each other in the
 * order of their symbols, so the lengths alone define it. Per length in bits, the symbols in hexadecimal; the end-of-string
 * symbol (30 ones) comes last of all and never occurs in valid data.
 */
const SYMBOLS: readonly (readonly [bits: number, symbols: string])[] = [
  [5, '303132616365696f7374'],
  [6, '20252d2e2f333435363738393d415f62646667686c6d6e707275'],
  [7, '3a42434445464748494a4b4c4d4e4f5051525354555657596a6b71767778797a'],
  [8, '262a2c3b585a'],
  [10, '212228293f'],
  [11, '272b7c'],
  [12, '233e'],
  [13, '0024405b5d7e'],
  [14, '5e7d'],
  [15, '3c607b'],
  [19, '5cc3d0'],
  [20, '808283a2b8c2e0e2'],
  [21, '99a1a7acb0b1b3d1d8d9e3e5e6'],
  [22, '8184858688929a9ca0a3a4a9aaadb2b5b9babbbdbec4c6e4e8e9'],
  [23, '0187898a8b8c8d8f93959697989b9d9ea5a6a8aeafb4b6b7bcbfc5e7ef'],
  [24, '098e9091949fabced7e1eced'],
  [25, 'c7cfeaeb'],
  [26, 'c0c1c8c9cacdd2d5dadbeef0f2f3ff'],
  [27, 'cbccd3d4d6dddedff1f4f5f6f7f8fafbfcfdfe'],
  [28, '020304050607080b0c0e0f1011121314151718191a1b1c1d1e1f7fdcf9'],
  [30, '0a0d16'],
];

/**
 * A binary tree in an array: entry `2n + bit` of node n is the next node, or the complement of a symbol when it is a leaf.
 * Zero is no code (the root is nobody's child).
 */
const TREE = new Int16Array(1_024);
{
  let code = 0;
  let bits = 0;
  let nodes = 1;
  for (const [length, symbols] of SYMBOLS)
    for (const symbol of Buffer.from(symbols, 'hex')) {
      code <<= length - bits;
      bits = length;
      let node = 0;
      for (let at = length - 1; at > 0; at--) {
        const slot = 2 * node + ((code >>> at) & 1);
        if (TREE[slot] === 0) TREE[slot] = nodes++;
        node = TREE[slot]!;
      }
      TREE[2 * node + (code & 1)] = ~symbol;
      code += 1;
    }
}

/** The text as Latin-1 (header values are bytes); undefined when it is not valid: unknown code, or padding not all ones. */
export function huffmanDecode(bytes: Uint8Array): string | undefined {
  // The shortest code has five bits.
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  let length = 0;
  let node = 0;
  let depth = 0;
  let ones = true;
  for (const byte of bytes)
    for (let at = 7; at >= 0; at--) {
      const bit = (byte >>> at) & 1;
      const next = TREE[2 * node + bit]!;
      if (next < 0) {
        out[length++] = ~next;
        node = 0;
        depth = 0;
        ones = true;
        continue;
      }
      if (next === 0) return undefined;
      node = next;
      depth += 1;
      ones &&= bit === 1;
    }
  return depth < 8 && ones ? out.toString('latin1', 0, length) : undefined;
}
