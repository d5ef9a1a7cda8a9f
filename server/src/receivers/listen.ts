import type { AddressInfo, Server } from 'node:net';
import { fail } from './errors.ts';

/** Resolves with the port. Rejects with `receivers.port` when the address cannot be had. */
export function listen(server: Server, port: number, bind: string, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) =>
      reject(fail('receivers.port', `${what} cannot listen on ${bind}:${port}: ${cause.message}`, { cause }));
    server.once('error', onError);
    server.listen(port, bind, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
