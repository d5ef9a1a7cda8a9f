import type { Mark, Signal, TenantId } from '@hanok/contract';
import { type Batch, type BlockWriter, type Interner, LAYOUT_VERSION, MARK_BITS, sealBlocks, utf8Bytes } from '#base';
import type { IntakeLimits } from './config.ts';
import type { IntakeContext } from './context.ts';
import { FieldRows } from './fields.ts';
import { Filing } from './filing.ts';
import { Identity } from './identity.ts';
import { KIND, KnownIds } from './known-ids.ts';
import { LogRows } from './logs.ts';
import { MetricRows } from './metrics.ts';
import { ResourceRows, ScopeRows } from './resources.ts';
import { SpanRows } from './spans.ts';
import { openVocabulary, trimVocabulary, WORDS } from './vocabulary.ts';

const MARKS = Object.keys(MARK_BITS) as Mark[];
const BITS = MARKS.map((mark) => MARK_BITS[mark]);

export interface Sealed {
  readonly batch: Batch | null;
  /** For `confirm`, once the batch is durable. */
  readonly token: number;
  readonly records: number;
  /** How many records (or resources and scopes, for theirs) carry each mark. */
  readonly marks: Readonly<Record<Mark, number>>;
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
  /** New series by tenant and day, `knownSpace * 65536 + day`. */
  readonly #newSeries = new Map<number, number>();
  #seriesAsked = 0;
  #signal: Signal = 'logs';
  #token = 0;
  readonly #onForget: (() => void)[] = [];

  /** @param salt a number that senders do not know; spreads ids in hash tables, and changes nothing that is stored. */
  constructor(limits: IntakeLimits, salt: number) {
    this.limits = limits;
    this.interner = openVocabulary();
    this.filing = new Filing(limits);
    this.#identity = new Identity(this.interner);
    this.known = new KnownIds((kind, day, space) => {
      if (kind !== KIND.series) return;
      const key = space * 65_536 + day;
      if (!this.#newSeries.has(key) && this.#newSeries.size > 50_000) this.#newSeries.clear();
      this.#newSeries.set(key, (this.#newSeries.get(key) ?? 0) + 1);
    }, salt);
    this.logs = new LogRows(this.interner, this.filing, limits);
    this.spans = new SpanRows(this.interner, this.filing, limits);
    this.metrics = new MetricRows(this.interner, this.filing, this.#identity, this.known, limits);
    this.resources = new ResourceRows(this.interner, this.#identity, limits);
    this.scopes = new ScopeRows(this.interner, this.#identity, limits);
    this.fields = new FieldRows(this.interner, this.#identity, this.known);
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
    this.#seriesAsked = 0;
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

  /** Whether the tenant may have one more new series on this day. */
  admitsSeries(day: number): boolean {
    const had = this.#newSeries.get(this.knownSpace * 65_536 + day) ?? 0;
    if (had + this.#seriesAsked >= this.limits.maxNewSeries) return false;
    this.#seriesAsked++;
    return true;
  }

  /** Ends the request. Without an accepted record there is no batch. */
  seal(): Sealed {
    const token = ++this.#token;
    const marks = Object.fromEntries(MARKS.map((mark, i) => [mark, this.#markCounts[i]!])) as Record<Mark, number>;
    const { records, tenant } = this;
    if (records === 0 || tenant === undefined) {
      this.abort();
      return { batch: null, token, records: 0, marks };
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
    return { batch, token, records, marks };
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
