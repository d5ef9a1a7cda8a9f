import type { FrontDoorResponse } from '@hanok/contract';
import type { Journal } from '#journal';
import type { Store } from '#store';
import { damageNotices } from './damage-notice.ts';

type Notice = FrontDoorResponse['notices'][number];
const MIB = 1024 ** 2;

/**
 * What people should know now about intake and answers: of one store for a `tenant`, or of all for an operator. Pure but for asking
 * the journals whether they are open.
 */
export function collectNotices(
  only: string | undefined,
  journals: ReadonlyMap<string, Journal>,
  engines: ReturnType<Store['engines']>,
  reserveBytes: number,
  tenant?: string,
): Notice[] {
  const notices: Notice[] = [];
  for (const [name, journal] of journals) {
    if (only !== undefined && name !== only) continue;
    const admission = journal.canAccept();
    if (!admission.open) notices.push({ code: admission.code, level: 'critical', message: admission.message });
    const stats = journal.stats();
    const share = stats.unreadBytes / stats.budgetBytes;
    if (admission.open && share > 0.5) {
      notices.push({
        code: 'journal.filling',
        level: 'warn',
        message: `the journal is ${Math.round(share * 100)} % full; the store is behind`,
      });
    }
    // The disk may shut the door long before the budget does; then this is the only warning.
    const room = stats.freeBytes - reserveBytes;
    if (admission.open && stats.unreadBytes > 0 && room < reserveBytes / 2) {
      notices.push({
        code: 'journal.disk-short',
        level: 'warn',
        message: `${Math.max(0, Math.round(room / MIB))} MiB until new records are refused for want of disk space`,
      });
    }
    notices.push(...damageNotices(name, stats.corrupt.damages, tenant));
    if (stats.deadLetters.entries > 0) {
      notices.push({
        code: 'journal.dead-letters',
        level: 'warn',
        message: `${stats.deadLetters.entries} batches were refused by the store and put aside`,
      });
    }
  }
  for (const engine of engines) {
    if (only !== undefined && engine.name !== only) continue;
    if (engine.state !== 'ready') {
      notices.push({
        code: 'store.unavailable',
        level: 'critical',
        message: 'the store is not answering; intake goes on, searches wait for its return',
      });
    }
  }
  return notices;
}
