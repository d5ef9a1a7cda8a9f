import type { FieldInfo } from '@hanok/contract';
import { useState } from 'react';
import { visibleName } from '../../format/visible.ts';
import { Icon } from '../icon.tsx';
import { Visible } from '../visible.tsx';
import styles from './facets.module.css';
import { offeredFields } from './offered.ts';
import { type FacetValue, withChosen } from './with-chosen.ts';

export interface FacetModel {
  readonly field: string;
  readonly label: string;
  readonly values: readonly FacetValue[];
  readonly more: boolean;
  /** Values that the query asks for; of several any will do. */
  readonly kept: readonly string[];
  readonly excluded: readonly string[];
  /** Opened by the reader, who can put it away. */
  readonly own?: boolean;
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
    /** Names the list of further attributes. */
    readonly offered: string;
    readonly open: (field: string) => string;
    readonly close: (field: string) => string;
    readonly more: (count: number) => string;
  };
  /** Further attributes that can be opened; undefined until they were wanted and are there. */
  readonly offered: readonly FieldInfo[] | undefined;
  readonly onWantOffered: () => void;
  readonly onOpen: (field: string) => void;
  readonly onClose: (field: string) => void;
  /** Why the facets that the reader opened could not be counted. */
  readonly ownFailed: string | undefined;
  readonly onToggle: (field: string, value: string) => void;
  readonly onExclude: (field: string, value: string, excluded: boolean) => void;
}

/** Values of a few fields with their counts. A click chooses a value, clicks on others of the field add to it. */
export function Facets(props: Props) {
  const { facets, label, loading, note, formatCount, words, onToggle, onExclude } = props;
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
        onFocus={props.onWantOffered}
        onChange={(event) => setNeedle(event.target.value)}
      />
      {note && <p className={styles.note}>{note}</p>}
      {facets.map((facet) => {
        const all = withChosen(facet);
        const values =
          wanted === '' || facet.label.toLocaleLowerCase().includes(wanted)
            ? all
            : all.filter((one) => one.value.toLocaleLowerCase().includes(wanted));
        if (values.length === 0 && !facet.own) return null;
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
              {facet.own && (
                <button
                  type="button"
                  className={styles.close}
                  aria-label={words.close(visibleName(facet.label))}
                  title={words.close(visibleName(facet.label))}
                  onClick={() => props.onClose(facet.field)}
                >
                  <Icon name="close" size={12} />
                </button>
              )}
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
      {props.ownFailed && <p className={styles.note}>{props.ownFailed}</p>}
      <Offered {...props} needle={wanted} />
    </nav>
  );
}

/** Attributes that are no facet yet, folded away until somebody unfolds them or searches. */
function Offered({ facets, words, offered, needle, onWantOffered, onOpen }: Props & { readonly needle: string }) {
  const [unfolded, setUnfolded] = useState(false);
  const open = unfolded || needle !== '';
  const { names, more } = offeredFields(
    offered ?? [],
    facets.map((one) => one.field),
    needle,
  );
  if (needle !== '' && names.length === 0) return null;
  return (
    <section className={styles.facet}>
      <h3 className={styles.title}>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => {
            onWantOffered();
            setUnfolded(!unfolded);
          }}
        >
          <Icon name="chevronRight" size={12} className={styles.fold} />
          {words.offered}
        </button>
      </h3>
      {open && (
        <ul className={styles.values} aria-busy={offered === undefined}>
          {names.map((name) => (
            <li key={name} className={styles.value}>
              <button
                type="button"
                className={styles.keep}
                title={words.open(visibleName(name))}
                onClick={() => onOpen(name)}
              >
                <Icon name="plus" size={12} className={styles.tick} />
                <span className={styles.text}>
                  <Visible text={name} name />
                </span>
              </button>
            </li>
          ))}
          {more > 0 && <li className={styles.note}>{words.more(more)}</li>}
        </ul>
      )}
    </section>
  );
}
