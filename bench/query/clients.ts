/** The two sides of a question: the public API and the engine's own socket. Time runs until the answer's last byte. */
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Answered {
  readonly ms: number;
  readonly bytes: Buffer;
}

export interface ApiQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

export interface Statement {
  readonly sql: string;
  /** Beside what the API's own statements are given. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export type Api = (question: ApiQuestion) => Promise<Answered>;
export type Engine = (statement: Statement) => Promise<Answered>;

export const keepAlive = (): Agent => new Agent({ keepAlive: true, maxSockets: 4 });

async function collect(response: IncomingMessage, what: string, started: number): Promise<Answered> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const answered = { ms: performance.now() - started, bytes: Buffer.concat(chunks) };
  if (response.statusCode !== 200)
    throw new Error(`${what}: ${response.statusCode} ${answered.bytes.toString().slice(0, 1_000)}`);
  return answered;
}

export function throughApi(url: string, token: string, agent: Agent): Api {
  const { hostname, port } = new URL(url);
  return ({ method, path, body }) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const started = performance.now();
      const asked = request(
        {
          ...{ agent, hostname, port, method, path },
          headers: {
            authorization: `Bearer ${token}`,
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (response) => collect(response, `${method} ${path}`, started).then(resolve, reject),
      );
      asked.on('error', reject);
      asked.end(text);
    });
}

/** Rows come as JSONEachRow: names beside values, as the API's answers have them. */
export function toEngine(socketPath: string, agent: Agent, settings: Statement['settings'] = {}): Engine {
  return (statement) =>
    new Promise((resolve, reject) => {
      const search = new URLSearchParams({ default_format: 'JSONEachRow', wait_end_of_query: '1' });
      for (const [name, value] of Object.entries({ ...settings, ...statement.settings }))
        search.set(name, String(value));
      const started = performance.now();
      const asked = request({ agent, socketPath, path: `/?${search}`, method: 'POST' }, (response) =>
        collect(response, statement.sql, started).then(resolve, reject),
      );
      asked.on('error', reject);
      asked.end(statement.sql);
    });
}

/** Rows of a small answer. */
export async function rowsOf(engine: Engine, sql: string): Promise<Record<string, string>[]> {
  const { bytes } = await engine({ sql });
  return bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string>);
}
