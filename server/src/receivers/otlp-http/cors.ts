import type { IncomingMessage, ServerResponse } from 'node:http';

/** Cross-origin rules for pages that export telemetry themselves. Nothing is allowed unless configured. */
export class Cors {
  readonly #any: boolean;
  readonly #origins: ReadonlySet<string>;

  /** @param origins as configured: separated by commas, `*` for any, empty for none. */
  constructor(origins: string) {
    const list = origins
      .split(',')
      .map((one) => one.trim().replace(/\/$/, ''))
      .filter((one) => one !== '');
    this.#any = list.includes('*');
    this.#origins = new Set(list);
  }

  /** Adds what a browser needs to read any answer, also an error. */
  mark(request: IncomingMessage, response: ServerResponse): boolean {
    const { origin } = request.headers;
    if (origin === undefined || !(this.#any || this.#origins.has(origin))) return false;
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', 'retry-after');
    response.setHeader('vary', 'origin');
    return true;
  }

  /** Call after `mark` said yes. */
  answerPreflight(response: ServerResponse): void {
    response.writeHead(204, {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers':
        'authorization, content-type, content-encoding, x-hanok-key, x-oneuptime-token, signoz-ingestion-key, x-business-id',
      'access-control-max-age': '7200',
    });
    response.end();
  }
}
