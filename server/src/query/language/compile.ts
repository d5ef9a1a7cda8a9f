import type { Signal } from '@hanok/contract';
import type { Filter, Keyed, Target, Test } from '@hanok/contract/query';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { CLAIM, formOf, mainTexts } from './columns.ts';
import { engineExpression } from './engine-expression.ts';
import { unhexed } from './ids.ts';
import { type KnownKeys, keyIsKnown } from './known-keys.ts';
import { escapeLike } from './like.ts';
import { memberTexts, memberValues } from './members.ts';
import { textsOf } from './value-text.ts';
import { compileAllWords, compileWords, isOneWord } from './words.ts';

/**
 * A filter as a condition on rows of the signal's table (`logs`, `spans`, `series`). It is 0 or 1, never NULL, so
 * that NOT means exactly "every other row". With `known` only nested values that the tenant has are looked into.
 */
export function compileFilter(filter: Filter, signal: Signal, known?: KnownKeys): Fragment {
  switch (filter.kind) {
    case 'all':
      return sql`1`;
    case 'and':
      return sql`(${joined(compileAll(filter.children, signal, known), ' AND ')})`;
    case 'or':
      return sql`(${joined(
        filter.children.map((child) => compileFilter(child, signal, known)),
        ' OR ',
      )})`;
    case 'not':
      return sql`NOT ${compileFilter(filter.child, signal, known)}`;
    case 'text': {
      const { one, many } = mainTexts(signal);
      const parts = [
        ...one.map((text) => onText(text, sql`${text} != ''`, filter.test)),
        ...many.map((texts) => onTexts(texts, filter.test)),
      ];
      return sql`(${joined(parts, ' OR ')})`;
    }
    case 'field':
      return sql`(${onTarget(filter.target, filter.test, signal, known)})`;
  }
}

/** Single words of a signal with one main text are looked up together: an eighth less CPU than one by one. */
function compileAll(filters: readonly Filter[], signal: Signal, known: KnownKeys | undefined): Fragment[] {
  const { one, many } = mainTexts(signal);
  const text = one.length === 1 && many.length === 0 ? one[0] : undefined;
  const words: string[] = [];
  const others: Fragment[] = [];
  for (const filter of filters)
    if (text && filter.kind === 'text' && filter.test.kind === 'words' && isOneWord(filter.test.needle))
      words.push(filter.test.needle);
    else others.push(compileFilter(filter, signal, known));
  return text && words.length > 0 ? [compileAllWords(text, words), ...others] : others;
}

function onTarget(target: Target, test: Test, signal: Signal, known: KnownKeys | undefined): Fragment {
  switch (target.source) {
    case 'field':
      return onColumn(target, test);
    case 'attribute':
      return onMap(target, 'attribute', test, known);
    case 'resource':
      return inResources(onMap(target, 'resource', test, known));
    case 'scope':
      return inScopes(onMap(target, 'scope', test, known));
    case 'claim':
      return inResources(onText(CLAIM, sql`1`, test));
    case 'event':
      return onLists(name('event_attributes'), target, test);
    case 'link':
      return onLists(name('link_attributes'), target, test);
    case 'any': {
      const parts = [
        onMap(target, 'attribute', test, known),
        inResources(onMap(target, 'resource', test, known)),
        ...(target.body ?? []).map((path) => onTexts(memberTexts(sql`[body]`, path), test)),
      ];
      if (signal === 'traces' && target.key.startsWith('exception.'))
        parts.push(onLists(name('event_attributes'), target, test));
      return joined(parts, ' OR ');
    }
  }
}

/**
 * On the column `attributes` of a record, a resource or a scope. Whether the key is there is read from the keys of all pairs,
 * where the value is read from the bucket of its key (store/schema/tables.ts, `MAP_BUCKETS`).
 */
function onMap({ key, members }: Keyed, source: keyof KnownKeys, test: Test, known: KnownKeys | undefined): Fragment {
  const present = sql`mapContains(attributes, ${bind.string(key)})`;
  const own = onText(sql`attributes[${bind.string(key)}]`, present, test, true);
  const nested = members
    .filter((member) => keyIsKnown(known, source, member.key))
    .map((member) => memberValues(sql`[attributes[${bind.string(member.key)}]]`, member.path));
  return nested.length === 0 ? sql`(${own})` : sql`(${own} OR ${onTexts(textsOf(nested), test)})`;
}

