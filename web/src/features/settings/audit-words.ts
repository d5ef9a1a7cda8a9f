import type { AuditRow } from '../../api/admin-queries.ts';
import { matchesHangul } from '../../format/hangul.ts';
import { t } from '../../i18n/index.ts';
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

/** The detail on one line: `role admin, reason throttled`. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([key]) => !COMMON.has(key))
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** Every word must be somewhere in the row. */
export function matchesAudit(row: AuditRow, wanted: string): boolean {
  const whole = [row.actor, row.tenant ?? '', row.action, actionName(row.action), row.target, detailText(row.detail)]
    .concat(row.outcome, t(`settings.audit.outcome.${row.outcome}`))
    .join('\n');
  return wanted
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => matchesHangul(whole, word));
}
