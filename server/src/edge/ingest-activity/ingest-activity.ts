import {
  type IngestActivityEvent,
  type IngestActivityResponse,
  SIGNALS,
  type Signal,
  type TenantId,
  type TenantLive,
} from '@hanok/contract';
import { type Clock, type IngestReport, OPERATOR_TENANT } from '#base';
import { MarkHours } from './mark-hours.ts';
import { SecondRing } from './second-ring.ts';

type Arrival = Omit<IngestReport, 'marks'>;

interface Line extends Arrival {
  requests: number;
}

interface View {
  readonly accepted: Readonly<Record<Signal, SecondRing>>;
  readonly refused: SecondRing;
  readonly totals: { records: number; bytes: number; refused: number; rejected: number };
  readonly marked: MarkHours;
  /** Oldest first. */
  lines: Line[];
  /** Raised with every arrival; streams compare it. */
  version: number;
}

const MOST_LINES = 100;
/** Lines looked back at for one of the same kind: several senders take turns. */
const FOLD_DEPTH = 12;
/** A line older than this is not grown any more, so that its time keeps its meaning. */
const FOLD_MS = 60_000;
const MOST_TENANTS = 10_000;
const MOST_TEXT = 300;

const cut = (text: string): string => (text.length <= MOST_TEXT ? text : text.slice(0, MOST_TEXT));
const cutOrNull = (text: string | null): string | null => (text === null ? null : cut(text));

function sameKind(a: Arrival, b: Arrival): boolean {
  return (
    a.outcome === b.outcome &&
    a.signal === b.signal &&
    a.protocol === b.protocol &&
    a.code === b.code &&
    a.reason === b.reason &&
    a.remote === b.remote &&
    a.userAgent === b.userAgent &&
    a.service === b.service
  );
}

/**
 * What came to the activity and what was turned away, per tenant, over the last minute and the last hundred kinds of
 * arrival. Memory only; bounded by tenants × lines. Refusals of unknown credentials are kept with Hanok's own tenant,
 * so no tenant learns of them.
 */
export class IngestActivity {
  readonly #clock: Clock;
  readonly #views = new Map<TenantId, View>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  report({ marks, ...told }: IngestReport): void {
    const arrival: Arrival = {
      ...told,
      remote: cut(told.remote),
      userAgent: cut(told.userAgent),
      service: cutOrNull(told.service),
      message: cutOrNull(told.message),
      fix: cutOrNull(told.fix),
      values:
        told.values &&
        Object.fromEntries(
          Object.entries(told.values).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
        ),
    };
    const view = this.#viewOf(arrival.tenant ?? OPERATOR_TENANT);
    const second = Math.floor(arrival.at / 1_000);
    const { totals } = view;
    view.version++;
    if (arrival.outcome === 'refused') {
      view.refused.add(second, 1);
      totals.refused++;
    } else {
      if (arrival.signal) view.accepted[arrival.signal].add(second, arrival.records);
      totals.records += arrival.records;
      totals.bytes += arrival.bytes;
      if (arrival.signal && marks) view.marked.add(arrival.at, arrival.signal, marks);
    }
    totals.rejected += arrival.rejected;

    const { lines } = view;
    for (let index = lines.length - 1; index >= Math.max(0, lines.length - FOLD_DEPTH); index--) {
      const line = lines[index]!;
      if (!sameKind(line, arrival) || arrival.at - line.at >= FOLD_MS) continue;
      lines.splice(index, 1);
      lines.push({
        ...line,
        at: arrival.at,
        message: arrival.message,
        values: arrival.values,
        records: line.records + arrival.records,
        bytes: line.bytes + arrival.bytes,
        rejected: line.rejected + arrival.rejected,
        requests: line.requests + 1,
      });
      return;
    }
    if (lines.length >= MOST_LINES) lines.shift();
    lines.push({ ...arrival, requests: 1 });
  }

  /** Changes whenever something arrived for the tenant. */
  version(tenant: TenantId): number {
    return this.#views.get(tenant)?.version ?? 0;
  }

  view(tenant: TenantId, notices: IngestActivityResponse['notices']): IngestActivityResponse {
    const view = this.#views.get(tenant) ?? emptyView();
    const second = Math.floor(this.#clock.now() / 1_000);
    return {
      accepted: {
        logs: view.accepted.logs.before(second),
        traces: view.accepted.traces.before(second),
        metrics: view.accepted.metrics.before(second),
      },
      refused: view.refused.before(second),
      totals: { ...view.totals },
      recent: view.lines.map(toEvent).reverse(),
      marked: view.marked.view(this.#clock.now()),
      notices,
    };
  }

  /** In short, for lists of tenants. */
  glance(tenant: TenantId): TenantLive['ingest'] {
    const view = this.#views.get(tenant);
    if (!view) return { recordsPerSecond: 0, refused: 0, lastAt: null };
    const second = Math.floor(this.#clock.now() / 1_000);
    const sum = (ring: SecondRing) => ring.before(second).reduce((total, one) => total + one, 0);
    const records = SIGNALS.reduce((total, signal) => total + sum(view.accepted[signal]), 0);
    const last = view.lines.at(-1)?.at;
    return {
      recordsPerSecond: records / 60,
      refused: sum(view.refused),
      lastAt: last === undefined ? null : `${Math.round(last)}000000`,
    };
  }

  forget(tenant: TenantId): void {
    this.#views.delete(tenant);
  }

  #viewOf(tenant: TenantId): View {
    let view = this.#views.get(tenant);
    if (!view) {
      if (this.#views.size >= MOST_TENANTS) {
        const [oldest] = this.#views.keys();
        if (oldest !== undefined) this.#views.delete(oldest);
      }
      view = emptyView();
      this.#views.set(tenant, view);
    }
    return view;
  }
}

function emptyView(): View {
  const [logs, traces, metrics] = SIGNALS.map(() => new SecondRing());
  return {
    accepted: { logs: logs!, traces: traces!, metrics: metrics! },
    refused: new SecondRing(),
    totals: { records: 0, bytes: 0, refused: 0, rejected: 0 },
    marked: new MarkHours(),
    lines: [],
    version: 0,
  };
}

function toEvent({ tenant: _, at, ...line }: Line): IngestActivityEvent {
  return { ...line, at: `${Math.round(at)}000000` };
}
