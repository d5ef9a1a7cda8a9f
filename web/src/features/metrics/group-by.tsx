import type { MetricResponse } from '@hanok/contract';
import { formatCount } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import { join } from '../../kit/join.ts';
import { Menu, MenuToggle } from '../../kit/menu.tsx';
import styles from './metric-view.module.css';

/** Chips in all, as far as they are not chosen; they stay on one line. */
const MOST_CHIPS = 4;
/** More lines than this nobody can follow, so it is not offered unasked. */
const MOST_VALUES = 40;

/** Attributes that cut a metric into lines, each a switch with how many values it has. */
export function GroupBy({
  attributes,
  by,
  fixed,
  onChange,
}: {
  attributes: MetricResponse['attributes'];
  by: readonly string[];
  /** What of `by` cannot be taken away. */
  fixed: readonly string[];
  onChange: (by: string[]) => void;
}) {
  const known = new Map(attributes.map((one) => [one.name, one]));
  const toggle = (name: string) => onChange(by.includes(name) ? by.filter((one) => one !== name) : [...by, name]);
  const offered = attributes
    .filter((one) => one.values > 1 && one.values <= MOST_VALUES && !by.includes(one.name))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, Math.max(1, MOST_CHIPS - by.length))
    .map((one) => one.name);
  const rest = attributes.filter((one) => !by.includes(one.name) && !offered.includes(one.name));
  return (
    <div className={styles.groupBy} role="group" aria-label={t('metrics.groupBy')}>
      <span className={styles.label}>{t('metrics.groupBy')}</span>
      {[...by, ...offered].map((name) => {
        const chosen = by.includes(name);
        const about = known.get(name);
        const stays = fixed.includes(name);
        return (
          <button
            key={name}
            type="button"
            className={join(styles.chip, chosen && styles.chipOn)}
            aria-pressed={chosen}
            aria-disabled={stays || undefined}
            title={stays ? t('metrics.groupBy.fixed') : about?.sample.map(visibleName).join('\n')}
            onClick={() => !stays && toggle(name)}
          >
            {visibleName(name)}
            {about && <span className={styles.chipCount}>{formatCount(about.values)}</span>}
            {chosen && !stays && <Icon name="close" size={12} />}
          </button>
        );
      })}
      {rest.length > 0 && (
        <Menu
          trigger={
            <Button tone="quiet" size="s" icon="plus">
              {t('metrics.groupBy.more')}
            </Button>
          }
        >
          {rest.map((one) => (
            <MenuToggle key={one.name} checked={false} onChange={() => toggle(one.name)}>
              <span className={styles.menuRow}>
                <span>{visibleName(one.name)}</span>
                <span className={styles.menuCount}>{t('metrics.groupBy.values', { count: one.values })}</span>
              </span>
            </MenuToggle>
          ))}
        </Menu>
      )}
    </div>
  );
}

/** The metric's own attributes say more than where it ran. */
function rank({ source }: MetricResponse['attributes'][number]): number {
  return source === 'attribute' ? 0 : source === 'field' ? 1 : 2;
}
