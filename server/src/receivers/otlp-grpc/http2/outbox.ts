import type { Socket } from 'node:net';

/** Unread answers; whoever lets more pile up does not read. */
const MAX_BACKLOG_BYTES = 1024 ** 2;

/** Collects what is sent in one turn of the loop, so that it leaves in one write. */
export class Outbox {
  readonly #socket: Socket;
  #frames: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  push(frame: Buffer): void {
    this.#frames.push(frame);
    if (this.#frames.length === 1) process.nextTick(() => this.flush());
  }

  flush(): void {
    const [first] = this.#frames;
    if (!first || !this.#socket.writable) return;
    const bytes = this.#frames.length === 1 ? first : Buffer.concat(this.#frames);
    this.#frames = [];
    this.#socket.write(bytes);
    if (this.#socket.writableLength > MAX_BACKLOG_BYTES) this.#socket.destroy();
  }
}
