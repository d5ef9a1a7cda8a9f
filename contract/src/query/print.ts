import type { Match, Node } from './ast.ts';

/** A query that `parse` reads back to the same tree (places aside). Lists are written out: `a:1 OR a:2`. */
export function print(node: Node): string {
  switch (node.kind) {
    case 'all':
      return '';
    case 'and':
    case 'or':
      return node.children
        .map((child) => (needsParentheses(child, node.kind) ? `(${print(child)})` : print(child)))
        .join(node.kind === 'and' ? ' ' : ' OR ');
    case 'not':
      return needsParentheses(node.child, 'not') ? `-(${print(node.child)})` : `-${print(node.child)}`;
    case 'text':
      return printMatch(node.match);
    case 'field':
      return `${escapeName(node.name)}${printTest(node.match)}`;
  }
}

function needsParentheses(child: Node, inside: 'and' | 'or' | 'not'): boolean {
  if (child.kind === 'and') return inside !== 'or';
  return child.kind === 'or';
}

function printTest(match: Match): string {
  switch (match.kind) {
    case 'exists':
      return ':*';
    case 'compare':
      return `${match.operator}${formatValue(match.value)}`;
    case 'range':
      return `:${match.lowInclusive ? '[' : '{'}${printBound(match.low)} TO ${printBound(match.high)}${match.highInclusive ? ']' : '}'}`;
    default:
      return `:${printMatch(match)}`;
  }
}

function printBound(bound: string | null): string {
  return bound === null ? '*' : formatValue(bound);
}

function printMatch(match: Extract<Match, { readonly kind: 'is' | 'wildcard' | 'regex' }>): string {
  switch (match.kind) {
    case 'is':
      return formatValue(match.value);
    case 'wildcard':
      return match.pieces.map(escapeBare).join('*');
    case 'regex':
      return `/${match.source}/${match.caseless ? 'i' : ''}`;
  }
}

/** The value as it can stand behind `field:`, quoted when it must be. */
export function formatValue(value: string): string {
  return BARE_VALUE.test(value) && !/^(?:and|or|not)$/i.test(value) ? value : quote(value);
}

/** Nothing in it or at its beginning that the language gives a meaning. */
const BARE_VALUE = /^[\p{L}\p{N}_.@%+][\p{L}\p{N}_.@%+,;#$&'/?|~^`-]*$/u;

function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

function escapeBare(text: string): string {
  return text.replace(/[\s\\*()"[\]{}:=<>!~/&|-]/gu, '\\$&');
}

/** A field name with `\` before characters that would end it. */
export function escapeName(name: string): string {
  const escaped = name.replace(/[\s\\*()":=<>!]/gu, '\\$&').replace(/^[-[\]{}/&|]/, '\\$&');
  return /^(?:and|or|not)$/i.test(escaped) ? `\\${escaped}` : escaped;
}
