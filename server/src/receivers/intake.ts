import type { Signal, TenantId } from '@hanok/contract';
import {
  type Admission,
  type Caller,
  type Clock,
  type ConnectionRefusals,
  type Counter,
  HanokError,
  type IngestReport,
  isHanokError,
  type Sink,
} from '#base';
import type { Partial } from './answers/export-response.ts';
import { CostEstimate } from './cost-estimate.ts';
import type { Authorisation, HeaderGetter, ReceiversDeps, RetentionDays } from './deps.ts';
import { fail } from './errors.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { Encoding } from './workers/decoder.ts';
import type { Coding } from './workers/inflate.ts';
import type { DecodePool, Decoding } from './workers/pool.ts';

/** A request whose headers have arrived, in words common to all protocols. */
export interface RequestHead {
  readonly protocol: IngestReport['protocol'];
  readonly signal: Signal | null;
  readonly remote: string;
  readonly header: HeaderGetter;
}

/** A complete body. The bytes own their buffer and are given away with the call of `store`. */
export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly encoding: Encoding;
  readonly coding: Coding;
  /** Monotonic milliseconds after which nobody waits for the answer. */
  readonly deadline?: number;
}

export interface IntakeConfig {
  readonly bodyMemoryBytes: number;
}

/**
 * The order every protocol keeps: `authorise` → `admit` → read the body within `hold` → `store` → answer. What each of
 * these throws the front end hands to `refuse`, which gives back the error to answer; an admitted request ends with exactly one of
 * `store` resolving, `refuse`, or `leave`.
 */
export class Intake {
  readonly #deps: ReceiversDeps;
  readonly #pool: DecodePool;
  readonly #memory: MemoryBudget;
  readonly #estimate = new CostEstimate();
  readonly #tallies = new Map<string, Tally>();
  readonly #refusals = new Map<string, Counter>();
  readonly #marks = new Map<string, Counter>();
  readonly #open = new Set<AdmittedRequest>();
  #closing = false;

  constructor(config: IntakeConfig, deps: ReceiversDeps, pool: DecodePool) {
    this.#deps = deps;
    this.#pool = pool;
    this.#memory = new MemoryBudget(config.bodyMemoryBytes);
  }

  get clock(): Clock {
    return this.#deps.clock;
  }

  /** Requests admitted and not yet answered. */
  get open(): number {
    return this.#open.size;
  }

  get heldBytes(): number {
    return this.#memory.used;
  }

  /** From now on nobody is admitted; those inside may finish. */
  beginClosing(): void {
    this.#closing = true;
  }

  /** A promise for a credential that has to be verified first; throws or rejects when it is not good. */
  authorise(head: RequestHead): Sender | Promise<Sender> {
    const authorisation = this.#deps.authorize(head.header, head.remote);
    return authorisation instanceof Promise ? authorisation.then(senderOf) : senderOf(authorisation);
  }

