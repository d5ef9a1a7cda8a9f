/** Stands between the program and an engine: passes bytes on as they are, or spoils the answers in a chosen way. */
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { ENGINE_SOCKET, PROXY_SOCKET } from './reroute.ts';

export const SPOILS = [
  /** The connection ends in the middle of the answer. */
  'cut',
  /** More bytes announced than come. */
  'short',
  /** Half of the body, and neither a length nor chunks to tell that it is half. */
  'half',
  /** No HTTP at all. */
  'noise',
  /** A byte now and then, without end. */
  'slow',
  /** Status 200, some of the body, then the text of an exception. */
  'exception',
  /** Closed without an answer. */
  'close',
  /** Never an answer. */
  'mute',
  /** Success, although nobody asked the engine. */
  'lie',
] as const;
export type Spoil = (typeof SPOILS)[number];

const DRIP_MS = 100;

export class EngineProxy {
  readonly #path: string;
  readonly #engine: string;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #spoil: Spoil | undefined;

  private constructor(engineDir: string) {
    this.#path = join(engineDir, PROXY_SOCKET);
    this.#engine = join(engineDir, ENGINE_SOCKET);
    this.#server = createServer((client) => this.#serve(client));
  }

  static async open(engineDir: string): Promise<EngineProxy> {
    const proxy = new EngineProxy(engineDir);
    rmSync(proxy.#path, { force: true });
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.#path, resolve));
    return proxy;
  }

  /** Answers under way are spoiled too. */
  break(spoil: Spoil): void {
    this.#spoil = spoil;
  }

  mend(): void {
    this.#spoil = undefined;
  }

  close(): void {
    this.#server.close();
    for (const client of this.#clients) client.destroy();
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    const engine = createConnection(this.#engine);
    let spoiled = false;
    const end = () => {
      this.#clients.delete(client);
      client.destroy();
      engine.destroy();
    };
    for (const side of [client, engine]) side.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      if (this.#spoil === 'mute') return;
      if (this.#spoil === 'lie') client.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else if (!engine.write(bytes)) {
        client.pause();
        engine.once('drain', () => client.resume());
      }
    });
    engine.on('data', (bytes) => {
      if (spoiled) return;
      if (this.#spoil === undefined) {
        if (client.write(bytes)) return;
        engine.pause();
        client.once('drain', () => engine.resume());
        return;
      }
      spoiled = true;
      spoilAnswer(this.#spoil, client, bytes);
    });
  }
}

function spoilAnswer(spoil: Spoil, client: Socket, bytes: Buffer): void {
  const text = bytes.toString('latin1');
  const split = text.indexOf('\r\n\r\n') + 4;
  const [head, body] = split < 4 ? ['HTTP/1.1 200 OK\r\n\r\n', text] : [text.slice(0, split), text.slice(split)];
  const send = (answer: string) => client.end(Buffer.from(answer, 'latin1'));
  const half = body.slice(0, body.length >> 1);
  switch (spoil) {
    case 'cut':
      return void send(text.slice(0, Math.max(1, text.length >> 1)));
    case 'short':
      return void send(head.replace(/content-length: (\d+)/i, (_, n) => `content-length: ${Number(n) + 1_000}`) + body);
    case 'half':
      return void send(head.replace(/(?:content-length|transfer-encoding|connection|keep-alive): .*\r\n/gi, '') + half);
    case 'exception': {
      const answer = `${half}\nCode: 49. DB::Exception: Logical error: in the middle of it (LOGICAL_ERROR)\n`;
      return void send(head.replace(/content-length: \d+/i, `content-length: ${answer.length}`) + answer);
    }
    case 'noise':
      return void client.end(Buffer.from(bytes.map((byte, i) => byte ^ (0x80 | i))));
    case 'slow': {
      let at = 0;
      const drip = setInterval(() => {
        if (client.destroyed) clearInterval(drip);
        else client.write(bytes.subarray(at, ++at));
      }, DRIP_MS);
      return;
    }
    default:
      client.destroy();
  }
}
