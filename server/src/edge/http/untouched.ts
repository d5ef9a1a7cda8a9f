import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections on which no request ever began: browsers open them ahead of need. Node does not count them as idle, so
 * closing the server would wait for them.
 */
export function trackUntouched(server: Server): { destroyAll(): void } {
  const untouched = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    untouched.add(socket);
    socket.once('close', () => untouched.delete(socket));
  });
  server.on('request', ({ socket }) => untouched.delete(socket));
  return {
    destroyAll() {
      for (const socket of untouched) if (socket.bytesRead === 0) socket.destroy();
    },
  };
}
