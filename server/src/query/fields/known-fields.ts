import type { Hint, Signal } from '@hanok/contract';
import { TOP_FIELDS, targetOf } from '@hanok/contract/query';
import type { Clock } from '#base';
import { bind, name, select, sql } from '#store';
import type { KnownKeys } from '../language/known-keys.ts';
import type { QuerySession } from '../query-session.ts';
import { type Range, withinDays } from '../range.ts';
import { Recent } from '../recent.ts';
import { textOf } from '../rows.ts';
import { typedName } from './fields.ts';
import { nearest, spelled } from './nearest.ts';

/** Fields of one tenant, signal and stretch of days. Beyond it they are not known one by one. */
const MOST_KEYS = 10_000;
const CAPACITY = 256;
/** Told of one question; each is compared with every name. */
const MOST_HINTS = 8;
/** What was asked is believed for so long, and what it lacks for a moment only: a new key comes with its first record. */
const BELIEVED_MS = 10_000;
const LACKING_MS = 1_000;

/** Undefined: more than can be known. */
interface Known {
  readonly keys: KnownKeys | undefined;
  readonly at: number;
}

const SOURCES = ['attribute', 'resource', 'scope'] as const;

/** Which attribute keys a tenant has sent, as far as questions need to know. */
export class KnownFields {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #known = new Recent<Known>(CAPACITY);

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** The keys of the range, asked for when a question names fields that are no columns. */
  async of(
    session: QuerySession,
    signal: Signal,
    range: Range,
    fields: readonly string[],
  ): Promise<KnownKeys | undefined> {
    const free = fields.filter((field) => isFree(signal, field));
    if (free.length === 0) return undefined;
    const place = `${session.caller.tenant} ${signal} ${dayOf(range.from)} ${dayOf(range.to - 1n)}`;
    const before = this.#known.get(place);
    const age = this.#clock.monotonic() - (before?.at ?? Number.NEGATIVE_INFINITY);
    if (before && age < BELIEVED_MS) {
      const { keys } = before;
      if (age < LACKING_MS || !keys || free.every((field) => isKnown(keys, signal, field))) return keys;
    }
    const rows = await session.rows(
      select({
        columns: { src: name('source'), k: name('key') },
        from: 'fields',
        where: [...withinDays(range), sql`signal = ${bind.string(signal)}`, sql`value = ''`],
        groupBy: [name('src'), name('k')],
        limit: MOST_KEYS,
      }),
    );
    const of = (source: string) =>
      new Set(rows.filter((row) => textOf(row['src']) === source).map((row) => textOf(row['k'])));
    const keys =
      rows.length >= MOST_KEYS || session.partial
        ? undefined
        : { attribute: of('attribute'), resource: of('resource'), scope: of('scope') };
    this.#known.set(place, { keys, at: this.#clock.monotonic() });
    return keys;
  }
}

/** Says which of a question's fields nobody sent, with the names most like them. Nothing when nothing was sent at all. */
export function hintsFor(known: KnownKeys | undefined, signal: Signal, fields: readonly string[]): Hint[] {
  if (!known || SOURCES.every((source) => known[source].size === 0)) return [];
  const unknown = fields
    .filter((field) => isFree(signal, field) && !isKnown(known, signal, field))
    .slice(0, MOST_HINTS);
  if (unknown.length === 0) return [];
  const names = [
    ...TOP_FIELDS.filter((field) => field.signals.includes(signal)).map((field) => field.name),
    ...SOURCES.flatMap((source) => [...known[source]].map((key) => typedName(signal, source, key))),
  ];
  const candidates = spelled(new Set(names));
  return unknown.map((field) => ({
    code: 'query.unknown-field',
    values: { field, nearest: nearest(field, candidates).join(', ') },
  }));
}

const DAY = 86_400_000_000_000n;
const dayOf = (time: bigint): bigint => time / DAY;

/** Is the field one of keys that are counted as they come? Those of events, links and bodies are not. */
function isFree(signal: Signal, field: string): boolean {
  const target = targetOf(signal, field);
  if (target.source === 'any') return !target.body && !(signal === 'traces' && field.startsWith('exception.'));
  return target.source === 'attribute' || target.source === 'resource' || target.source === 'scope';
}

/** Was it sent under this name, or something that it may be a member of? */
function isKnown(keys: KnownKeys, signal: Signal, field: string): boolean {
  const target = targetOf(signal, field);
  if (!('members' in target)) return true;
  const sources = target.source === 'any' ? (['attribute', 'resource'] as const) : [target.source];
  return sources.some((source) => {
    if (source === 'event' || source === 'link') return true;
    return keys[source].has(target.key) || target.members.some((member) => keys[source].has(member.key));
  });
}
