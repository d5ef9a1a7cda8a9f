import type { Mark, Signal, TenantId } from '@hanok/contract';
import { type Batch, type BlockWriter, type Interner, LAYOUT_VERSION, MARK_BITS, sealBlocks, utf8Bytes } from '#base';
import { cardinalityLimits, Ledger } from './cardinality/ledger.ts';
import { type LimitHit, LimitTally } from './cardinality/limit-tally.ts';
import { NameGate } from './cardinality/name-gate.ts';
import type { IntakeLimits } from './config.ts';
import type { IntakeContext } from './context.ts';
import { FieldRows } from './fields.ts';
import { Filing } from './filing.ts';
import { Identity } from './identity.ts';
import { KnownIds } from './known-ids.ts';
import { LogRows } from './logs.ts';
import { MetricRows } from './metrics.ts';
import { type ResourceFacts, ResourceRows, ScopeRows } from './resources.ts';
import { SpanRows } from './spans.ts';
import { openVocabulary, trimVocabulary, WORDS } from './vocabulary.ts';

const MARKS = Object.keys(MARK_BITS) as Mark[];
/** Ledgers a decoder makes for itself, in tests and benchmarks. */
const MOST_LEDGERS = 64;
const BITS = MARKS.map((mark) => MARK_BITS[mark]);

export interface Sealed {
  readonly batch: Batch | null;
  /** For `confirm`, once the batch is durable. */
  readonly token: number;
  readonly records: number;
  /** How many records (or resources and scopes, for theirs) carry each mark. */
  readonly marks: Readonly<Record<Mark, number>>;
  /** What was beyond the tenant's limits. */
  readonly limited: readonly LimitHit[];
}

interface TenantNumbers {
  readonly number: number;
  /** Epoch and retentions within which `space` holds. */
  readonly within: string;
  readonly space: number;
}

/**
 * Columns of all tables for one request at a time: `begin`, rows, then `seal` or `abort`. A receiver fills them straight
 * from its bytes; no record ever becomes an object. Not for several requests at once; each thread has its own.
 */
export class RequestColumns {
  readonly limits: IntakeLimits;
  readonly interner: Interner;
  readonly filing: Filing;
  readonly logs: LogRows;
  readonly spans: SpanRows;
  readonly metrics: MetricRows;
  readonly resources: ResourceRows;
  readonly scopes: ScopeRows;
  readonly fields: FieldRows;
  readonly known: KnownIds;
  readonly names: NameGate;
  readonly limited: LimitTally;
  /** Records accepted so far in this request. */
  records = 0;
  /** Dense number of the request's tenant, for caches. */
  tenantNumber = 0;
  /**
   * Dense number of what may be taken as known to the tenant's store: another one once the store's epoch or a retention
   * changes, so that rows are sent again where they may be gone, or die before what refers to them.
   */
  knownSpace = 0;
  tenant: TenantId | undefined;

  readonly #identity: Identity;
  readonly #markCounts = new Uint32Array(MARKS.length);
  readonly #tenants = new Map<string, TenantNumbers>();
  #spaces = 0;
  /** Space for tenants whose requests come without one. */
  readonly #ledgers = new Map<string, Ledger>();
  readonly #salt: number;
  #signal: Signal = 'logs';
  #token = 0;
  readonly #onForget: (() => void)[] = [];