  /** @param wireBytes of the body when the sender said so. Nothing of the body has been read yet. */
  admit(
    head: RequestHead,
    signal: Signal,
    sender: Sender,
    coding: Coding,
    wireBytes: number | undefined,
  ): AdmittedRequest {
    const { caller } = sender;
    if (this.#closing) throw fail('receivers.closing', 'Hanok is closing');
    const sink = this.#deps.sinkFor(caller);
    const admission = sink.canAccept();
    if (!admission.open) throw refusal(admission, 'world', 503);
    const guess = this.#estimate.guess(caller.tenant, signal, wireBytes, coding !== 'identity');
    const bucket = this.#deps.spend(caller, guess.records, guess.bytes);
    if (!bucket.open) throw refusal(bucket, 'caller', 429);

    const { clock } = this.#deps;
    let held = 0;
    const hold = (bytes: number) => {
      if (bytes <= held) return;
      if (!this.#memory.take(caller.tenant, bytes - held))
        throw fail('receivers.busy', 'too many bytes of requests are under way');
      held = bytes;
    };
    if (wireBytes !== undefined) hold(wireBytes);
    const take = (bytes: number) => {
      hold(bytes);
      return this.#pool.buffers.take(bytes);
    };
    const leave = () => {
      this.#memory.give(caller.tenant, held);
      held = 0;
      this.#open.delete(admitted);
    };
    const admitted: AdmittedRequest = {
      caller,
      hold,
      take,
      leave,
      store: async ({ bytes, encoding, coding, deadline }) => {
        // A body may take a minute to come; its key may have been revoked, or its tenant suspended, meanwhile.
        const again = this.authorise(head);
        const still = again instanceof Promise ? await again : again;
        if (still.caller.tenant !== caller.tenant) throw fail('receivers.bug', 'a key changed its tenant');
        const wire = bytes.length;
        const arrival = clock.nanos();
        const ledger = this.#deps.ledgers?.of(caller.tenant, arrival);
        const { retentionDays } = sender;
        const context = { tenant: caller.tenant, arrival, retentionDays, epoch: sink.epoch, ...(ledger && { ledger }) };
        const decoding = await this.#pool.decode({ signal, encoding, coding, bytes, context }, deadline);
        const cost = { records: decoding.records, bytes: decoding.inflatedBytes };
        this.#estimate.learn(caller.tenant, signal, wire, coding !== 'identity', cost);
        this.#deps.settle(caller, cost.records - guess.records, cost.bytes - guess.bytes);
        if (decoding.batch) {
          // The body is gone; what is held from here on is the batch.
          const sealed = decoding.batch.blocks.reduce((sum, block) => sum + block.bytes.length, 0);
          this.#memory.force(caller.tenant, sealed);
          this.#memory.give(caller.tenant, held);
          held = sealed;
          await append(sink, decoding.batch);
          decoding.confirm();
        }
        leave();
        this.#tallyOf(head.protocol, signal).add(wire, decoding.records, decoding.rejected);
        this.#countMarks(signal, decoding.marks);
        this.#deps.ledgers?.note(caller.tenant, decoding.limited);
        this.#deps.report({
          ...this.#origin(head),
          tenant: caller.tenant,
          outcome: decoding.rejected > 0 ? 'partial' : 'accepted',
          code: decoding.rejected > 0 ? 'receivers.partial' : decoding.message === '' ? null : 'receivers.warned',
          message: decoding.message === '' ? null : decoding.message,
          reason: decoding.reason,
          values: decoding.values,
          fix: null,
          records: decoding.records,
          bytes: wire,
          rejected: decoding.rejected,
          service: decoding.service,
          marks: decoding.marks,
        });
        return { rejected: decoding.rejected, message: decoding.message };
      },
    };
    this.#open.add(admitted);
    return admitted;
  }

