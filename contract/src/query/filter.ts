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
  const rest = members(node).filter((member) => member !== found.node);
  return rest.length === 0
    ? ''
    : print(rest.length === 1 ? rest[0]! : { kind: 'and', children: rest, span: node.span });
}

function splice(query: string, node: Node, text: string): string {
  return query.slice(0, node.span.at) + text + query.slice(node.span.at + node.span.length);
}
