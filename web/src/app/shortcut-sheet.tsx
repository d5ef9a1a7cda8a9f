import { t } from '../i18n/index.ts';
import { type Shortcut, useRegisteredShortcuts } from '../keyboard/registry.ts';
import { Dialog } from '../kit/dialog.tsx';
import { Kbd } from '../kit/kbd.tsx';
import styles from './shortcut-sheet.module.css';

const GROUPS: ReadonlyArray<Shortcut['group']> = [
  'app.keys.everywhere',
  'app.keys.go',
  'app.keys.lists',
  'app.keys.screen',
];

/** What the keyboard does right now, read from the registry itself. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const all = useRegisteredShortcuts();
  return (
    <Dialog onClose={onClose} title={t('app.keys')} size="l">
      <div className={styles.groups}>
        {GROUPS.map((group) => {
          const unique = new Map(all.filter((item) => item.group === group).map((item) => [item.keys, item]));
          if (unique.size === 0) return null;
          return (
            <section key={group} aria-label={t(group)}>
              <h3 className={styles.heading}>{t(group)}</h3>
              <dl className={styles.list}>
                {[...unique.values()].map((item) => (
                  <div key={item.keys} className={styles.line}>
                    <dt>{t(item.label)}</dt>
                    <dd>
                      <Kbd keys={item.keys} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}
