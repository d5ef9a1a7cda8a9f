import { Fragment } from 'react';
import { keyCaps } from '../keyboard/registry.ts';
import styles from './kbd.module.css';

export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {keyCaps(keys).map((stroke) => (
        <Fragment key={stroke.join()}>
          {stroke.map((cap) => (
            <kbd key={cap} className={styles.cap}>
              {cap}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
