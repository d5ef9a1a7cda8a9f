import { basename, join } from 'node:path';
import { type Batch, type Clock, type Entry, type Log, type Meter, must, type Sequence, type Source } from '#base';
import { fail, isOutOfSpace, messageOf } from '../errors.ts';
import type { FileSystem } from '../fs.ts';
import type { Journal, JournalAdmission, JournalConfig, JournalStats } from '../port.ts';
import {
  admissionOf,
  decideGate,
  decideLateAppend,
  type Gate,
  type GateFacts,
  type GateLimits,
  isPressed,
} from './admission.ts';
import { CURSOR_COPY_SUFFIX, CURSOR_SUFFIX, CursorFile, type CursorState } from './cursor.ts';
import type { KnownCursor } from './cursors.ts';
import type { DamageLog } from './damage.ts';
import { DeadLetters } from './dead-letters.ts';
import { DiskReader } from './disk-reader.ts';
import { entryHeaderBytes, MAX_BLOCKS, payloadBytes, SEGMENT_HEADER_BYTES } from './format.ts';
import type { Ledger } from './ledger.ts';
import { metersOf } from './meters.ts';
import { type Placed, Recent } from './recent.ts';
import type { Repeats } from './repeats.ts';
import { EmbeddedSource } from './source.ts';
import { EmbeddedRemoval } from './tenant-removal.ts';
import { decideTrim } from './trim.ts';
import { GroupWriter } from './writer.ts';

/** How old the last look at the file system may be while somebody asks. */
const SAMPLE_MS = 1_000;
/** Kept in memory while no consumer reads on, for live tails. */
const RESTING_RECENT_BYTES = 1024 ** 2;
/** Groups that may wait in memory for a slow disk before new requests are refused. */
const WAITING_GROUPS = 16;

/** A consumer known from its cursor file, whether or not it has been opened. */
interface Registered {
  readonly cursor: CursorFile;
  source: Promise<EmbeddedSource> | undefined;
  opened: EmbeddedSource | undefined;
}

export interface EmbeddedDeps {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly nonce: () => bigint;
  readonly ledger: Ledger;
  readonly cursors: ReadonlyMap<string, KnownCursor>;
  readonly freeBytes: number;
  readonly damages: DamageLog;
  readonly repeats: Repeats;
  /** UUID. */
  readonly identity: string;
}

