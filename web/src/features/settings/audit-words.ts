import type { AuditRow } from '../../api/admin-queries.ts';
import { matchesHangul } from '../../format/hangul.ts';
import { type MessageId, t } from '../../i18n/index.ts';
import type { Tone } from '../../kit/badge.tsx';

const NAMED = {
  bootstrap: 'settings.audit.did.bootstrap',
  login: 'settings.audit.did.login',
  logout: 'settings.audit.did.logout',
  'key.create': 'settings.audit.did.keyCreate',
  'key.revoke': 'settings.audit.did.keyRevoke',
  'user.create': 'settings.audit.did.userCreate',
  'user.remove': 'settings.audit.did.userRemove',
  'user.reset-password': 'settings.audit.did.userReset',
  'user.change-role': 'settings.audit.did.userRole',
  'user.change-password': 'settings.audit.did.userChange',
  'tenant.create': 'settings.audit.did.tenantCreate',
  'tenant.change': 'settings.audit.did.tenantChange',
  'read.logs': 'settings.audit.did.readLogs',
  'read.traces': 'settings.audit.did.readTraces',
  'read.metrics': 'settings.audit.did.readMetrics',
  'read.services': 'settings.audit.did.readServices',
  'read.fields': 'settings.audit.did.readFields',
  'read.storage': 'settings.audit.did.readStorage',
  'read.ingest-activity': 'settings.audit.did.readActivity',
  'read.users': 'settings.audit.did.readUsers',
  'read.keys': 'settings.audit.did.readKeys',
  'read.audit': 'settings.audit.did.readAudit',
  'audit.overflow': 'settings.audit.did.overflow',
} as const;

export const OUTCOME_TONES: Readonly<Record<AuditRow['outcome'], Tone>> = { ok: 'ok', denied: 'warn', failed: 'bad' };

/** An action in words; one that has none (a refused call, by method and path) as it is. */
export function actionName(action: string): string {
  if (Object.hasOwn(NAMED, action)) return t(NAMED[action as keyof typeof NAMED]);
  return action.startsWith('read.') ? t('settings.audit.did.read', { what: action.slice(5) }) : action;
}

/** In nearly every row; the dialog of a row has them. */
const COMMON = new Set(['remote', 'requestId']);

const KEYS = {
  admin: 'settings.audit.key.admin',
  asked: 'settings.audit.key.asked',
  claimed: 'settings.audit.key.claimed',
  code: 'settings.audit.key.code',
  email: 'settings.audit.key.email',
  from: 'settings.audit.key.from',
  limits: 'settings.audit.key.limits',
  mode: 'settings.audit.key.mode',
  name: 'settings.audit.key.name',
  operator: 'settings.audit.key.operator',
  prefix: 'settings.audit.key.prefix',
  query: 'settings.audit.key.query',
  reason: 'settings.audit.key.reason',
  remote: 'settings.audit.key.remote',
  repeated: 'settings.audit.key.repeated',
  requestId: 'settings.audit.key.requestId',
  retentionDays: 'settings.audit.key.retentionDays',
  role: 'settings.audit.key.role',
  since: 'settings.audit.key.since',
  status: 'settings.audit.key.status',
  tenants: 'settings.audit.key.tenants',
  to: 'settings.audit.key.to',
} as const satisfies Record<string, MessageId>;

/** Values that are words of ours, by the key they stand under. */
const VALUES: Readonly<Record<string, Readonly<Record<string, MessageId>>>> = {
  reason: {
    throttled: 'settings.audit.value.throttled',
    busy: 'settings.audit.value.busy',
    'tenant suspended': 'settings.audit.value.tenantSuspended',
    'wrong credentials': 'settings.audit.value.wrongCredentials',
  },
  role: {
    operator: 'app.role.operator',
    'operator-read-only': 'app.role.operator-read-only',
    owner: 'app.role.owner',
    admin: 'app.role.admin',
    editor: 'app.role.editor',
    viewer: 'app.role.viewer',
  },
  mode: { pool: 'app.tenant.pool', silo: 'app.tenant.silo' },
  status: { active: 'settings.audit.value.active', suspended: 'settings.audit.value.suspended' },
};

function keyName(key: string): string {
  return Object.hasOwn(KEYS, key) ? t(KEYS[key as keyof typeof KEYS]) : key;
}

function valueText(key: string, value: unknown): string {
  if (typeof value === 'string') {
    const id = VALUES[key]?.[value];
    return id === undefined ? value : t(id);
  }
  if (Array.isArray(value)) return value.map((one) => valueText(key, one)).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const { from, to, ...rest } = value as Readonly<Record<string, unknown>>;
  // A change: what it was, what it is.
  if (from !== undefined && to !== undefined && Object.keys(rest).length === 0)
    return `${valueText(key, from)} → ${valueText(key, to)}`;
  return Object.entries(value)
    .map(([inner, one]) => `${keyName(inner)} ${valueText(inner, one)}`)
    .join(', ');
}

/** The detail, name by name, in the reader's language. */
export function detailFacts(detail: Readonly<Record<string, unknown>>): Array<readonly [string, string]> {
  return Object.entries(detail).map(([key, value]) => [keyName(key), valueText(key, value)]);
}

/** The detail on one line: `Role: Member → Administrator · Reason: too many attempts`. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  return detailFacts(Object.fromEntries(Object.entries(detail).filter(([key]) => !COMMON.has(key))))
    .map(([key, value]) => `${key}: ${value}`)
    .join(' · ');
}

/** What it was done to; keys by their names, which older rows of the log do not have. */
export function targetText({ action, target, detail }: AuditRow, keyNames: ReadonlyMap<string, string>): string {
  if (!action.startsWith('key.')) return target;
  const told = detail['name'];
  return (typeof told === 'string' ? told : keyNames.get(target)) ?? target;
}

/** Every word must be somewhere in the row. */
export function matchesAudit(row: AuditRow, wanted: string, keyNames: ReadonlyMap<string, string>): boolean {
  const whole = [row.actor, row.tenant ?? '', row.action, actionName(row.action), row.target, detailText(row.detail)]
    .concat(targetText(row, keyNames), row.outcome, t(`settings.audit.outcome.${row.outcome}`))
    .join('\n');
  return wanted
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => matchesHangul(whole, word));
}
