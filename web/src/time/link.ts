import { freezeRange, type TimeRange } from './range.ts';

/**
 * An address as it is handed to others: with the range it was made with as moments, also where the address has none
 * and the reader's own last range was used. A refresh stays with the reader: a range that stands still has nothing new.
 */
export function sharedLink(href: string, range: TimeRange, nowMs: number): string {
  const { from, to } = freezeRange(range, nowMs);
  const url = new URL(href);
  url.searchParams.set('from', from);
  url.searchParams.set('to', to);
  url.searchParams.delete('refresh');
  return url.href;
}