export class EmbeddedJournal implements Journal {
  readonly #config: JournalConfig;
  readonly #deps: EmbeddedDeps;
  readonly #name: string;
  readonly #ledger: Ledger;
  readonly #recent: Recent;
  readonly #writer: GroupWriter;
  readonly #damages: DamageLog;
  readonly #deadLetters: DeadLetters;
  readonly #consumers = new Map<string, Registered>();
  readonly #listeners = new Set<(entry: Entry) => void>();
  readonly #limits: GateLimits;
  readonly removal: EmbeddedRemoval;
  readonly #meters: ReturnType<typeof metersOf>;
  #gate: Gate = 'open';
  #freeBytes: number;
  #sampledAt: number;
  #sampling = false;
  #trimming: Promise<void> | undefined;
  #trimAgain = false;
  /** How often what was appended became doubtful in this life. */
  #doubts = 0;
  /** Calls of `rewind` under way. */
  #rewinding = 0;
  #trimTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: JournalConfig, deps: EmbeddedDeps) {
    const { fs, clock, log, nonce, ledger } = deps;
    this.#config = config;
    this.#deps = deps;
    this.#name = config.name ?? basename(config.dir);
    this.#ledger = ledger;
    this.#recent = new Recent(config.recentBytes, ledger.next);
    this.#meters = metersOf(deps.meter, this.#name);
    this.#damages = deps.damages;
    this.#damages.onLost = () => this.#raiseEpoch('entries were found damaged');
    this.#freeBytes = deps.freeBytes;
    this.#sampledAt = clock.monotonic();
    this.#limits = {
      budgetBytes: config.diskBudgetBytes,
      reserveBytes: config.diskReserveBytes,
      waitingBytes: WAITING_GROUPS * config.maxGroupBytes,
    };
    const counter = this.#meters.deadLetters;
    this.#deadLetters = new DeadLetters({ fs, dir: config.dir, clock, nonce, log, counter, damages: this.#damages });
    this.#writer = new GroupWriter(config, {
      fs,
      clock,
      log,
      nonce,
      ledger,
      onDurable: (group, bytes) => this.#onDurable(group, bytes),
      onFailure: (error) => this.#onFailure(error),
    });
    this.removal = new EmbeddedRemoval({
      ...{ fs, ledger, deadLetters: this.#deadLetters, damages: this.#damages, retainMs: config.retainMs },
      passed: () => this.#passed(),
      roll: () => this.#writer.roll(),
      trim: () => this.#trim(),
    });
    for (const [name, { generation, state }] of deps.cursors) {
      const cursor = new CursorFile(fs, config.dir, name, generation, state);
      this.#consumers.set(name, { cursor, source: undefined, opened: undefined });
    }
  }

  /** The rest of opening, after recovery. */
  async start(files: readonly string[]): Promise<void> {
    await this.#deadLetters.open(files);
    // The bytes as they were found, before a cursor is written again.
    await this.#damages.keep();
    for (const [name, { damaged }] of this.#deps.cursors) if (damaged) await this.#mendCursor(name);
    this.#trim();
    this.#showGauges();
  }

  get identity(): string {
    return this.#deps.identity;
  }

  get epoch(): string {
    return `${this.#deps.identity}/${this.#doubts}`;
  }

  #raiseEpoch(why: string): void {
    this.#doubts++;
    this.#deps.log.info({ why, epoch: this.epoch }, 'senders’ definitions are stored again');
  }

  canAccept(): JournalAdmission {
    if (this.#closing) return CLOSED;
    const facts = this.#facts();
    const before = this.#gate;
    this.#gate = decideGate(before, facts, this.#limits);
    if (this.#gate !== before) {
      this.#deps.log.warn({ from: before, to: this.#gate, ...facts }, 'journal admission changed');
    }
    if (this.#deps.clock.monotonic() - this.#sampledAt >= SAMPLE_MS) this.#sample();
    // A write is the only way to find out whether the disk has recovered; the writer spaces its attempts.
    if (this.#gate === 'broken') this.#writer.roll();
    return admissionOf(this.#gate);
  }

  append(batch: Batch): Promise<Sequence> {
    const size = entryHeaderBytes(batch) + payloadBytes(batch);
    if (this.#closing) return Promise.reject(fail('journal.closed', 'the journal is closed'));
    const stored = this.#deps.repeats.take(batch, this.#deps.clock.monotonic());
    if (stored !== undefined) {
      this.#meters.repeats.add(1);
      return Promise.resolve(stored);
    }
    if (size > this.#config.maxBatchBytes || batch.blocks.length > MAX_BLOCKS)
      return Promise.reject(
        fail('journal.batch-too-large', `a batch of ${size} bytes and ${batch.blocks.length} blocks is too large`),
      );
    const admission = this.canAccept();
    if (!admission.open && this.#gate !== 'broken') {
      const code = decideLateAppend(this.#facts(), this.#limits, size);
      if (code) return Promise.reject(fail(code, admission.message, { retryAfter: admission.retryAfter }));
    }
    return this.#writer.append(batch);
  }

  source(name: string): Promise<Source> {
    if (this.#closing) return Promise.reject(fail('journal.closed', 'the journal is closed'));
    must(/^[a-z][a-z0-9-]{0,40}$/.test(name), `a consumer may not be called ${JSON.stringify(name)}`);
    const known = this.#consumers.get(name);
    if (known?.source) return known.source;
    const registered: Registered = known ?? {
      cursor: new CursorFile(this.#deps.fs, this.#config.dir, name, 0n, {
        committed: this.#ledger.oldest - 1n,
        begun: undefined,
      }),
      source: undefined,
      opened: undefined,
    };
    this.#consumers.set(name, registered);
    const opening = this.#openSource(name, registered, known === undefined).catch((error: unknown) => {
      if (known) known.source = undefined;
      else this.#consumers.delete(name);
      throw error;
    });
    registered.source = opening;
    return opening;
  }

  async forget(name: string): Promise<void> {
    const registered = this.#consumers.get(name);
    if (!registered) return;
    await (await registered.source)?.close();
    const { fs } = this.#deps;
    await fs.unlink(join(this.#config.dir, name + CURSOR_SUFFIX));
    // The copy may be missing; the first file says whether the consumer is known.
    await fs.unlink(join(this.#config.dir, name + CURSOR_COPY_SUFFIX)).catch(() => {});
    await fs.syncDirectory(this.#config.dir);
    this.#consumers.delete(name);
    this.#trim();
  }

  async rewind(name: string, to: Sequence): Promise<Sequence> {
    await this.source(name);
    const source = await this.#consumers.get(name)?.source;
    must(source, `no consumer ${name}`);
    // Nothing more is chosen for deletion until the consumer holds it back itself.
    this.#rewinding++;
    try {
      const { oldest } = this.#ledger;
      const wanted = to < oldest ? oldest : to;
      if (wanted >= source.next) return source.next;
      const disk = this.#diskReader();
      const place = await disk.locate(wanted).finally(() => disk.release());
      await source.rewind(place);
      this.#raiseEpoch('a consumer was set back');
      source.wake();
      return place.next;
    } finally {
      this.#rewinding--;
      this.#trim();
    }
  }

  tail(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  unread(consumer: string): { readonly entries: readonly Entry[]; readonly whole: boolean } {
    const next = this.#consumers.get(consumer)?.opened?.next;
    if (next === undefined) return { entries: [], whole: false };
    const { from } = this.#recent;
    return { entries: this.#recent.since(next > from ? next : from), whole: next >= from };
  }

  readDeadLetter(file: string): Promise<Entry[]> {
    return this.#deadLetters.readDeadLetter(file);
  }

  stats(): JournalStats {
    const sources: Record<string, ReturnType<Source['lag']>> = {};
    for (const [name, { opened }] of this.#consumers) if (opened) sources[name] = opened.lag();
    return {
      name: this.#name,
      admission: this.canAccept(),
      lastSequence: this.#ledger.durable,
      segments: this.#ledger.segments.length,
      bytes: this.#ledger.bytes,
      unreadBytes: this.#unreadBytes(),
      budgetBytes: this.#config.diskBudgetBytes,
      freeBytes: this.#freeBytes,
      recentBytes: this.#recent.bytes,
      sources,
      corrupt: { entries: this.#damages.entries, damages: this.#damages.newest },
      deadLetters: this.#deadLetters.stats,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#trimTimer);
    await this.#writer.close();
    for (const { source } of this.#consumers.values()) await (await source?.catch(() => undefined))?.close();
    await this.#trimming;
    clearTimeout(this.#trimTimer);
    this.#listeners.clear();
  }

  async #openSource(name: string, registered: Registered, isNew: boolean): Promise<EmbeddedSource> {
    const { cursor } = registered;
    if (isNew) {
      // It holds back further trimming since it was registered; what is being deleted already is not for it.
      await this.#trimming;
      await cursor.write({ committed: this.#ledger.oldest - 1n, begun: undefined });
    }
    await this.#reportCutOff(name, cursor.state.begun);
    const disk = this.#diskReader();
    const place = await disk.locate(cursor.state.committed + 1n).finally(() => disk.release());
    const source = new EmbeddedSource(
      name,
      {
        clock: this.#deps.clock,
        ledger: this.#ledger,
        recent: this.#recent,
        disk,
        cursor,
        journal: this.#deps.identity,
        raiseEpoch: (why) => this.#raiseEpoch(why),
        putAside: (entries, reason) => this.#deadLetters.putAside(name, entries, reason),
        onPassed: () => this.#onPassed(),
        onFollow: () => this.#onFollow(),
      },
      place,
    );
    registered.opened = source;
    return source;
  }

  /** Only what was durable is begun: of a range that goes beyond the end, the rest was there and is not any more. */
  async #reportCutOff(name: string, begun: CursorState['begun']): Promise<void> {
    const { durable } = this.#ledger;
    if (!begun || begun.last <= durable) return;
    this.#damages.report({
      // Nothing but the cursor knows of them.
      file: name + CURSOR_SUFFIX,
      offset: 0,
      bytes: 0,
      first: begun.first > durable ? begun.first : durable + 1n,
      last: begun.last,
      acknowledged: true,
      appendedAfter: begun.appendedAt,
      tenant: undefined,
      reason: 'the end of the journal is cut off behind what was being handled',
    });
    await this.#damages.keep();
  }

  /** Whole in both files again, before the other one is damaged too. */
  async #mendCursor(name: string): Promise<void> {
    const { cursor } = this.#consumers.get(name)!;
    try {
      await cursor.write(cursor.state);
    } catch (error) {
      // One copy is still whole, and the next write tries again.
      this.#deps.log.warn({ consumer: name, error: messageOf(error) }, 'a damaged cursor cannot be mended');
    }
  }

  #diskReader(): DiskReader {
    return new DiskReader(this.#deps.fs, this.#ledger, this.#damages, this.#config.segmentBytes);
  }

  #onDurable(group: readonly Placed[], bytes: number): void {
    this.#meters.batches.add(group.length);
    this.#meters.bytes.add(bytes);
    this.#meters.groups.add(1);
    this.#freeBytes -= bytes;
    for (const placed of group) this.#recent.add(placed);
    for (const listener of this.#listeners) {
      for (const { entry } of group) {
        try {
          listener(entry);
        } catch (error) {
          this.#deps.log.error({ error: messageOf(error) }, 'a tail listener failed');
        }
      }
    }
    for (const { opened } of this.#consumers.values()) opened?.wake(group[0]?.entry);
    this.#showGauges();
  }

  #onFailure(error: unknown): void {
    this.#meters.failures.add(1);
    this.#deps.log.error({ error: messageOf(error) }, 'a journal write failed');
    if (!isOutOfSpace(error)) return;
    // Shut at once; the next look tells when there is room again.
    this.#freeBytes = -1;
    this.#sample();
  }

  #onPassed(): void {
    this.#recent.release(this.#passed());
    this.#trim();
    this.#showGauges();
  }

  #onFollow(): void {
    const isFollowed = [...this.#consumers.values()].some(({ opened }) => opened?.following === true);
    this.#recent.limit(
      Math.min(this.#config.recentBytes, isFollowed ? Number.POSITIVE_INFINITY : RESTING_RECENT_BYTES),
    );
  }

  /** Every registered consumer is done with this sequence; 0 when none is registered, so that nothing is deleted. */
  #passed(): Sequence {
    let least: Sequence | undefined;
    for (const { opened, cursor } of this.#consumers.values()) {
      const passed = opened ? opened.next - 1n : cursor.state.committed;
      if (least === undefined || passed < least) least = passed;
    }
    return least ?? 0n;
  }

  #unreadBytes(): number {
    let most = 0;
    for (const { opened, cursor } of this.#consumers.values()) {
      const next = cursor.state.committed + 1n;
      const place = opened?.place ?? {
        next,
        segment: this.#ledger.holding(next) ?? this.#ledger.segments.at(-1),
        offset: SEGMENT_HEADER_BYTES,
        records: 0,
        passedAppendedAt: 0,
      };
      most = Math.max(most, next > this.#ledger.durable ? 0 : this.#ledger.remaining(place).bytes);
    }
    return this.#consumers.size === 0 ? this.#ledger.bytes : most;
  }

  #facts(): GateFacts {
    return {
      unreadBytes: this.#unreadBytes(),
      freeBytes: this.#freeBytes,
      waitingBytes: this.#writer.waitingBytes,
      broken: this.#writer.broken,
    };
  }

  #sample(): void {
    if (this.#sampling || this.#closing) return;
    this.#sampling = true;
    this.#sampledAt = this.#deps.clock.monotonic();
    this.#deps.fs
      .freeBytes(this.#config.dir)
      .then((free) => {
        this.#freeBytes = free;
        if (isPressed(free, this.#limits)) this.#trim();
      })
      .catch((error: unknown) => this.#deps.log.warn({ error: messageOf(error) }, 'cannot see the free disk space'))
      .finally(() => {
        this.#sampling = false;
      });
  }

  /** Deletes what may go; at most one run at a time, and one timer only while something waits for its time. */
  #trim(): void {
    if (this.#closing || this.#rewinding > 0) return;
    if (this.#trimming) {
      this.#trimAgain = true;
      return;
    }
    const now = this.#deps.clock.now();
    const decision = decideTrim(this.#ledger.segments, {
      passed: this.#passed(),
      now,
      retainMs: this.#config.retainMs,
      bytes: this.#ledger.bytes,
      budgetBytes: this.#config.diskBudgetBytes,
      pressed: isPressed(this.#freeBytes, this.#limits),
    });
    clearTimeout(this.#trimTimer);
    this.#trimTimer = undefined;
    if (decision.roll) this.#writer.roll();
    if (decision.lookAgainAt !== undefined) {
      const delay = Math.max(10, decision.lookAgainAt - now);
      this.#trimTimer = setTimeout(() => this.#trim(), delay).unref();
    }
    if (decision.count === 0) return;
    for (const segment of this.#ledger.segments.slice(0, decision.count)) segment.leaving = true;
    this.#trimming = this.#deleteOldest(decision.count)
      .catch((error: unknown) => this.#deps.log.warn({ error: messageOf(error) }, 'cannot delete a journal segment'))
      .finally(() => {
        this.#trimming = undefined;
        this.#showGauges();
        if (!this.#trimAgain) return;
        this.#trimAgain = false;
        this.#trim();
      });
  }

  async #deleteOldest(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const oldest = this.#ledger.segments[0];
      if (!oldest) return;
      await this.#deps.fs.unlink(oldest.path);
      this.#ledger.removeOldest();
    }
  }

  #showGauges(): void {
    this.#meters.held.set(this.#ledger.bytes);
    this.#meters.unread.set(this.#unreadBytes());
  }
}

const CLOSED: JournalAdmission = {
  open: false,
  code: 'journal.closed',
  message: 'the journal is closing',
  retryAfter: 5,
};
