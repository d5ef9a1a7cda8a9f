import { tokenOfService } from '../../theme/service-colours.ts';
import styles from './columns.module.css';

/** The service's colour, as charts, waterfalls and lists draw it. */
export function ServiceDot({ name }: { readonly name: string }) {
  return <i className={styles.colour} style={{ background: `var(${tokenOfService(name)})` }} aria-hidden="true" />;
}
