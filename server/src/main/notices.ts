import type { Notice, NoticeCode, TenantId } from '@hanok/contract';
import type { RecentRefusals } from '#base';
import type { NoticeReader } from '#edge';
import type { Journal } from '#journal';
import type { LimitNotice } from '#receivers';
import type { EngineState } from '#store';
import { damageNotices } from './damage-notice.ts';

const MIB = 1024 ** 2;
/** The store that several tenants share. */
const POOL = 'pool';

/** An engine that sleeps, or is on its way from there, is as it should be: a question wakes it. */
const WELL: ReadonlySet<EngineState['state']> = new Set(['ready', 'asleep', 'waiting', 'waking']);

export interface InstanceState {
  /** By store. */
  readonly journals: ReadonlyMap<string, Pick<Journal, 'canAccept' | 'stats'>>;
  readonly engines: readonly Pick<EngineState, 'name' | 'state'>[];
  readonly reserveBytes: number;
  readonly storeOf: (tenant: TenantId) => string;
  /** Connections that found no place in the last minutes. */
  readonly refusedConnections: readonly RecentRefusals[];
  /** Limits that tenants, or the one named, are beyond now. */
  readonly limits: (tenant: TenantId | undefined) => readonly LimitNotice[];
  /** Since when the control database cannot be reached; Unix milliseconds. */
  readonly controlAwaySince: number | undefined;
  /** Hanok's own: an operator who names it asks about the whole instance. */
  readonly operatorTenant: TenantId;
}

/**
 * What people should know now about intake and answers. A tenant hears of the store it lives in and of its own data,
 * never of another's. An operator hears which store, whose data, how much, when, and what to do: of all stores, or of
 * the one in which the tenant lives for whom they act. Pure but for asking the journals.
 */
