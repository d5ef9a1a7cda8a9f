import { useConnection } from '../api/connection.ts';
import { formatClock } from '../format/instants.ts';
import { t } from '../i18n/index.ts';
import { Badge } from './badge.tsx';

/** Says of when the figures beside it are; `at` is in Unix milliseconds, 0 while there are none. Loud while the server does not answer. */
export function AsOf({ at }: { readonly at: number }) {
  const { away } = useConnection();
  if (at === 0) return null;
  const text = t('kit.asOf', { at: formatClock(at, true) });
  return away ? <Badge tone="warn">{text}</Badge> : text;
}
