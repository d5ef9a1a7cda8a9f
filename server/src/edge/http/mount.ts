import { askedOf } from '@hanok/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Clock,
  type ConnectionGuard,
  type Counter,
  type HanokError,
  isHanokError,
  type Log,
  type Meter,
  must,
  type Route,
  type StreamAnswer,
} from '#base';
import { type AuditLog, homeOf } from '#control';
import { CONTROL_AWAY, type OpenRequests } from '../auth/open-requests.ts';
import type { Identity, PrincipalAuth } from '../auth/principal-auth.ts';
import { fail } from '../errors.ts';
import { errorBody, sendError, sendJson, toHanokError } from './answer.ts';
import { readInput } from './input.ts';
import { readWords } from './read-note.ts';
import { inputShape } from './schema-shape.ts';
import { writeStream } from './stream.ts';

export interface MountDeps {
  readonly guard: ConnectionGuard;
  readonly auth: PrincipalAuth;
  readonly open: OpenRequests;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Routes that write their audit rows themselves. */
  readonly selfAudited: ReadonlySet<Route>;
  readonly timeBudgetMs: number;
  readonly heartbeatMs: number;
  readonly streamsPerTenant: number;
  /** Validates what handlers answer; for tests, because it walks every answer. */
  readonly checkAnswers: boolean;
}

/** The reason of a signal whose client has gone. */
const GONE = Symbol('the client has gone');

/** How often an open stream is noted as being read; the log folds them. */
const NOTE_MS = 60_000;
/** How long a change may go on after its right is gone. */
const SPARED_MS = 500;

/** Tells a listener that its right is gone, or cannot be looked up. When the instance closes it is not told, and comes again. */
function lastEvent(reason: unknown): string | undefined {
  if (!isHanokError(reason) || (reason.code !== 'edge.session-ended' && reason.code !== CONTROL_AWAY)) return undefined;
  return `event: ended\ndata: ${JSON.stringify({ code: reason.code, reason: reason.reason })}\n\n`;
}

/** The handler's answer; or the signal's reason, for handlers that do not heed their signal. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  // Whichever loses, nobody waits for it any more.
  work.catch(() => undefined);
  aborted.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const isStream = (answer: unknown): answer is StreamAnswer =>
  typeof answer === 'object' && answer !== null && 'chunks' in answer && 'contentType' in answer;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Puts `Route` data on the server: who may, what they sent, how long it may take, what goes back. */
export class Mount {
  readonly #deps: MountDeps;
  readonly #streams = new Map<string, number>();
  readonly #identities = new WeakMap<FastifyRequest, { readonly identity: Identity; readonly heard: number }>();
  readonly #ended: Counter;
  readonly #underWay = new Set<AbortController>();