/** On the attributes of a span's events or links. */
function onLists(lists: Fragment, { key, members }: Keyed, test: Test): Fragment {
  const nested = members.map((member) => memberValues(textsOf([valuesInLists(lists, member.key)]), member.path));
  return sql`(${onTexts(textsOf([valuesInLists(lists, key), ...nested]), test)})`;
}

function inResources(condition: Fragment): Fragment {
  const ids = select({ columns: { id: name('resource_id') }, from: 'resources', where: [condition] });
  return sql`resource_id IN ${ids}`;
}

function inScopes(condition: Fragment): Fragment {
  return sql`scope_id IN ${select({ columns: { id: name('scope_id') }, from: 'scopes', where: [condition] })}`;
}

function onColumn(target: Extract<Target, { readonly source: 'field' }>, test: Test): Fragment {
  const form = formOf(target.field);
  switch (form.form) {
    case 'text':
      return onText(form.text, presence(form.text, target.field.type === 'level' && test.kind !== 'regex'), test);
    case 'texts':
      return onTexts(form.texts, test);
    case 'scope':
      return inScopes(onText(name(form.column), sql`${name(form.column)} != ''`, test));
    case 'integer':
      if (test.kind === 'exists') return form.always ? sql`1` : sql`${form.value} != 0`;
      return onInteger(test, (operator, value) =>
        operator === 'from' ? sql`${form.value} >= ${bind.int(value)}` : sql`${form.value} <= ${bind.int(value)}`,
      );
    case 'time':
      if (test.kind === 'exists') return sql`1`;
      return onInteger(test, (operator, value) =>
        operator === 'from'
          ? sql`${form.column} >= fromUnixTimestamp64Nano(${bind.int(value)})`
          : sql`${form.column} <= fromUnixTimestamp64Nano(${bind.int(value)})`,
      );
    case 'code':
      if (test.kind === 'regex') return anyValue(form.codes, test, (code) => sql`${form.value} = ${bind.uint(code)}`);
      if (test.kind === 'one-of') {
        const codes = test.values.flatMap((value) => form.codes[value] ?? []);
        return codes.length === 0 ? sql`0` : sql`has(${bind.uints(codes)}, ${form.value})`;
      }
      return sql`${form.value} != 0`;
    case 'conditions': {
      if (test.kind === 'regex') return anyValue(form.of, test, (condition) => condition);
      const wanted = test.kind === 'one-of' ? test.values : Object.keys(form.of);
      const parts = wanted.flatMap((value) => form.of[value] ?? []);
      return parts.length === 0 ? sql`0` : sql`(${joined(parts, ' OR ')})`;
    }
    case 'id': {
      const absent = sql`toFixedString('', ${bind.uint(form.bytes)})`;
      if (test.kind === 'id') return form.is(test.hex);
      if (test.kind === 'pieces')
        return sql`${form.column} != ${absent} AND ${onText(sql`lower(hex(${form.column}))`, sql`1`, test)}`;
      return sql`${form.column} != ${absent}`;
    }
    case 'ids':
      if (test.kind === 'id') return sql`has(${form.column}, ${unhexed(test.hex, form.bytes)})`;
      if (test.kind === 'pieces')
        return sql`arrayExists(x -> ${onText(sql`lower(hex(x))`, sql`1`, test)}, ${form.column})`;
      return sql`notEmpty(${form.column})`;
    case 'flag':
      return test.kind === 'flag' && !test.value ? sql`NOT (${form.condition})` : form.condition;
  }
}

/** Rows with one of the values, which are names and not texts of a column, that the test holds for. */
function anyValue<T>(values: Readonly<Record<string, T>>, test: Test, rows: (value: T) => Fragment): Fragment {
  const parts = Object.entries(values).map(
    ([text, value]) => sql`${onText(sql`${bind.string(text)}`, sql`1`, test)} AND ${rows(value)}`,
  );
  return sql`(${joined(parts, ' OR ')})`;
}

