import type { FieldTerm, Node } from './ast.ts';
import { parse } from './parse.ts';
import { escapeName, formatValue, print } from './print.ts';

/** What a query's outermost AND says of a value: kept, excluded, or nothing. */
export type FilterState = 'in' | 'out' | undefined;

interface Found {
  readonly node: Node;
  readonly negated: boolean;
}

/** The terms the whole query depends on: itself, or the members of its outermost AND. */
function members(node: Node): readonly Node[] {
  return node.kind === 'and' ? node.children : node.kind === 'all' ? [] : [node];
}

function isTerm(node: Node, field: string, value: string): node is FieldTerm {
  return node.kind === 'field' && node.name === field && node.match.kind === 'is' && node.match.value === value;
}

function find(node: Node, field: string, value: string): Found | undefined {
  for (const member of members(node)) {
    if (isTerm(member, field, value)) return { node: member, negated: false };
    if (member.kind === 'not' && isTerm(member.child, field, value)) return { node: member, negated: true };
  }
  return undefined;
}

export function filterState(query: string, field: string, value: string): FilterState {
  const found = find(parse(query), field, value);
  return found && (found.negated ? 'out' : 'in');
}

/**
 * The query that also asks for (or, negated, excludes) a value. What the person wrote stays as it is; the same filter
 * is not added twice and its opposite is replaced. Throws `QueryError` when the query cannot be read.
 */
export function withFilter(
  query: string,
  field: string,
  value: string,
  options: { readonly negate?: boolean } = {},
): string {
  const negate = options.negate ?? false;
  const node = parse(query);
  const term = `${negate ? '-' : ''}${escapeName(field)}:${formatValue(value)}`;
  const found = find(node, field, value);
  if (found) {
    if (found.negated === negate) return query;
    return splice(query, found.node, term);
  }
  if (node.kind === 'all') return term;
  return node.kind === 'or' ? `(${query.trim()}) ${term}` : `${query.trimEnd()} ${term}`;
}

/** The query without its outermost filter on a value, whichever way it points. */
export function withoutFilter(query: string, field: string, value: string): string {
  const node = parse(query);
  const found = find(node, field, value);
  if (!found) return query;
  return withoutMember(node, found.node);
}

function splice(query: string, node: Node, text: string): string {
  return query.slice(0, node.span.at) + text + query.slice(endOf(query, node));
}

/** Behind a node's text. A list `field:(a OR b)` is a node of its values; the parenthesis that ends it belongs to it. */
function endOf(query: string, node: Node): number {
  const end = node.span.at + node.span.length;
  const first = node.kind === 'or' ? node.children[0] : node;
  if (first?.kind !== 'field') return end;
  const { nameSpan, valueSpan } = first;
  const isList = query.slice(nameSpan.at + nameSpan.length, valueSpan.at).includes('(');
  return isList && query.slice(node.span.at, end).at(-1) !== ')' ? query.indexOf(')', end) + 1 : end;
}

/** The values of a field that a query's outermost AND asks for (any of them) and those that it excludes. */
export function chosenValues(
  query: string,
  field: string,
): { readonly kept: readonly string[]; readonly excluded: readonly string[] } {
  const kept: string[] = [];
  const excluded: string[] = [];
  for (const member of members(parse(query))) {
    kept.push(...(valuesOf(member, field) ?? []));
    if (member.kind === 'not') excluded.push(...(valuesOf(member.child, field) ?? []));
  }
  return { kept, excluded };
}

/**
 * The query with a value of a field chosen or no longer chosen: of several chosen values a record needs one. An exclusion
 * of the same value gives way. Throws `QueryError` when the query cannot be read.
 */
export function toggleValue(query: string, field: string, value: string): string {
  const node = parse(query);
  const group = members(node).find((member) => valuesOf(member, field) !== undefined);
  const values = (group && valuesOf(group, field)) ?? [];
  if (group === undefined) return withFilter(query, field, value);
  if (values.includes(value) && values.length === 1) return withoutMember(node, group);
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  const name = escapeName(field);
  const text =
    next.length === 1 ? `${name}:${formatValue(next[0]!)}` : `${name}:(${next.map(formatValue).join(' OR ')})`;
  const changed = splice(query, group, text);
  return filterState(changed, field, value) === 'out' ? withoutFilter(changed, field, value) : changed;
}

/** The values when the node is a test of this field for equality, or several joined by OR. */
function valuesOf(node: Node, field: string): readonly string[] | undefined {
  const terms = node.kind === 'or' ? node.children : [node];
  const values = terms.map((term) =>
    term.kind === 'field' && term.name === field && term.match.kind === 'is' ? term.match.value : undefined,
  );
  return values.every((value) => value !== undefined) ? values : undefined;
}

/**
 * The query that also asks for values of a field from `low` up to, but without, `high`: a range chosen on a picture. One that
 * was chosen before gives way; comparisons and other ranges stay. Throws `QueryError` when the query cannot be read.
 */
export function withRange(query: string, field: string, low: string, high: string): string {
  const term = `${escapeName(field)}:[${formatValue(low)} TO ${formatValue(high)}}`;
  const node = parse(query);
  const before = members(node).find((one) => {
    if (one.kind !== 'field' || one.name !== field || one.match.kind !== 'range') return false;
    return one.match.lowInclusive && !one.match.highInclusive;
  });
  if (before) return splice(query, before, term);
  if (node.kind === 'all') return term;
  return node.kind === 'or' ? `(${query.trim()}) ${term}` : `${query.trimEnd()} ${term}`;
}

function withoutMember(node: Node, gone: Node): string {
  const rest = members(node).filter((member) => member !== gone);
  return rest.length === 0
    ? ''
    : print(rest.length === 1 ? rest[0]! : { kind: 'and', children: rest, span: node.span });
}
