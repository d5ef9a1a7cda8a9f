import type { Notice } from '@hanok/contract';
import type { Damage } from '#journal';

/**
 * What people are told of damage in the journal of one store. A tenant hears of its own and of what is nobody's for
 * sure, never another's name; an operator hears all.
 */
export function damageNotices(
  store: string,
  all: readonly Damage[],
  { operator, tenant }: { readonly operator: boolean; readonly tenant: string | undefined },
): Notice[] {
  const damages = all.filter((one) => operator || one.tenant === undefined || one.tenant === tenant);
  const notices: Notice[] = [];
  const where = operator ? `store ${store}: ` : '';
  const remedy = operator
    ? ` What is known and the bytes are kept in journal/${store}/damaged of the data directory; npm run doctor lists them, and removing that folder ends this notice. Look at the disk (kernel log, SMART).`
    : ' The operator has the details.';
  const valuesOf = (some: readonly Damage[]) => extentOf(some, operator);
  const own = operator ? { store } : {};
  const lost = damages.filter((one) => one.acknowledged && one.last >= one.first);
  if (lost.length > 0) {
    const entries = lost.reduce((sum, one) => sum + Number(one.last - one.first) + 1, 0);
    notices.push({
      code: 'journal.damaged',
      level: 'critical',
      message: `${where}${count(entries, 'acknowledged request')} could not be read back from the journal and ${entries === 1 ? 'is' : 'are'} left out: ${extent(lost, operator)}. Senders that still have the data of this time may send it again; everything else was kept.${remedy}`,
      values: { count: entries, ...valuesOf(lost), ...own },
    });
  }
  const cut = damages.filter((one) => !one.acknowledged);
  if (cut.length > 0)
    notices.push({
      code: 'journal.end-cut',
      level: 'warn',
      message: `${where}${bytesOf(cut)} bytes at the end of the journal were no whole request and were cut off: an unfinished write, which nobody was told is stored, or damage: ${extent(cut, operator)}. Senders that got no answer send again.${remedy}`,
      values: { cutBytes: bytesOf(cut), ...valuesOf(cut), ...own },
    });
  const copies = damages.filter((one) => one.acknowledged && one.last < one.first);
  if (copies.length > 0 && operator)
    notices.push({
      code: 'journal.copy-damaged',
      level: 'warn',
      message: `${where}${[...new Set(copies.map((one) => `${one.file}: ${one.reason}`))].slice(0, 5).join('. ')}.${remedy}`,
      values: { files: [...new Set(copies.map((one) => one.file))].slice(0, 5).join(', '), ...own },
    });
  return notices;
}

const count = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;
const bytesOf = (damages: readonly Damage[]) => damages.reduce((sum, one) => sum + one.bytes, 0);

/** What `extent` says, as values: `whose` for operators, times in Unix milliseconds, as far as they are known. */
function extentOf(damages: readonly Damage[], operator: boolean): Record<string, string | number> {
  const records = damages.reduce((sum, one) => sum + (one.records ?? 0), 0);
  const from = least(damages.map((one) => one.appendedAfter ?? 0));
  const to = Math.max(0, ...damages.map((one) => one.appendedBefore ?? 0));
  const whose = [...new Set(damages.flatMap((one) => one.tenant ?? []))].sort();
  return {
    ...(records > 0 && { records }),
    ...(from > 0 && to > 0 && { fromMs: from, toMs: to }),
    ...(operator && whose.length > 0 && { whose: whose.join(', ') }),
  };
}

/** How much, whose (for operators), of which time, as far as the bytes told. */
export function extent(damages: readonly Damage[], operator: boolean): string {
  const parts: string[] = [];
  const known = damages.filter((one) => one.records !== undefined);
  const records = known.reduce((sum, one) => sum + (one.records ?? 0), 0);
  const whose = [...new Set(damages.map((one) => one.tenant ?? 'unknown'))].sort();
  if (records > 0) parts.push(`${records} records`);
  if (known.length < damages.length) parts.push(`${records > 0 ? 'and ' : ''}an unknown number of records`);
  if (operator) parts.push(`of ${whose.map((one) => (one === 'unknown' ? 'an unknown tenant' : one)).join(', ')}`);
  const from = least(damages.map((one) => one.appendedAfter ?? 0));
  const to = Math.max(0, ...damages.map((one) => one.appendedBefore ?? 0));
  const at = (ms: number) => new Date(ms).toISOString();
  if (from > 0 && to > 0) parts.push(`received between ${at(from)} and ${at(to)}`);
  else if (from > 0) parts.push(`received after ${at(from)}`);
  else if (to > 0) parts.push(`received before ${at(to)}`);
  return parts.join(' ');
}

function least(times: readonly number[]): number {
  const known = times.filter((time) => time > 0);
  return known.length === 0 ? 0 : Math.min(...known);
}
