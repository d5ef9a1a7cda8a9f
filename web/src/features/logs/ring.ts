/** The newest `capacity` rows of a live tail, newest first, without shifting an array for each row. */
export class Ring<T> {
  readonly #slots: Array<T | undefined>;
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#slots = new Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  push(rows: readonly T[]): void {
    for (const row of rows) {
      this.#slots[this.#next] = row;
      this.#next = (this.#next + 1) % this.#slots.length;
      if (this.#size < this.#slots.length) this.#size++;
    }
  }

  newestFirst(): T[] {
    const rows: T[] = [];
    for (let i = 1; i <= this.#size; i++)
      rows.push(this.#slots[(this.#next - i + this.#slots.length) % this.#slots.length]!);
    return rows;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#next = 0;
    this.#size = 0;
  }
}
