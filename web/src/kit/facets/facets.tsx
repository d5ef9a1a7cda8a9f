import { useState } from 'react';
import { visibleName } from '../../format/visible.ts';
import { Icon } from '../icon.tsx';
import { Visible } from '../visible.tsx';
import styles from './facets.module.css';
import { type FacetValue, withChosen } from './with-chosen.ts';

export interface FacetModel {
  readonly field: string;
  readonly label: string;
  readonly values: readonly FacetValue[];
  readonly more: boolean;
  /** Values that the query asks for; of several any will do. */
  readonly kept: readonly string[];
  readonly excluded: readonly string[];
}

interface Props {
  readonly facets: readonly FacetModel[];
  readonly label: string;
  readonly loading: boolean;
  /** Shown above the list when the counts are scaled up from a sample, or when they could not be had. */
  readonly note?: string | undefined;
  readonly formatCount: (count: number) => string;
  readonly words: {
    readonly include: (value: string) => string;
    readonly also: (value: string) => string;
    readonly release: (value: string) => string;
    readonly exclude: (value: string) => string;
    readonly blank: string;
    readonly search: string;
  };
  readonly onToggle: (field: string, value: string) => void;
  readonly onExclude: (field: string, value: string, excluded: boolean) => void;
}

/** Values of a few fields with their counts. A click chooses a value, clicks on others of the field add to it. */
export function Facets({ facets, label, loading, note, formatCount, words, onToggle, onExclude }: Props) {
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
        const all = withChosen(facet);
        const values =
          wanted === '' || facet.label.toLocaleLowerCase().includes(wanted)
            ? all
            : all.filter((one) => one.value.toLocaleLowerCase().includes(wanted));
        if (values.length === 0) return null;
        const most = Math.max(1, ...all.map((one) => one.count ?? 0));
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
                <Icon name="chevronRight" size={12} className={styles.fold} />
                <Visible text={facet.label} name />
              </button>
            </h3>
            {open && (
              <ul className={styles.values}>
                {values.map((one) => {
                  const kept = facet.kept.includes(one.value);
                  const excluded = facet.excluded.includes(one.value);
                  const name = one.value === '' ? words.blank : visibleName(one.value);
                  const does = kept
                    ? words.release(name)
                    : facet.kept.length > 0
                      ? words.also(name)
                      : words.include(name);
                  return (
                    <li
                      key={one.value}
                      className={styles.value}
                      data-state={kept ? 'kept' : excluded ? 'excluded' : undefined}
                    >
                      <button
                        type="button"
                        className={styles.keep}
                        title={does}
                        aria-pressed={kept}
                        onClick={() => onToggle(facet.field, one.value)}
                      >
                        <span className={styles.share} style={{ width: `${((one.count ?? 0) / most) * 100}%` }} />
                        {kept ? (
                          <Icon name="check" size={12} className={styles.tick} />
                        ) : (
                          one.token && <span className={styles.dot} style={{ background: `var(${one.token})` }} />
                        )}
                        <span className={styles.text}>
                          <Visible text={one.value === '' ? words.blank : one.value} name />
                        </span>
                        {one.count !== undefined && <span className={styles.count}>{formatCount(one.count)}</span>}
                      </button>
                      <button
                        type="button"
                        className={styles.drop}
                        aria-pressed={excluded}
                        aria-label={excluded ? words.release(name) : words.exclude(name)}
                        title={excluded ? words.release(name) : words.exclude(name)}
                        onClick={() => onExclude(facet.field, one.value, excluded)}
                      >
                        <Icon name="minus" size={12} />
                      </button>
                    </li>
                  );
                })}
              </ul>
            )}
          </section>
        );
      })}
    </nav>
  );
}
