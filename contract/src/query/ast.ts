/** A place in the query's text. */
export interface Span {
  readonly at: number;
  readonly length: number;
}

export type Comparison = '<' | '<=' | '>' | '>=';

/** What is asked of a value, before it is known what kind of value the field has. */
export type Match =
  /** For free text: contains this. For a field: is this. */
  | { readonly kind: 'is'; readonly value: string }
  /** Literal pieces with anything between them; at least two pieces, the outer ones may be empty. */
  | { readonly kind: 'wildcard'; readonly pieces: readonly string[] }
  | { readonly kind: 'regex'; readonly source: string; readonly caseless: boolean }
  | { readonly kind: 'exists' }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly value: string }
  /** `null` is an open end, written `*`. */
  | {
      readonly kind: 'range';
      readonly low: string | null;
      readonly high: string | null;
      readonly lowInclusive: boolean;
      readonly highInclusive: boolean;
    };

export interface TextTerm {
  readonly kind: 'text';
  readonly match: Extract<Match, { readonly kind: 'is' | 'wildcard' | 'regex' }>;
  readonly span: Span;
}

export interface FieldTerm {
  readonly kind: 'field';
  readonly name: string;
  readonly match: Match;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly valueSpan: Span;
}

/** The empty query has kind `all`. `and` and `or` have at least two children, never of their own kind. */
export type Node =
  | { readonly kind: 'all'; readonly span: Span }
  | { readonly kind: 'and' | 'or'; readonly children: readonly Node[]; readonly span: Span }
  | { readonly kind: 'not'; readonly child: Node; readonly span: Span }
  | TextTerm
  | FieldTerm;
