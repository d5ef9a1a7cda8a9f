import type { AnyValue } from '@hanok/contract';
import { useState } from 'react';
import { anyValueText, cut, typeOfValue } from '../format/any-value.ts';
import { visibleName } from '../format/visible.ts';
import { t } from '../i18n/index.ts';
import styles from './attribute-table.module.css';
import { Icon, type IconName } from './icon.tsx';
import { TextBlock } from './text-block.tsx';
import { Visible } from './visible.tsx';

export interface AttributeAction {
  readonly label: string;
  readonly icon: IconName;
  readonly run: (key: string, value: AnyValue) => void;
}

interface Props {
  readonly attributes: Readonly<Record<string, AnyValue>>;
  readonly caption: string;
  readonly actions: readonly AttributeAction[];
  readonly showAll: string;
}

/** Keys and values, sorted, each with what can be done with it. Long values are cut until asked for. */
export function AttributeTable({ attributes, caption, actions, showAll }: Props) {
  const keys = Object.keys(attributes).sort((a, b) => a.localeCompare(b));
  if (keys.length === 0) return null;
  return (
    <table className={styles.table}>
      <caption>{caption}</caption>
      <colgroup>
        <col className={styles.keys} />
        <col />
        <col className={styles.doing} />
      </colgroup>
      <tbody>
        {keys.map((key) => (
          <Row key={key} name={key} value={attributes[key]!} actions={actions} showAll={showAll} />
        ))}
      </tbody>
    </table>
  );
}

/** A longer text, or one of several lines, has the whole width of the table under its key. */
const BESIDE_KEY = 160;

function Row({
  name,
  value,
  actions,
  showAll,
}: {
  readonly name: string;
  readonly value: AnyValue;
  readonly actions: readonly AttributeAction[];
  readonly showAll: string;
}) {
  const [whole, setWhole] = useState(false);
  const text = anyValueText(value);
  const shown = whole ? { text, cut: 0 } : cut(text);
  const more = shown.cut > 0 && (
    <button type="button" className={styles.more} onClick={() => setWhole(true)}>
      {showAll}
    </button>
  );
  const doing = (
    <td className={styles.actions}>
      {actions.map((action) => (
        <button
          key={action.label}
          type="button"
          title={action.label}
          aria-label={`${action.label}: ${visibleName(name)}`}
          onClick={() => action.run(name, value)}
        >
          <Icon name={action.icon} size={12} />
        </button>
      ))}
    </td>
  );
  if (text.length > BESIDE_KEY || text.includes('\n'))
    return (
      <>
        <tr>
          <th scope="row" colSpan={2}>
            <Visible text={name} name />
          </th>
          {doing}
        </tr>
        <tr className={styles.under}>
          <td colSpan={3}>
            <TextBlock text={text} shown={shown.text} label={visibleName(name)} />
            {more}
          </td>
        </tr>
      </>
    );
  return (
    <tr>
      <th scope="row">
        <Visible text={name} name />
      </th>
      <td>
        <span className={styles.value} title={t(`kit.type.${typeOfValue(value)}`)}>
          <Visible text={shown.text} />
        </span>
        {more}
      </td>
      {doing}
    </tr>
  );
}
