import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

interface StaticFile {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
}

interface Entry {
  readonly type: string;
  /** Its name carries a hash of its content. */
  readonly immutable: boolean;
  readonly plain: StaticFile;
  readonly encoded: ReadonlyMap<'br' | 'gzip', StaticFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Hanok</title>
<body style="font: 16px/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Hanok is running, its user interface is not built</h1>
<p>Build it with <code>npm run build</code> and load this page again. The API answers already:
<a href="/api/v1/openapi.json">its description</a>.</p>
`;

function file(path: string): StaticFile {
  const { size, mtimeMs } = statSync(path);
  return { path, size, etag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"` };
}

function scan(folder: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const path = join(item.parentPath, item.name);
    const type = TYPES[extname(item.name)];
    if (type === undefined) continue;
    const encoded = new Map<'br' | 'gzip', StaticFile>();
    for (const [name, ending] of ENCODINGS) if (existsSync(path + ending)) encoded.set(name, file(path + ending));
    const url = `/${relative(folder, path).split(sep).map(encodeURIComponent).join('/')}`;
    entries.set(url, { type, immutable: url.startsWith('/assets/'), plain: file(path), encoded });
  }
  return entries;
}

/**
 * The built user interface. Only files found when the folder was read are served, by exact path, so there is no path
 * to climb out by. Any other path gets the page itself, whose router knows what it means.
 */
export class StaticFiles {
  readonly #folder: string | undefined;
  #entries = new Map<string, Entry>();

  constructor(folder: string | undefined) {
    this.#folder = folder;
    this.#read();
  }

  #read(): void {
    if (this.#folder !== undefined && existsSync(join(this.#folder, 'index.html'))) this.#entries = scan(this.#folder);
  }

  send(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    // Built after the program started.
    if (!this.#entries.has('/index.html')) this.#read();
    const path = request.url.split('?', 1)[0]!;
    const found = this.#entries.get(path);
    // A missing script must not be answered with a page: browsers and caches would keep it.
    if (!found && path.startsWith('/assets/'))
      return reply.code(404).header('content-type', 'text/plain').send('not found\n');
    const entry = found ?? this.#entries.get('/index.html');
    if (!entry) {
      return reply
        .code(path === '/' ? 200 : 404)
        .header('content-type', TYPES['.html']!)
        .header('cache-control', 'no-store')
        .send(NOT_BUILT);
    }
    const accepted = request.headers['accept-encoding'] ?? '';
    const coding = ENCODINGS.map(([name]) => name).find(
      (name) => entry.encoded.has(name) && new RegExp(`\\b${name}\\b`).test(accepted),
    );
    const chosen = coding ? entry.encoded.get(coding)! : entry.plain;
    reply
      .header('content-type', entry.type)
      .header('etag', chosen.etag)
      .header('vary', 'accept-encoding')
      .header('cache-control', entry.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (request.headers['if-none-match'] === chosen.etag) return reply.code(304).send();
    if (coding) reply.header('content-encoding', coding);
    reply.header('content-length', chosen.size);
    if (request.method === 'HEAD') return reply.send();
    return reply.send(createReadStream(chosen.path));
  }
}
