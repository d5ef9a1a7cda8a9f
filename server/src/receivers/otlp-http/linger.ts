import type { IncomingMessage, ServerResponse } from 'node:http';

/** A body just over the default limit (64 MiB) and half as much again: such a sender must learn that it was too large. */
const MOST_BYTES = 96 * 1024 ** 2;
const MOST_MS = 2_000;

/**
 * After an early answer: reads and drops what the sender is still writing, so that it gets to see the answer (closing with
 * unread bytes makes the kernel reset the connection, and the answer with it). A body that ends soon leaves the connection
 * usable; one that does not is cut off.
 */
export function linger(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  // Node closes right behind the answer when the sender asked for that; here the rest of the body comes first.
  const lastOne = !response.shouldKeepAlive;
  response.shouldKeepAlive = true;
  let bytes = 0;
  const cut = () => {
    clearTimeout(timer);
    request.socket.destroy();
  };
  const timer = setTimeout(cut, MOST_MS);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) cut();
  });
  request.on('close', () => clearTimeout(timer));
  request.on('end', () => {
    clearTimeout(timer);
    if (lastOne) request.socket.end();
  });
  request.resume();
}
