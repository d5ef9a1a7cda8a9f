import type { Signal } from '@hanok/contract';
import { type Keyed, type Target, targetOf } from '@hanok/contract/query';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { fail } from '../errors.ts';
import { CLAIM, type ColumnForm, formOf } from './columns.ts';
import { type KnownKeys, keyIsKnown } from './known-keys.ts';
import { memberTexts } from './members.ts';

/**
 * A field's value as one text per row, empty when absent: what facets count and charts stack and group by. Throws
 * `query.field` for fields that are no labels (times, long texts, several at once).
 */
export function labelOf(field: string, signal: Signal, known?: KnownKeys): Fragment {
  return labelOfTarget(targetOf(signal, field), field, known);
}

export function labelOfTarget(target: Target, field: string, known?: KnownKeys): Fragment {
  switch (target.source) {
    case 'field':
      return ofColumn(formOf(target.field), field);
    case 'attribute':
      return attribute(target, 'attribute', known);
    case 'resource':
      return looked('resource_id', 'resources', attribute(target, 'resource', known));
    case 'scope':
      return looked('scope_id', 'scopes', attribute(target, 'scope', known));
    case 'claim':
      return looked('resource_id', 'resources', CLAIM);
    case 'event':
    case 'link':
      throw fail('query.field', `${field} has several values in one span and cannot be counted`, {
        reason: 'several-values',
        values: { field },
        at: field,
      });
    case 'any': {
      const resource = looked('resource_id', 'resources', attribute(target, 'resource', known));
      const own = sql`attributes[${bind.string(target.key)}]`;
      const inside = [
        ...membersOf(target, 'attribute', known),
        ...(target.body ?? []).map((path) => memberTexts(sql`[body]`, path)),
      ];
      const otherwise = inside.length === 0 ? resource : firstOf([...inside, sql`[${resource}]`]);
      // An empty attribute does not hide the resource's: whether the key is there would be read from the keys of all pairs.
      return sql`if(${own} != '', ${own}, ${otherwise})`;
    }
  }
}

/** An attribute of the row, or a member of one. */
function attribute(target: Keyed, source: keyof KnownKeys, known: KnownKeys | undefined): Fragment {
  const own = sql`attributes[${bind.string(target.key)}]`;
  const inside = membersOf(target, source, known);
  return inside.length === 0 ? own : firstOf([sql`[${own}]`, ...inside]);
}

function membersOf({ members }: Keyed, source: keyof KnownKeys, known: KnownKeys | undefined): Fragment[] {
  return members
    .filter((member) => keyIsKnown(known, source, member.key))
    .map((member) => memberTexts(sql`[attributes[${bind.string(member.key)}]]`, member.path));
}

/** The first text of several lists that is not empty. */
function firstOf(lists: readonly Fragment[]): Fragment {
  return sql`arrayElement(arrayFilter(t -> t != '', arrayConcat(${joined(lists, ', ')})), 1)`;
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
      throw fail('query.field', `${field} cannot be counted by value`, {
        reason: 'not-counted',
        values: { field },
        at: field,
      });
  }
}
