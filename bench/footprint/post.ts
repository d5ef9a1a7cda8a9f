/** Sends ready bodies over a few connections, waiting where the server asks for it. */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const gzipAsync = promisify(gzip);

export interface Post {
  readonly key: string;
  readonly path: '/v1/logs' | '/v1/traces' | '/v1/metrics';
  /** Not compressed. */
  readonly body: Uint8Array;
}

export interface Posted {
  readonly requests: number;
  readonly seconds: number;
  /** Answers 429 and 503, each followed by another try. */
  readonly waits: number;
}

const CONNECTIONS = 8;

/** Bodies go out with gzip at its fastest level; resolves when the last is acknowledged. */
export async function post(url: string, posts: Iterable<Post>, connections = CONNECTIONS): Promise<Posted> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const began = performance.now();
  const queue = posts[Symbol.iterator]();
  let [requests, waits] = [0, 0];
  const work = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const body = await gzipAsync(next.value.body, { level: 1 });
      for (;;) {
        const { status, retryAfter } = await one(agent, url + next.value.path, next.value.key, body);
        if (status === 200) break;
        if (status !== 429 && status !== 503) throw new Error(`${next.value.path} answered ${status}`);
        waits++;
        await sleep(Math.max(20, retryAfter * 1_000));
      }
      requests++;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    agent.destroy();
  }
  return { requests, waits, seconds: (performance.now() - began) / 1_000 };
}

function one(
  agent: Agent,
  url: string,
  key: string,
  body: Uint8Array,
): Promise<{ status: number; retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'content-length': body.byteLength,
    };
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: Number(response.headers['retry-after'] ?? 0) }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
