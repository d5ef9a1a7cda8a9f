import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Signal } from '@hanok/contract';
import { SIGNALS } from '@hanok/contract';
import { request } from './generate.ts';
import { mutate } from './mutate.ts';
import { encode, json, decode as peerDecode } from './peer.ts';
import { Random } from './random.ts';

export type Encoding = 'protobuf' | 'json';
export const CODINGS = ['gzip', 'deflate', 'zstd'] as const;

export interface FuzzInput {
  readonly signal: Signal;
  readonly encoding: Encoding;
  /** The body is compressed so, and was injured after. */
  readonly coding: (typeof CODINGS)[number] | undefined;
  readonly bytes: Buffer;
}

/** Valid messages to injure: per signal and encoding. */
const CORPUS = 96;
/** Small ones are quick to judge; injuries in large ones mostly repeat what small ones show. */
const MOST_BYTES = 1_500;
const LARGE_EVERY = 12;
/** One in so many bodies is injured in its compressed form. */
const COMPRESSED_SHARE = 0.1;

const SQUEEZE: Readonly<Record<(typeof CODINGS)[number], (bytes: Uint8Array, random: Random) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  // Some senders leave zlib's header out.
  deflate: (bytes, random) => (random.chance(0.5) ? deflateSync(bytes) : deflateRawSync(bytes)),
  zstd: (bytes) => zstdCompressSync(bytes),
};

/** Makes input `n` of a seed, the same every time and without making those before it. */
export class FuzzInputs {
  readonly #seed: number;
  readonly #corpus: Readonly<Record<Signal, Readonly<Record<Encoding, readonly Buffer[]>>>>;

  constructor(seed: number) {
    this.#seed = seed;
    const corpusOf = (signal: Signal) => {
      const protobuf: Buffer[] = [];
      for (let i = 1; protobuf.length < CORPUS; i++) {
        const bytes = Buffer.from(encode(signal, request(signal, new Random(seed * 7_919 + i))));
        const large = protobuf.length % LARGE_EVERY === 0;
        if (bytes.length > 20 && (large || bytes.length < MOST_BYTES)) protobuf.push(bytes);
      }
      const texts = protobuf.map((bytes, i) => {
        const random = new Random(seed + i);
        return Buffer.from(json(peerDecode(signal, bytes), () => random.chance(0.5)));
      });
      return { protobuf, json: texts };
    };
    this.#corpus = { logs: corpusOf('logs'), traces: corpusOf('traces'), metrics: corpusOf('metrics') };
  }

  make(n: number): FuzzInput {
    const random = new Random(Math.imul(this.#seed, 1_000_003) + n);
    const signal = SIGNALS[n % SIGNALS.length]!;
    const encoding = random.chance(0.5) ? 'protobuf' : 'json';
    const corpus = this.#corpus[signal][encoding];
    const one = random.pick(corpus);
    const other = random.pick(corpus);
    if (!random.chance(COMPRESSED_SHARE))
      return { signal, encoding, coding: undefined, bytes: mutate(one, other, random) };
    const coding = random.pick(CODINGS);
    const bytes = mutate(SQUEEZE[coding](one, random), SQUEEZE[coding](other, random), random);
    return { signal, encoding, coding, bytes };
  }
}
