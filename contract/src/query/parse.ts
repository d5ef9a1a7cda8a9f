import type { Comparison, FieldTerm, Match, Node, Span, TextTerm } from './ast.ts';
import { QueryError } from './error.ts';
import { lex, type Token } from './lexer.ts';
import { QUERY_LIMITS } from './limits.ts';
import { measureRegex, RegexFault } from './regex.ts';

/** Reads a query. Throws `QueryError` at the first thing it does not understand; nothing is skipped. */
export function parse(text: string): Node {
  const tokens = lex(text);
  const fault = tokens.find((token) => token.kind === 'error');
  if (fault) throw new QueryError(fault.reason!, fault.message!, fault, fault.fix!, fault.values);
  return new Parser(text, tokens).parse();
}

type Wanted = { readonly name: string; readonly span: Span };

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #terms = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  parse(): Node {
    if (this.#tokens.length === 0) return { kind: 'all', span: { at: 0, length: this.#text.length } };
    const node = this.#or(undefined);
    const rest = this.#peek();
    if (rest)
      throw new QueryError(
        'unopened',
        'this closing parenthesis has no opening one',
        rest,
        'Remove it, or write ")" to search for it.',
      );
    return node;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The place behind the last token, for what is missing there. */
  #end(): Span {
    const last = this.#tokens[this.#at - 1];
    return last ? { at: last.at, length: last.length } : { at: 0, length: this.#text.length };
  }

  #deeper(token: Span): void {
    if (++this.#depth > QUERY_LIMITS.depth)
      throw new QueryError(
        'depth',
        `more than ${QUERY_LIMITS.depth} levels inside one another`,
        token,
        'Remove parentheses or negations.',
        { most: QUERY_LIMITS.depth },
      );
  }

  /** `field` is set inside `field:( … )`, where words are its values. */
  #or(field: Wanted | undefined): Node {
    const children = [this.#and(field)];
    while (this.#peek()?.kind === 'or') {
      this.#at++;
      children.push(this.#and(field));
    }
    return group('or', children);
  }

  #and(field: Wanted | undefined): Node {
    const children = [this.#not(field)];
    for (;;) {
      const token = this.#peek();
      if (!token || token.kind === 'or' || token.kind === 'close') break;
      if (token.kind === 'and') this.#at++;
      children.push(this.#not(field));
    }
    return group('and', children);
  }

  #not(field: Wanted | undefined): Node {
    const token = this.#peek();
    if (token?.kind !== 'not' && token?.kind !== 'minus') return this.#primary(field);
    this.#at++;
    this.#deeper(token);
    const child = this.#not(field);
    this.#depth--;
    return { kind: 'not', child, span: upTo(token, child.span) };
  }

  #primary(field: Wanted | undefined): Node {
    const token = this.#peek();
    if (!token) {
      const last = this.#tokens[this.#at - 1];
      throw new QueryError(
        last?.kind === 'open' ? 'unclosed' : 'missing-at-end',
        last?.kind === 'open' ? 'this parenthesis is never closed' : 'a term is missing at the end',
        this.#end(),
        last?.kind === 'open' ? 'Write something inside and close it.' : 'Write a term behind, or remove the operator.',
      );
    }
    if (++this.#terms > QUERY_LIMITS.terms)
      throw new QueryError('terms', `more than ${QUERY_LIMITS.terms} terms`, token, 'Shorten the query.', {
        most: QUERY_LIMITS.terms,
      });
    switch (token.kind) {
      case 'open':
        return this.#parentheses(field);
      case 'field':
        return this.#field(token);
      case 'operator':
      case 'word':
      case 'phrase':
      case 'regex':
        return field ? this.#value(field, this.#peek()!) : this.#free(token);
      case 'and':
      case 'or':
        throw new QueryError(
          'missing-before',
          `a term is missing before ${token.text}`,
          token,
          `Write a term there, or "${token.text}" to search for the word.`,
          { operator: token.text },
        );
      case 'close':
        throw new QueryError(
          this.#tokens[this.#at - 1]?.kind === 'open' ? 'empty-parentheses' : 'missing-before-close',
          this.#tokens[this.#at - 1]?.kind === 'open'
            ? 'there is nothing in the parentheses'
            : 'a term is missing before the closing parenthesis',
          token,
          'Write a term there, or remove what is around it.',
        );
      default:
        throw new QueryError('misplaced', 'this cannot stand here', token, 'Quote it to search for the text.');
    }
  }

  #parentheses(field: Wanted | undefined): Node {
    const open = this.#peek()!;
    this.#at++;
    this.#deeper(open);
    const node = this.#or(field);
    const close = this.#peek();
    if (close?.kind !== 'close')
      throw new QueryError(
        'unclosed',
        'this parenthesis is never closed',
        open,
        'Add a closing parenthesis, or write "(" to search for it.',
      );
    this.#at++;
    this.#depth--;
    return node;
  }

  #free(token: Token): TextTerm {
    this.#at++;
    const match = this.#match(token);
    if (match.kind === 'exists')
      throw new QueryError('star-alone', 'a star alone matches everything', token, 'Remove it, or write field:*.');
    return { kind: 'text', match, span: { at: token.at, length: token.length } };
  }

  #field(token: Token): Node {
    if (token.text === '') throw new QueryError('name-empty', 'the field name is empty', token, 'Write field:value.');
    this.#at++;
    const operator = this.#peek()!;
    this.#at++;
    const field: Wanted = { name: token.text, span: { at: token.at, length: token.length } };
    const next = this.#peek();
    if (!next)
      throw new QueryError('value-missing', 'a value is missing', operator, 'Write the value directly behind.');
    if (next.kind === 'open') return this.#parentheses(field);
    if (next.kind === 'rangeOpen') return this.#range(field);
    if (operator.text === '!=') {
      const child = this.#term(field, next, '=');
      return { kind: 'not', child, span: child.span };
    }
    return this.#term(field, next, operator.text);
  }

  /** One value inside `field:( … )`, with its own comparison when it has one. */
  #value(field: Wanted, token: Token): Node {
    if (token.kind !== 'operator') return this.#term(field, token, ':');
    this.#at++;
    return this.#term(field, this.#peek()!, token.text);
  }

  #term(field: Wanted, token: Token, operator: string): FieldTerm {
    this.#at++;
    const valueSpan = { at: token.at, length: token.length };
    const span = token.at > field.span.at ? upTo(field.span, token) : valueSpan;
    const base = { kind: 'field', name: field.name, span, nameSpan: field.span, valueSpan } as const;
    const comparison = operator.replace(/^:/, '');
    if (comparison === '' || comparison === '=') {
      if (comparison === '=' && token.pieces)
        throw new QueryError(
          'equals-wildcard',
          '= compares whole values and knows no wildcard',
          token,
          'Write : for a wildcard, or quote the star.',
        );
      return { ...base, match: this.#match(token) };
    }
    if (token.pieces || token.kind === 'regex')
      throw new QueryError(
        'comparison-value',
        'a comparison needs one value',
        token,
        'Write a number, such as duration:>500ms.',
      );
    return { ...base, match: { kind: 'compare', operator: comparison as Comparison, value: token.text } };
  }

  #match(token: Token): TextTerm['match'] | Extract<Match, { readonly kind: 'exists' }> {
    if (token.kind === 'regex') {
      const caseless = token.caseless ?? false;
      try {
        measureRegex(token.text, caseless);
      } catch (error) {
        if (!(error instanceof RegexFault)) throw error;
        throw new QueryError(
          error.reason,
          error.message,
          { at: Math.min(token.at + 1 + error.at, token.at + token.length - 1), length: 1 },
          'See the regular expressions in docs/query-language.md; quote the value when it is a path.',
          error.values,
        );
      }
      return { kind: 'regex', source: token.text, caseless };
    }
    if (!token.pieces) return { kind: 'is', value: token.text };
    if (token.pieces.every((piece) => piece === '')) return { kind: 'exists' };
    return { kind: 'wildcard', pieces: token.pieces };
  }

  #range(field: Wanted): FieldTerm {
    const open = this.#tokens[this.#at]!;
    const low = this.#tokens[this.#at + 1];
    const high = this.#tokens[this.#at + 3];
    const close = this.#tokens[this.#at + 4];
    this.#at += 5;
    if (!low || !high || close?.kind !== 'rangeClose')
      throw new QueryError('range-incomplete', 'the range is incomplete', open, 'Write field:[1 TO 5].');
    const bound = (token: Token): string | null => {
      if (!token.pieces) return token.text;
      if (token.pieces.some((piece) => piece !== ''))
        throw new QueryError(
          'range-wildcard',
          'an end of a range cannot have a wildcard',
          token,
          'Write * alone for an open end.',
        );
      return null;
    };
    const match: Match = {
      kind: 'range',
      low: bound(low),
      high: bound(high),
      lowInclusive: open.text === '[',
      highInclusive: close.text === ']',
    };
    if (match.low === null && match.high === null)
      throw new QueryError(
        'range-open',
        'both ends of the range are open',
        upTo(open, close),
        'Write field:* to ask whether it is there.',
      );
    return {
      kind: 'field',
      name: field.name,
      match,
      span: upTo(field.span, close),
      nameSpan: field.span,
      valueSpan: upTo(open, close),
    };
  }
}

function upTo(first: Span, last: Span): Span {
  return { at: first.at, length: last.at + last.length - first.at };
}

/** Joins nodes; those of the same kind melt into one, so that `a b c` has one `and` with three children. */
function group(kind: 'and' | 'or', nodes: readonly Node[]): Node {
  if (nodes.length === 1) return nodes[0]!;
  const children = nodes.flatMap((node) => (node.kind === kind ? node.children : [node]));
  return { kind, children, span: upTo(nodes[0]!.span, nodes[nodes.length - 1]!.span) };
}
