import type { Signal } from '@hanok/contract';
import { type Target, targetOf } from '@hanok/contract/query';
import { bind, type Fragment, name, select, sql } from '#store';
import { fail } from '../errors.ts';
import { type ColumnForm, formOf } from './columns.ts';

/**
 * A field's value as one text per row, empty when absent: what facets count and charts stack and group by. Throws
 * `query.field` for fields that are no labels (times, long texts, several at once).
 */
export function labelOf(field: string, signal: Signal): Fragment {
  return labelOfTarget(targetOf(signal, field), field);
}

export function labelOfTarget(target: Target, field: string): Fragment {
  switch (target.source) {
    case 'field':
      return ofColumn(formOf(target.field), field);
    case 'attribute':
      return attribute(target.key);
    case 'resource':
      return resourceLabel(target.key);
    case 'scope':
      return looked('scope_id', 'scopes', attribute(target.key));
    case 'event':
      throw fail('query.field', `${field} has several values in one span and cannot be counted`, { at: field });
    case 'any':
      // An empty attribute does not hide the resource's: whether the key is there would be read from the keys of all pairs.
      return sql`if(${attribute(target.key)} != '', ${attribute(target.key)}, ${resourceLabel(target.key)})`;
  }
}

const attribute = (key: string): Fragment => sql`attributes[${bind.string(key)}]`;

/** The attribute of the row's resource. */
export function resourceLabel(key: string): Fragment {
  return looked('resource_id', 'resources', attribute(key));
}

/**
 * The value that a row of `table` has under the id the record carries. Both arrays come from one scalar subquery
 * (the engine runs equal ones once) and end with an entry for "none", since they may not be empty.
 */
function looked(id: 'resource_id' | 'scope_id', table: 'resources' | 'scopes', value: Fragment): Fragment {
  const known = select({
    columns: { one: name(id), label: sql`any(${value})` },
    from: table,
    groupBy: [name(id)],
  });
  const arrays = select({
    columns: { both: sql`tuple(arrayPushBack(groupArray(one), 0), arrayPushBack(groupArray(label), ''))` },
    from: known,
  });
  return sql`transform(${name(id)}, tupleElement(${arrays}, 1), tupleElement(${arrays}, 2), '')`;
}

function ofColumn(form: ColumnForm, field: string): Fragment {
  switch (form.form) {
    case 'text':
      return form.text;
    case 'texts':
      return sql`arrayElement(${form.texts}, 1)`;
    case 'integer':
      return sql`toString(${form.value})`;
    case 'code': {
      const names = Object.keys(form.codes);
      return sql`transform(${form.value}, ${bind.uints(Object.values(form.codes))}, ${bind.strings(names)}, '')`;
    }
    case 'id':
      return sql`if(${form.column} = toFixedString('', ${bind.uint(form.bytes)}), '', lower(hex(${form.column})))`;
    case 'flag':
      return sql`if(${form.condition}, 'true', 'false')`;
    case 'scope':
      return looked('scope_id', 'scopes', name(form.column));
    case 'time':
    case 'conditions':
    case 'ids':
      throw fail('query.field', `${field} cannot be counted by value`, { at: field });
  }
}
