/** One attacker on a thread of its own: floods, and comes again as soon as its connection ends. */
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { callHeaders, FLOODS, HELLO } from './floods.ts';

export interface FloodOrder {
  readonly flood: string;
  readonly port: number;
  readonly key: string | undefined;
  /** Address the attacker comes from; any of 127.0.0.0/8 on Linux. */
  readonly from: string;
  readonly connections: number;
}

export interface FloodCount {
  readonly connections: number;
  readonly bytes: number;
}

const order = workerData as FloodOrder;
const flood = FLOODS.find(({ name }) => name === order.flood);
if (!flood) throw new Error(`no flood called ${order.flood}`);
const headers = callHeaders(order.key);
const count = { connections: 0, bytes: 0 };
const sockets = new Set<Socket>();
let stopped = false;

/** A refused connection is tried again after this, as an impatient attacker would. */
const AGAIN_MS = 5;

function attack(): void {
  if (stopped || !flood) return;
  const { opening, next } = flood.open(headers);
  const socket = connect({ port: order.port, host: '127.0.0.1', localAddress: order.from });
  if (flood.reads) socket.resume();
  else socket.pause();
  const send = () => {
    while (!socket.destroyed && !stopped) {
      const piece = next();
      count.bytes += piece.length;
      if (!socket.write(piece)) return;
    }
  };
  socket.on('error', () => {});
  socket.on('drain', send);
  socket.on('connect', () => {
    count.connections += 1;
    socket.write(Buffer.concat([HELLO, opening]));
    send();
  });
  socket.on('close', () => {
    sockets.delete(socket);
    setTimeout(attack, AGAIN_MS);
  });
  sockets.add(socket);
}

for (let i = 0; i < order.connections; i++) attack();
parentPort?.once('message', () => {
  stopped = true;
  for (const socket of sockets) socket.destroy();
  parentPort?.postMessage(count satisfies FloodCount);
  parentPort?.unref();
});