export function collectNotices(reader: NoticeReader, instance: InstanceState): Notice[] {
  const { operator } = reader;
  const tenant = operator && reader.tenant === instance.operatorTenant ? undefined : reader.tenant;
  const only = tenant === undefined ? undefined : instance.storeOf(tenant);
  const notices: Notice[] = [];
  for (const [store, journal] of instance.journals) {
    if (only !== undefined && store !== only) continue;
    const say = (
      code: NoticeCode,
      level: Notice['level'],
      message: string,
      forOperators: string,
      values: Notice['values'] = {},
    ) =>
      notices.push({
        code,
        level,
        message: operator ? `store ${store}: ${message}; ${forOperators}` : message,
        values: operator ? { ...values, store, ...load } : values,
      });
    // How far a shared journal is behind says what neighbours send; its tenants hear whether ingest is open.
    const mayTellLoad = operator || store !== POOL;
    const admission = journal.canAccept();
    const stats = journal.stats();
    const { unreadBytes, budgetBytes, freeBytes } = stats;
    const load = { unreadBytes, budgetBytes, freeBytes };
    const unread = `${mib(stats.unreadBytes)} of ${mib(stats.budgetBytes)} wait for the store, ${mib(stats.freeBytes)} of disk are free`;
    if (!admission.open)
      say(
        admission.code,
        'critical',
        admission.message,
        `new requests are refused. ${unread}. See whether its engine runs and what the log says; npm run doctor looks at the disk`,
      );
    const share = stats.unreadBytes / stats.budgetBytes;
    if (mayTellLoad && admission.open && share > 0.5)
      say(
        'journal.filling',
        'warn',
        `the journal is ${Math.round(share * 100)} % full; the store is behind`,
        `${unread}. At 90 % new requests are refused`,
        { share: Math.round(share * 100) / 100 },
      );
    // The disk may shut the journal long before the budget does; then this is the only warning.
    const room = stats.freeBytes - instance.reserveBytes;
    if (operator && admission.open && stats.unreadBytes > 0 && room < instance.reserveBytes / 2)
      say(
        'journal.disk-short',
        'warn',
        `${Math.max(0, Math.round(room / MIB))} MiB until new records are refused for want of disk space`,
        'free space on the disk of the data directory, or lower retention',
        { roomBytes: Math.max(0, room) },
      );
    notices.push(...damageNotices(store, stats.corrupt.damages, { operator, tenant }));
    const { entries, files } = stats.deadLetters;
    const concerned =
      mayTellLoad || tenant === undefined
        ? entries
        : files.reduce((sum, file) => sum + (file.tenants?.[tenant] ?? 0), 0);
    if (concerned > 0) {
      const times = files.map(({ deadLetteredAt }) => deadLetteredAt);
      const when = times.length === 0 ? '' : ` between ${iso(Math.min(...times))} and ${iso(Math.max(...times))}`;
      notices.push({
        code: 'journal.dead-letters',
        level: 'warn',
        message: operator
          ? `store ${store}: ${entries} requests were refused by the store for what is in them${when} and put aside in journal/${store}/dead-letters; the log and those files say why. They are kept until somebody removes them`
          : `${concerned} of your requests could not be stored and were put aside, nothing else is affected; the operator has the details`,
        values: operator
          ? { count: entries, store, ...(times.length > 0 && { fromMs: Math.min(...times), toMs: Math.max(...times) }) }
          : { count: concerned },
      });
    }
  }
  for (const { name, state } of instance.engines) {
    if ((only !== undefined && name !== only) || WELL.has(state)) continue;
    const message = 'the store is not answering; intake goes on, searches wait for its return';
    notices.push({
      code: 'store.unavailable',
      level: 'critical',
      message: operator
        ? `store ${name}: ${message}. Its engine is ${state}. It is started again by itself; if that does not help, see the log`
        : message,
      ...(operator && { values: { store: name, engine: state } }),
    });
  }
  if (instance.controlAwaySince !== undefined)
    notices.push({
      code: 'control.away',
      level: 'critical',
      message: `the control database cannot be reached since ${iso(instance.controlAwaySince)}; ingest goes on with the tenants and keys known then, sign-in and changes are refused`,
      values: { sinceMs: instance.controlAwaySince },
    });
  // Addresses of strangers, and what they do to the whole instance: nothing for a tenant to know.
  if (operator && tenant === undefined) notices.push(...instance.refusedConnections.map(connectionNotice));
  for (const { tenant: owner, code, message, values } of instance.limits(tenant))
    notices.push({
      code,
      level: 'warn',
      message: tenant === undefined ? `tenant ${owner}: ${message}` : message,
      values: tenant === undefined ? { ...values, tenant: owner } : values,
    });
  return notices;
}

function connectionNotice({ port, reason, count, remote, at }: RecentRefusals): Notice {
  return {
    code: `connections.${reason}`,
    level: 'warn',
    message: `port ${port}: ${count} connections were ${WHAT_HAPPENED[reason]}, the last at ${iso(at)}, from ${remote}. See hanok_connections_refused_total in /metrics, and HANOK_CONNECTIONS_PER_SOURCE, HANOK_SHARED_SOURCES, HANOK_HTTP_MAX_CONNECTIONS and HANOK_OTLP_MAX_CONNECTIONS`,
    values: { port, count, remote, at: iso(at) },
  };
}

const WHAT_HAPPENED: Readonly<Record<RecentRefusals['reason'], string>> = {
  'port-full': 'refused, because the port has as many as it takes and all are at work',
  'source-full': 'refused, because their address has as many as one may have',
  flood: 'refused, because their address had flooded the port',
  slowed: 'made to wait, because senders behind their address flooded the port',
  evicted:
    'ended for newcomers, because the port was full and nothing was authenticated on them, or they idled longest',
};

const mib = (bytes: number) => `${Math.round(bytes / MIB).toLocaleString('en')} MiB`;
const iso = (ms: number) => new Date(ms).toISOString();
