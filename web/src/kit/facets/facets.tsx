import { useState } from 'react';
import styles from './facets.module.css';

export interface FacetModel {
  readonly field: string;
  readonly label: string;
  readonly values: ReadonlyArray<{
    readonly value: string;
    readonly count: number;
    readonly token?: `--${string}` | undefined;
  }>;
  readonly more: boolean;
}

interface Props {
  readonly facets: readonly FacetModel[];
  readonly label: string;
  readonly loading: boolean;
  /** Shown above the list when the counts are scaled up from a sample. */
  readonly note?: string | undefined;
  readonly formatCount: (count: number) => string;
  readonly words: {
    readonly include: (value: string) => string;
    readonly exclude: (value: string) => string;
    readonly empty: string;
    readonly blank: string;
    readonly search: string;
  };
  readonly onFilter: (field: string, value: string, negate: boolean) => void;
}

/** Values of a few fields with their counts; one click keeps a value, another takes it out. */
export function Facets({ facets, label, loading, note, formatCount, words, onFilter }: Props) {
  const [needle, setNeedle] = useState('');
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const wanted = needle.trim().toLocaleLowerCase();
  return (
    <nav className={styles.facets} aria-label={label} aria-busy={loading}>
      <input
        className={styles.search}
        type="search"
        value={needle}
        placeholder={words.search}
        aria-label={words.search}
        onChange={(event) => setNeedle(event.target.value)}
      />
      {note && <p className={styles.note}>{note}</p>}
      {facets.map((facet) => {
        const values =
          wanted === '' || facet.label.toLocaleLowerCase().includes(wanted)
            ? facet.values
            : facet.values.filter((one) => one.value.toLocaleLowerCase().includes(wanted));
        if (wanted !== '' && values.length === 0) return null;
        const most = Math.max(1, ...facet.values.map((one) => one.count));
        const open = !closed.has(facet.field);
        return (
          <section key={facet.field} className={styles.facet}>
            <h3 className={styles.title}>
              <button
                type="button"
                aria-expanded={open}
                onClick={() => {
                  const next = new Set(closed);
                  if (open) next.add(facet.field);
                  else next.delete(facet.field);
                  setClosed(next);
                }}
              >
                {facet.label}
              </button>
            </h3>
            {open &&
              (values.length === 0 ? (
                <p className={styles.empty}>{words.empty}</p>
              ) : (
                <ul className={styles.values}>
                  {values.map((one) => (
                    <li key={one.value} className={styles.value}>
                      <button
                        type="button"
                        className={styles.keep}
                        title={words.include(one.value)}
                        onClick={() => onFilter(facet.field, one.value, false)}
                      >
                        <span className={styles.share} style={{ width: `${(one.count / most) * 100}%` }} />
                        {one.token && <span className={styles.dot} style={{ background: `var(${one.token})` }} />}
                        <span className={styles.text}>{one.value === '' ? words.blank : one.value}</span>
                        <span className={styles.count}>{formatCount(one.count)}</span>
                      </button>
                      <button
                        type="button"
                        className={styles.drop}
                        aria-label={words.exclude(one.value)}
                        title={words.exclude(one.value)}
                        onClick={() => onFilter(facet.field, one.value, true)}
                      >
                        −
                      </button>
                    </li>
                  ))}
                </ul>
              ))}
          </section>
        );
      })}
    </nav>
  );
}
