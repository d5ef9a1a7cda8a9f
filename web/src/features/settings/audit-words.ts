import type { AuditRow } from '../../api/admin-queries.ts';
import { type MessageId, t } from '../../i18n/index.ts';
import type { Tone } from '../../kit/badge.tsx';

const NAMED = {
  bootstrap: 'settings.audit.did.bootstrap',
  login: 'settings.audit.did.login',
  logout: 'settings.audit.did.logout',
  'login.first-step': 'settings.audit.did.loginFirst',
  'invitation.create': 'settings.audit.did.inviteCreate',
  'invitation.revoke': 'settings.audit.did.inviteRevoke',
  'invitation.accept': 'settings.audit.did.inviteAccept',
  'link.use': 'settings.audit.did.linkUse',
  'user.reset-link': 'settings.audit.did.resetLink',
  'user.end-sessions': 'settings.audit.did.endSessions',
  'user.reset-second-factor': 'settings.audit.did.takeFactor',
  'second-factor.begin': 'settings.audit.did.factorBegin',
  'second-factor.set-up': 'settings.audit.did.factorSetUp',
  'second-factor.remove': 'settings.audit.did.factorRemove',
  'second-factor.recovery-codes': 'settings.audit.did.factorCodes',
  'session.end': 'settings.audit.did.sessionEnd',
  'tenant-settings.change': 'settings.audit.did.settingsChange',
  'key.create': 'settings.audit.did.keyCreate',
  'key.revoke': 'settings.audit.did.keyRevoke',
  'jwt-issuer.create': 'settings.audit.did.issuerCreate',
  'jwt-issuer.change': 'settings.audit.did.issuerChange',
  'jwt-issuer.remove': 'settings.audit.did.issuerRemove',
  'read.jwt-issuers': 'settings.audit.did.readIssuers',
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
  'signing-key.create': 'settings.audit.did.signingKey',
  'audit.overflow': 'settings.audit.did.overflow',
} as const;

export const OUTCOME_TONES: Readonly<Record<AuditRow['outcome'], Tone>> = { ok: 'ok', denied: 'warn', failed: 'bad' };

/** An action in words; one that has none (a refused call, by method and path) as it is. */
export function actionName(action: string): string {
  if (Object.hasOwn(NAMED, action)) return t(NAMED[action as keyof typeof NAMED]);
  return action.startsWith('read.') ? t('settings.audit.did.read', { what: action.slice(5) }) : action;
}

const KEYS = {
  admin: 'settings.audit.key.admin',
  byOperator: 'settings.audit.key.byOperator',
  burst_seconds: 'settings.audit.key.burst',
  bytes_per_second: 'settings.audit.key.bytes',
  logs_days: 'settings.audit.key.logsDays',
  metrics_days: 'settings.audit.key.metricsDays',
  publicKey: 'settings.audit.key.publicKey',
  records_per_second: 'settings.audit.key.records',
  traces_days: 'settings.audit.key.tracesDays',
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
    'tenant-suspended': 'settings.audit.value.tenantSuspended',
    'wrong-credentials': 'settings.audit.value.wrongCredentials',
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
  if (value === true) return t('settings.audit.value.yes');
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

/** One value that a change is about, in words. */
export const changedValue = (key: string, value: unknown): string =>
  value === undefined || value === null ? '–' : valueText(key, value);
export const changedName = (key: string): string => keyName(key);

/** Everything that an entry changed: what it was, what it is. */
export function changesOf({ before, after }: Pick<AuditRow, 'before' | 'after'>) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.map((name) => ({ name, from: before?.[name], to: after?.[name] }));
}

/** What was changed and told, on one line: `Role: Member → Administrator · Reason: too many attempts`. */
export function entryText(row: Pick<AuditRow, 'before' | 'after' | 'detail' | 'reason'>): string {
  const changes = changesOf(row).map(({ name, from, to }) =>
    row.before === null
      ? `${keyName(name)}: ${changedValue(name, to)}`
      : `${keyName(name)}: ${changedValue(name, from)} → ${changedValue(name, to)}`,
  );
  const facts = detailFacts(row.detail).map(([key, value]) => `${key}: ${value}`);
  const reason = row.reason === null ? [] : [`${keyName('reason')}: ${row.reason}`];
  return [...changes, ...reason, ...facts].join(' · ');
}

/** What it was done to; keys by their names, which older rows of the log do not have. */
export function targetText({ action, target, detail }: AuditRow, keyNames: ReadonlyMap<string, string>): string {
  if (!action.startsWith('key.')) return target;
  const told = detail['name'];
  return (typeof told === 'string' ? told : keyNames.get(target)) ?? target;
}
