/** A small deterministic generator (sfc32): the same seed gives the same data on every machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Streams with different `stream` numbers are independent of one another. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** From 0 inclusive to 1 exclusive. */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  /** Integer from 0 to `most - 1`. */
  below(most: number): number {
    return Math.floor(this.unit() * most);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Around `median`, with a long tail, as latencies are. */
  skewed(median: number, spread = 0.5): number {
    const normal = this.unit() + this.unit() + this.unit() + this.unit() - 2;
    return median * Math.exp(normal * spread * Math.sqrt(3));
  }
}