const presence = (text: Fragment, level: boolean): Fragment =>
  level ? sql`${text} != 'unspecified'` : sql`${text} != ''`;

function onInteger(test: Test, bound: (operator: 'from' | 'to', value: bigint) => Fragment): Fragment {
  if (test.kind !== 'integer') return sql`0`;
  const parts = [
    ...(test.low === undefined ? [] : [bound('from', test.low)]),
    ...(test.high === undefined ? [] : [bound('to', test.high)]),
  ];
  return parts.length === 0 ? sql`1` : sql`(${joined(parts, ' AND ')})`;
}

/** A regular expression that is what it looks for; the engine finds a text an eighth quicker than an expression. */
const PLAIN = /^[^\\^$.|?*+()[\]{}]+$/;

/**
 * `present` decides where the empty text could be mistaken for an absent one. Where it `isCostly` it is asked only where an
 * absent one, which reads as the empty text, could pass.
 */
function onText(text: Fragment, present: Fragment, test: Test, isCostly = false): Fragment {
  switch (test.kind) {
    case 'exists':
      return present;
    case 'one-of': {
      if (test.values.length === 0) return sql`0`;
      const same =
        test.values.length === 1
          ? sql`${text} = ${bind.string(test.values[0]!)}`
          : sql`has(${bind.strings(test.values)}, ${text})`;
      return test.values.includes('') ? sql`(${present} AND ${same})` : same;
    }
    case 'words':
      return compileWords(text, test.needle);
    case 'regex': {
      const searched = test.lowered ? sql`lower(${text})` : text;
      if (PLAIN.test(test.source) && !test.caseless) {
        const found = sql`position(${searched}, ${bind.string(test.source)}) > 0`;
        return isCostly ? found : sql`(${present} AND ${found})`;
      }
      const pattern = bind.string(engineExpression(test.source, test.caseless));
      if (!isCostly) return sql`(${present} AND match(${searched}, ${pattern}))`;
      // The engine works the constant out first, and leaves the second half out where the empty text is no match.
      return sql`((${text} != '' AND match(${searched}, ${pattern})) OR (match('', ${pattern}) AND ${present}))`;
    }
    case 'pieces': {
      const found = sql`${text} LIKE ${bind.string(test.pieces.map(escapeLike).join('%'))}`;
      return isCostly && test.pieces.some((piece) => piece !== '') ? found : sql`(${present} AND ${found})`;
    }
    case 'number': {
      const number = sql`toFloat64OrNull(${text})`;
      // Infinities are texts here, as in the evaluator: nothing is larger than every number by accident.
      const low = bind.float(test.low?.value ?? Number.NEGATIVE_INFINITY);
      const high = bind.float(test.high?.value ?? Number.POSITIVE_INFINITY);
      const above = test.low?.inclusive ? sql`${number} >= ${low}` : sql`${number} > ${low}`;
      const below = test.high?.inclusive ? sql`${number} <= ${high}` : sql`${number} < ${high}`;
      return sql`ifNull(${above} AND ${below}, 0)`;
    }
    case 'integer':
    case 'flag':
    case 'id':
      return sql`0`;
  }
}

/** One of several texts; the variable is `x`, which no column is called. */
function onTexts(texts: Fragment, test: Test): Fragment {
  return sql`arrayExists(x -> ${onText(sql`x`, sql`1`, test)}, ${texts})`;
}

/**
 * The values, as raw JSON, that events or links have under a key. Their attributes are JSON, `[[key, AnyValue], …]`;
 * parsing is spared where the key does not occur, which can be told for keys that JSON writes as they are.
 */
function valuesInLists(lists: Fragment, key: string): Fragment {
  const quoted = /^[\w.-]+$/.test(key) ? bind.string(`%"${escapeLike(key)}"%`) : undefined;
  const likely = quoted ? sql`arrayFilter(e -> e LIKE ${quoted}, ${lists})` : lists;
  return sql`arrayFlatten(arrayMap(e -> arrayMap(p -> JSONExtractRaw(p, 2), arrayFilter(p -> JSONExtractString(p, 1) = ${bind.string(key)}, JSONExtractArrayRaw(e))), ${likely}))`;
}
