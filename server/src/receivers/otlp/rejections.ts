/** Beyond `maxRecords`. */
export const TOO_MANY_RECORDS = 'more records than one request may have; send smaller batches';

/** Records that were not stored, by reason; becomes the partial success message. */
export class Rejections {
  count = 0;
  readonly #reasons = new Map<string, number>();

  clear(): void {
    if (this.count === 0) return;
    this.count = 0;
    this.#reasons.clear();
  }

  /** `reason` is one of few fixed texts. */
  add(reason: string): void {
    this.count++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** English, empty when nothing was rejected. */
  message(): string {
    return [...this.#reasons].map(([reason, count]) => `${count} rejected: ${reason}`).join('; ');
  }
}
