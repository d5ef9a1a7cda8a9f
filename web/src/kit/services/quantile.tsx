import { formatDuration } from '../../format/durations.ts';
import { t } from '../../i18n/index.ts';

/** A quantile read from counted ranges of durations: near the true one, and said so. Nothing was measured: no figure. */
export function Quantile({ nanos, none }: { readonly nanos: number; readonly none: boolean }) {
  if (none) return '–';
  return <span title={t('services.quantile.about')}>≈{formatDuration(nanos)}</span>;
}
