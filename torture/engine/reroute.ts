/**
 * Loaded into the program with `--import`, before anything else: what is sent to an engine's socket goes to the proxy
 * beside it (`proxy.ts`), which passes it on or spoils it. The product knows nothing of it.
 */
import { Socket } from 'node:net';

export const ENGINE_SOCKET = 'engine.sock';
export const PROXY_SOCKET = 'proxy.sock';

type Connect = (this: Socket, ...args: unknown[]) => Socket;

if (process.argv[1]?.endsWith('cli.ts')) {
  const connect = Socket.prototype.connect as Connect;
  Socket.prototype.connect = function rerouted(this: Socket, ...args: unknown[]) {
    // Node's own callers pass their arguments as one list, others as they come.
    const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
    if (typeof first === 'object' && first !== null && 'path' in first && typeof first.path === 'string')
      if (first.path.endsWith(`/${ENGINE_SOCKET}`))
        first.path = first.path.slice(0, -ENGINE_SOCKET.length) + PROXY_SOCKET;
    return connect.apply(this, args);
  } as typeof Socket.prototype.connect;
}