  constructor(deps: MountDeps) {
    this.#deps = deps;
    this.#ended = deps.meter.counter(
      'hanok_edge_ended_requests',
      'Requests and streams ended because the right they were opened with was gone',
    );
  }

  add(server: FastifyInstance, route: Route): void {
    const { auth, meter } = this.#deps;
    const { endpoint } = route;
    const shape = inputShape(endpoint.input);
    const labels = { route: route.id };
    const seconds = meter.counter('hanok_edge_request_seconds', 'Time spent on API requests', labels);
    const outcomes = new Map<string, Counter>();
    const count = (status: number) => {
      const name = `${Math.floor(status / 100)}xx`;
      let counter = outcomes.get(name);
      if (!counter) {
        counter = meter.counter('hanok_edge_requests', 'API requests answered', { ...labels, status: name });
        outcomes.set(name, counter);
      }
      counter.add(1);
    };

    server.route({
      method: route.method,
      url: route.path,
      // Before the body is read: a body of somebody who may not is not read at all.
      onRequest: async (request, reply) => {
        const { heard } = this.#deps.open;
        const asked = {
          permission: endpoint.permission,
          method: route.method,
          path: route.path,
          target: request.url.split('?', 1)[0]!,
          stream: endpoint.output === 'stream',
          remote: request.ip,
          requestId: request.id,
          query: record(request.query),
        };
        const identity = await auth.admit(request.raw, asked).catch((error: unknown) => {
          // Somebody who was given a second one elsewhere could neither sign in nor out.
          if (isHanokError(error) && error.code === 'edge.repeated-session')
            reply.header('set-cookie', auth.sessionEndings(request.raw));
          throw error;
        });
        if (!identity) return;
        this.#identities.set(request, { identity, heard });
        this.#deps.guard.of(request.raw.socket)?.prove();
      },
      onResponse: async (_request, reply) => {
        count(reply.statusCode);
        seconds.add(reply.elapsedTime / 1_000);
      },
      handler: async (request, reply) => {
        const query = { ...record(request.query) };
        // Read already, by `auth`.
        if (endpoint.output === 'stream' && !shape.fields?.has('tenant')) delete query['tenant'];
        const input = readInput(endpoint.input, shape, { path: record(request.params), query, body: request.body });
        return this.#handle(route, input, request, reply);
      },
    });
  }

  /** Cancels what is under way and ends all streams. */
  close(): void {
    const reason = fail('edge.closing', 'Hanok is closing');
    for (const ending of this.#underWay) ending.abort(reason);
  }

  async #handle(route: Route, input: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { log, timeBudgetMs, checkAnswers, open } = this.#deps;
    const admitted = this.#identities.get(request);
    const identity = admitted?.identity;
    // One controller per request, aborted with the reason: no signal outlives its request.
    const ending = new AbortController();
    const { signal } = ending;
    this.#underWay.add(ending);
    const onClose = () => ending.abort(GONE);
    reply.raw.once('close', onClose);
    const timer = setTimeout(
      () => ending.abort(fail('edge.timeout', `the request took longer than ${timeBudgetMs / 1_000} s`)),
      timeBudgetMs,
    );
    let sparing: NodeJS.Timeout | undefined;
    const end = (error: HanokError) => {
      const abort = () => {
        this.#ended.add(1);
        ending.abort(error);
      };
      // A change under way may be the very one that ended the session it came with: it is let finish for a moment.
      if (route.endpoint.audit === undefined) abort();
      else sparing = setTimeout(abort, SPARED_MS);
    };
    let leave = () => {};
    // As the endpoint's permission promises a handler; `Route.handle` says that whoever calls it has checked.
    const context = {
      input,
      ...(identity ? { principal: identity.principal } : {}),
      ...(identity?.caller ? { caller: identity.caller, granted: identity.inForce?.right.permissions } : {}),
      requestId: request.id,
      remote: request.ip,
      signal,
      raw: { request: request.raw, response: reply.raw },
      setHeader: (name: string, value: string) => {
        reply.header(name, value);
      },
    };

    try {
      if (admitted) leave = await open.enter({ ...admitted.identity, end }, admitted.heard);
      const noteRead = this.#readerOf(route, input, identity, request);
      await noteRead?.();
      const answer = await unlessAborted(signal, route.handle(context as never));
      clearTimeout(timer);
      if (isStream(answer)) {
        must(route.endpoint.output === 'stream', `${route.path} is declared as a stream`);
        await this.#stream(answer, identity, ending, noteRead, request, reply);
        return reply;
      }
      if (checkAnswers && route.endpoint.output !== 'stream') {
        const checked = route.endpoint.output.safeParse(answer);
        must(checked.success, `${route.path} answers as declared: ${checked.error?.message}`);
      }
      await this.#audit(route, identity, request, 'ok');
      return await sendJson(request, reply, answer);
    } catch (thrown) {
      // The client has gone: there is nobody to answer, and it is no fault of ours.
      if (signal.reason === GONE) {
        reply.hijack();
        reply.raw.destroy();
        return reply;
      }
      const error = toHanokError(signal.aborted ? signal.reason : thrown, log, request.id);
      if (error.kind === 'caller')
        await this.#audit(route, identity, request, error.status === 403 ? 'denied' : 'failed', error);
      return await sendError(reply, error, request.id);
    } finally {
      leave();
      clearTimeout(timer);
      clearTimeout(sparing);
      reply.raw.off('close', onClose);
      this.#underWay.delete(ending);
    }
  }

  async #stream(
    answer: StreamAnswer,
    identity: Identity | undefined,
    ending: AbortController,
    noteRead: (() => Promise<void>) | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { signal } = ending;
    const { heartbeatMs, streamsPerTenant, log, meter } = this.#deps;
    const owner = identity?.caller?.tenant ?? identity?.principal.id ?? request.ip;
    const open = this.#streams.get(owner) ?? 0;
    if (open >= streamsPerTenant) throw fail('edge.too-many-streams', `${open} streams are open`, { retryAfter: 10 });
    const gauge = meter.gauge('hanok_edge_streams', 'Streams open now');
    this.#streams.set(owner, open + 1);
    gauge.set(gauge.value + 1);
    // A stream that is read for hours is told of in every quarter of them.
    const noting = noteRead && setInterval(() => noteRead().catch((error: unknown) => ending.abort(error)), NOTE_MS);
    try {
      await writeStream(reply.raw, answer, {
        head: () => {
          const headers = reply.getHeaders();
          reply.hijack();
          for (const [name, value] of Object.entries(headers))
            if (value !== undefined) reply.raw.setHeader(name, value);
          reply.raw.writeHead(200, {
            ...answer.headers,
            'content-type': answer.contentType,
            'cache-control': 'no-store',
            // nginx would gather the events otherwise.
            'x-accel-buffering': 'no',
          });
        },
        heartbeatMs,
        signal,
        lastEvent: () => lastEvent(signal.reason),
        onError: (thrown) => {
          const error = toHanokError(thrown, log, request.id);
          return answer.contentType.startsWith('text/event-stream')
            ? `event: error\ndata: ${JSON.stringify(errorBody(error, request.id))}\n\n`
            : undefined;
        },
      });
    } finally {
      clearInterval(noting);
      const left = (this.#streams.get(owner) ?? 1) - 1;
      if (left > 0) this.#streams.set(owner, left);
      else this.#streams.delete(owner);
      gauge.set(gauge.value - 1);
    }
  }

  /** What tells the audit log that an operator reads a tenant's data; undefined when nobody or nothing of the kind does. */
  #readerOf(
    route: Route,
    input: unknown,
    identity: Identity | undefined,
    request: FastifyRequest,
  ): (() => Promise<void>) | undefined {
    const { audit } = this.#deps;
    const inForce = identity?.inForce;
    // A right that ends by itself is an operator's, to whom the tenant's data is open for a while.
    if (inForce?.right.until === undefined || !identity?.caller) return undefined;
    if (route.endpoint.audit !== undefined) return undefined;
    const { tenant } = inForce;
    const { asked, ...words } = readWords(route, input);
    const actor = { name: identity.principal.name, tenant: null, remote: request.ip, requestId: request.id };
    return () => audit.read({ entry: { actor, ...words, tenant, outcome: 'ok' }, asked });
  }

  async #audit(
    route: Route,
    identity: Identity | undefined,
    request: FastifyRequest,
    outcome: 'ok' | 'denied' | 'failed',
    error?: HanokError,
  ): Promise<void> {
    if (route.endpoint.audit === undefined) return;
    const { audit, selfAudited } = this.#deps;
    const entry = {
      actor: {
        name: identity?.principal.name ?? 'anonymous',
        tenant: identity?.caller?.tenant ?? (identity && homeOf(identity.rights)) ?? null,
        remote: request.ip,
        requestId: request.id,
      },
      action: route.endpoint.audit,
      // What it was done to, as far as the path tells.
      target: Object.values(record(request.params)).join('/') || route.path,
      outcome,
      ...(error ? { detail: { code: error.code } } : {}),
    };
    if (outcome !== 'ok') {
      // Failed logins are told by `control`, which knows whose they are.
      if (!(selfAudited.has(route) && askedOf(route.endpoint.permission) === 'public')) audit.denied(entry);
    } else if (!selfAudited.has(route)) await audit.append(entry);
  }
}

/** For hooks and handlers outside the table: any error becomes the one shape. */
export function errorHandler(log: Log) {
  return async (thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const error = isHanokError(thrown) && thrown.kind !== 'bug' ? thrown : toHanokError(thrown, log, request.id);
    return sendError(reply, error, request.id);
  };
}
