/**
 * The control for a flood: takes the same requests over the same protocols, reads them, and refuses every one. What
 * others suffer beside it is the flood's own doing (its process, its sockets), not that of the instance.
 */
import { createServer } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';

setPriority(19);
const http = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(429, { 'retry-after': '1' }).end());
});
const grpc = createServer2();
grpc.on('stream', (stream) => {
  stream.on('error', () => {});
  stream.resume();
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '8' }, { endStream: true });
});
http.listen(0, '127.0.0.1', () =>
  grpc.listen(0, '127.0.0.1', () =>
    process.send!({ http: (http.address() as AddressInfo).port, grpc: (grpc.address() as AddressInfo).port }),
  ),
);
process.on('disconnect', () => process.exit(0));
