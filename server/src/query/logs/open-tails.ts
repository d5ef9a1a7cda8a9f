/**
 * The event loop's time that live tails take together, shared out by the second: whoever looks at a stream that never
 * ends must not keep others from being answered. A tail that has used its share waits for the next second; what
 * its queue cannot hold meanwhile is told to it as unseen.
 */
export class TailTime {
  readonly #msPerSecond: number;
  #open = 0;

  /** @param share of the event loop's time, 0 to 1 */
  constructor(share: number) {
    this.#msPerSecond = share * 1_000;
  }

  /** Until the returned function is called, once, a tail is open. */
  enter(): () => void {
    this.#open++;
    return () => {
      this.#open--;
    };
  }

  /** Milliseconds a second for each open tail. */
  get share(): number {
    return this.#msPerSecond / Math.max(1, this.#open);
  }
}
