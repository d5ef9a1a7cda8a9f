import type { CSSProperties } from 'react';
import { tokenOfService } from '../theme/service-colours.ts';
import styles from './service-tag.module.css';
import { Visible } from './visible.tsx';

/** A service's name with its colour, the same on every screen. */
export function ServiceTag({ name }: { name: string }) {
  return (
    <span className={styles.tag} style={{ '--service': `var(${tokenOfService(name)})` } as CSSProperties}>
      <span className={styles.name}>
        <Visible text={name} name />
      </span>
    </span>
  );
}