  /** @param salt a number that senders do not know; spreads ids in hash tables, and changes nothing that is stored. */
  constructor(limits: IntakeLimits, salt: number) {
    this.limits = limits;
    this.interner = openVocabulary();
    this.filing = new Filing(limits);
    this.#identity = new Identity(this.interner);
    this.#salt = salt;
    this.known = new KnownIds(salt);
    this.limited = new LimitTally(this.interner);
    this.names = new NameGate(this.interner, this.limited);
    this.logs = new LogRows(this.interner, this.filing, this.names, limits);
    this.spans = new SpanRows(this.interner, this.filing, this.names, limits);
    this.metrics = new MetricRows(this.interner, this.filing, this.#identity, this.known, limits);
    this.resources = new ResourceRows(this.interner, this.#identity, limits);
    this.scopes = new ScopeRows(this.interner, this.#identity, limits);
    this.fields = new FieldRows(this.interner, this.#identity, this.known, this.names);
  }

  /** Called when ids of the interner become void; caches that hold some must drop them. */
  onForget(listener: () => void): void {
    this.#onForget.push(listener);
  }

  begin(context: IntakeContext, signal: Signal): void {
    if (trimVocabulary(this.interner)) {
      this.logs.forget();
      this.spans.forget();
      this.metrics.forget();
      this.resources.attributes.forget();
      this.scopes.attributes.forget();
      this.#identity.forget();
      this.names.forget();
      for (const listener of this.#onForget) listener();
    }
    const retention = Math.min(65_535, context.retentionDays[signal]);
    const tenantBytes = utf8Bytes(context.tenant);
    const tenant = this.interner.internText(context.tenant);
    const { number, space } = this.#numbersOf(context);
    this.tenant = context.tenant;
    this.tenantNumber = number;
    this.knownSpace = space;
    this.records = 0;
    this.#signal = signal;
    this.limited.begin();
    this.names.begin(number, context.ledger ?? this.#ledgerOf(context));
    this.#markCounts.fill(0);
    this.filing.begin(context.arrival);
    this.#identity.beginBatch(tenantBytes);
    const claim = context.claimedBusinessId === context.tenant ? undefined : context.claimedBusinessId;
    // Kept as long as the longest lived record that may refer to it.
    const { logs, traces, metrics } = context.retentionDays;
    const longest = Math.min(65_535, Math.max(logs, traces, metrics));
    this.resources.beginBatch(tenant, tenantBytes, longest, claim);
    this.scopes.beginBatch(tenant, tenantBytes, longest);
    this.fields.beginBatch(tenant, number, space, WORDS[signal], retention, Number(context.arrival / 1_000_000_000n));
    if (signal === 'logs') this.logs.beginBatch(tenant, tenantBytes, retention);
    else if (signal === 'traces') this.spans.beginBatch(tenant, tenantBytes, retention);
    else this.metrics.beginBatch(tenant, space, tenantBytes, retention);
  }

  #numbersOf({ tenant, epoch, retentionDays: { logs, traces, metrics } }: IntakeContext): TenantNumbers {
    const known = this.#tenants.get(tenant);
    const within = `${epoch} ${logs} ${traces} ${metrics}`;
    if (known?.within === within) return known;
    const numbers = { number: known?.number ?? this.#tenants.size + 1, within, space: ++this.#spaces };
    this.#tenants.set(tenant, numbers);
    return numbers;
  }

  /** Counts one accepted record and its marks. */
  accept(marks: number): void {
    this.records++;
    if (marks !== 0) this.countMarks(marks);
  }

  countMarks(marks: number): void {
    for (let i = 0; i < BITS.length; i++) if ((marks & BITS[i]!) !== 0) this.#markCounts[i]!++;
  }

  /** Files a resource's service under its own name, or under `(other services)` when that is new beyond the limit. */
  fileService(facts: ResourceFacts): void {
    const admitted = this.names.name('services', facts.named, 0);
    facts.service = admitted ? facts.named : WORDS['(other services)'];
    facts.marks = admitted ? facts.marks & ~MARK_BITS['name-limited'] : facts.marks | MARK_BITS['name-limited'];
  }

  #ledgerOf(context: IntakeContext): SharedArrayBuffer {
    const day = Number(context.arrival / 86_400_000_000_000n);
    let ledger = this.#ledgers.get(context.tenant);
    if (ledger?.day !== day) {
      if (this.#ledgers.size >= MOST_LEDGERS) this.#ledgers.clear();
      ledger = Ledger.make(cardinalityLimits(this.limits), day, [this.#salt, ~this.#salt]);
      this.#ledgers.set(context.tenant, ledger);
    }
    return ledger.buffer;
  }

  /** Ends the request. Without an accepted record there is no batch. */
  seal(): Sealed {
    const token = ++this.#token;
    const marks = Object.fromEntries(MARKS.map((mark, i) => [mark, this.#markCounts[i]!])) as Record<Mark, number>;
    const { records, tenant } = this;
    if (records === 0 || tenant === undefined) {
      const limited = this.limited.hits((counted) => this.names.limit(counted));
      this.abort();
      return { batch: null, token, records: 0, marks, limited };
    }
    const { minTime, maxTime } = this.filing;
    const day = Number(maxTime / 86_400_000_000_000n);
    const rows = this.#rows();
    this.fields.count(rows.attributes, WORDS.attribute, day);
    this.fields.count(this.resources.attributes, WORDS.resource, day);
    this.fields.count(this.scopes.attributes, WORDS.scope, day);
    const batch: Batch = {
      tenant,
      signal: this.#signal,
      layoutVersion: LAYOUT_VERSION,
      records,
      minTime,
      maxTime,
      blocks: sealBlocks([...rows.writers, this.resources.writer, this.scopes.writer, this.fields.writer]),
    };
    this.known.seal(token);
    this.#clear();
    return { batch, token, records, marks, limited: this.limited.hits((counted) => this.names.limit(counted)) };
  }

  /** Forgets the request under way, however far it came. */
  abort(): void {
    this.known.drop();
    this.#clear();
  }

  confirm(token: number): void {
    this.known.confirm(token);
  }

  #rows(): { readonly writers: readonly BlockWriter[]; readonly attributes: LogRows['attributes'] } {
    const { logs, spans, metrics } = this;
    if (this.#signal === 'logs') return { writers: [logs.writer], attributes: logs.attributes };
    if (this.#signal === 'traces') return { writers: [spans.writer], attributes: spans.attributes };
    return {
      writers: [metrics.samples, metrics.histograms, metrics.exemplars, metrics.series],
      attributes: metrics.attributes,
    };
  }

  #clear(): void {
    for (const writer of this.#rows().writers) writer.clear();
    this.resources.writer.clear();
    this.scopes.writer.clear();
    this.fields.writer.clear();
    this.records = 0;
  }
}