  /** Counts and reports a refusal, frees what the admitted request held, and gives back the error to answer. */
  refuse(head: RequestHead, cause: unknown, sender?: Sender, admitted?: AdmittedRequest): HanokError {
    const refused = cause instanceof CredentialRefused ? cause : undefined;
    const error =
      refused?.error ?? (isHanokError(cause) ? cause : fail('receivers.bug', 'an error on our side', { cause }));
    admitted?.leave();
    const key = `${head.protocol} ${error.code}`;
    let counter = this.#refusals.get(key);
    if (!counter) {
      const { meter } = this.#deps;
      counter = meter.counter('hanok_receivers_refused_total', 'Requests refused, by error code.', {
        code: error.code,
        protocol: head.protocol,
      });
      this.#refusals.set(key, counter);
    }
    counter.add(1);
    if (error.kind === 'bug')
      this.#deps.log.error({ code: error.code, cause: describe(error.cause) }, 'a request met a fault of ours');
    const told = refused?.told ?? error;
    this.#deps.report({
      ...this.#origin(head),
      tenant: sender?.caller.tenant ?? refused?.tenant ?? null,
      outcome: 'refused',
      code: told.code,
      message: told.message,
      reason: told.reason,
      values: told.values,
      fix: told.fix ?? null,
      records: 0,
      bytes: 0,
      rejected: 0,
      service: null,
    });
    return error;
  }

  /** Connections that found no place. The guard counts them; here they are shown. */
  refusedConnections(protocol: IngestReport['protocol'], { reason, count, remote }: ConnectionRefusals): void {
    const head: RequestHead = { protocol, signal: null, remote, header: () => undefined };
    const error = fail('receivers.connections', connectionText(reason, count), {
      reason: `connections.${reason}`,
      values: { count, remote },
    });
    this.#deps.report({
      ...this.#origin(head),
      tenant: null,
      outcome: 'refused',
      code: error.code,
      message: error.message,
      fix: error.fix ?? null,
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      ...(error.values === undefined ? {} : { values: error.values }),
      records: 0,
      bytes: 0,
      rejected: 0,
      service: null,
    });
  }

  #origin(head: RequestHead) {
    return {
      at: this.#deps.clock.now(),
      protocol: head.protocol,
      signal: head.signal,
      remote: head.remote,
      userAgent: (head.header('user-agent') ?? '').slice(0, 200),
    };
  }

  #countMarks(signal: Signal, marks: Decoding['marks']): void {
    for (const [mark, count] of Object.entries(marks)) {
      if (count === 0) continue;
      const key = `${mark} ${signal}`;
      let counter = this.#marks.get(key);
      if (!counter) {
        counter = this.#deps.meter.counter(
          'hanok_pipeline_marked_records_total',
          'Records stored with a mark: changed, derived, cut or repaired at intake.',
          { mark, signal },
        );
        this.#marks.set(key, counter);
      }
      counter.add(count);
    }
  }

  #tallyOf(protocol: string, signal: Signal): Tally {
    const key = `${protocol} ${signal}`;
    let tally = this.#tallies.get(key);
    if (!tally) {
      tally = new Tally(this.#deps.meter, { protocol, signal });
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}

/**
 * Thrown for a credential that is not good; whose it is may be known all the same, and they are told of it on their home.
 * It is no Error, because floods of wrong keys must not cost a stack trace each.
 */
class CredentialRefused {
  readonly error: HanokError;
  readonly tenant: TenantId | null;
  readonly told: HanokError | undefined;

  constructor({ error, tenant, told }: Extract<Authorisation, { readonly ok: false }>) {
    this.error = error;
    this.tenant = tenant;
    this.told = told;
  }
}

function senderOf(authorisation: Authorisation): Sender {
  if (!authorisation.ok) throw new CredentialRefused(authorisation);
  return authorisation;
}

/** Somebody whose credential is good. */
export interface Sender {
  readonly caller: Caller;
  readonly retentionDays: RetentionDays;
}

/** One admitted request. */
export interface AdmittedRequest {
  readonly caller: Caller;
  /** Makes sure that `bytes` in all may be held for the body; throws `receivers.busy`. */
  hold(bytes: number): void;
  /** The same, and gives a buffer of so many bytes for the body. */
  take(bytes: number): Buffer<ArrayBuffer>;
  /** Inflates, decodes, and resolves once everything not rejected is durable. */
  store(body: Body): Promise<Partial>;
  /** Frees what is held. The sender has gone, or was refused. Safe to call again. */
  leave(): void;
}

class Tally {
  readonly #requests: Counter;
  readonly #bytes: Counter;
  readonly #records: Counter;
  readonly #rejected: Counter;

  constructor(meter: ReceiversDeps['meter'], labels: Readonly<Record<string, string>>) {
    this.#requests = meter.counter('hanok_receivers_requests_total', 'Requests taken in and durable.', labels);
    this.#bytes = meter.counter('hanok_receivers_bytes_total', 'Bytes of their bodies on the wire.', labels);
    this.#records = meter.counter('hanok_receivers_records_total', 'Records taken in and durable.', labels);
    this.#rejected = meter.counter(
      'hanok_receivers_rejected_records_total',
      'Records rejected as partial success.',
      labels,
    );
  }

  add(bytes: number, records: number, rejected: number): void {
    this.#requests.add(1);
    this.#bytes.add(bytes);
    this.#records.add(records);
    this.#rejected.add(rejected);
  }
}

/** Whatever goes wrong here, nothing was kept, so the sender may and should come again: never a final error. */
async function append(sink: Sink, batch: Parameters<Sink['append']>[0]): Promise<void> {
  try {
    await sink.append(batch);
  } catch (cause) {
    if (isHanokError(cause) && cause.retry && cause.status === 503) throw cause;
    throw fail('receivers.not-stored', 'the data could not be made durable', { cause });
  }
}

function refusal(
  { code, message, ...detail }: Extract<Admission, { readonly open: false }>,
  kind: 'world' | 'caller',
  status: 503 | 429,
): HanokError {
  return new HanokError(code, { kind, status, retry: true }, message, detail);
}

function connectionText(reason: ConnectionRefusals['reason'], count: number): string {
  const many = count === 1 ? 'a connection was' : `${count} connections were`;
  switch (reason) {
    case 'port-full':
      return `${many} refused: the port has as many as it takes, and all are at work`;
    case 'source-full':
      return `${many} refused: the address has as many open as one may have`;
    case 'flood':
      return `${many} refused: the address flooded the port a moment ago`;
    case 'slowed':
      return `${many} made to wait: senders behind the address flood the port`;
    case 'evicted':
      return `${many} ended to make room: the port is full, and nothing was authenticated there, or it idled longest`;
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
