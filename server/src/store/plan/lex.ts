import { must } from '#base';
import { isAggregate, isKnownFunction } from './functions.ts';
import type { Protections } from './protections.ts';

/** What stands at a seam of a fragment: a value, an opening parenthesis, or anything that joins values. */
export type Edge = 'value' | 'open' | 'joint';

/** A place for a value, and what stands around it. */
export interface Hole {
  readonly before: Edge;
  readonly after: Edge;
  /** Directly behind IN. */
  readonly inSet: boolean;
  /** Directly behind the call of an aggregate, which is one unless OVER comes here. */
  readonly afterAggregate: boolean;
}

/** What a fragment's own text says, without what is put into its holes. */
export interface Lexed {
  /** Columns, aliases. */
  readonly names: readonly string[];
  /** Variables of lambdas. */
  readonly variables: readonly string[];
  /** Calls an aggregate that is none of a window. */
  readonly aggregates: boolean;
  readonly holes: readonly Hole[];
  /** Undefined: the hole is the first, or the last. */
  readonly first: Edge | undefined;
  readonly last: Edge | undefined;
  readonly startsWithOver: boolean;
}

interface Token {
  readonly kind: 'word' | 'literal' | 'open' | 'close' | 'operator' | 'hole';
  readonly text: string;
}

/** Written in capitals, and joining values. */
const JOINTS = new Set(
  'AND OR NOT IN LIKE ILIKE IS BETWEEN DESC ASC NULLS FIRST LAST OVER PARTITION BY ORDER ROWS UNBOUNDED PRECEDING FOLLOWING CURRENT ROW'.split(
    ' ',
  ),
);
const LITERALS = new Set(['NULL', 'true', 'false', 'inf', 'nan']);
/** The statement's own, in any case. AS has a protection to itself. */
const RESERVED = new Set(
  `select from join union intersect except with into settings insert format infile outfile where prewhere having group limit
  offset describe create drop alter truncate attach detach system exists`.split(/\s+/),
);

const TOKEN =
  /\s+|([A-Za-z_][A-Za-z0-9_]*)|(`[A-Za-z_][A-Za-z0-9_]*`)|(\d+\.?\d*(?:[eE][+-]?\d+)?)|('(?:[^'\\]|\\[\s\S])*')|(->|\|\||!=|<>|<=|>=|[=<>+*/%,-])|([([])|([)\]])/y;

/** Reads a fragment's texts. Throws (our bug) where they say what a fragment may not. */
export function lex(texts: readonly string[], protections: Protections): Lexed {
  return examine(tokensOf(texts, protections), protections);
}

function tokensOf(texts: readonly string[], { tokens: strict }: Protections): Token[] {
  const tokens: Token[] = [];
  for (const [i, text] of texts.entries()) {
    if (i > 0) tokens.push({ kind: 'hole', text: '' });
    if (strict)
      must(!/--|\/\*/.test(text.replace(/'(?:[^'\\]|\\[\s\S])*'/g, "''")), 'a fragment may not say a comment');
    let at = 0;
    while (at < text.length) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (!match) {
        must(!strict, `a fragment may not say ${text.slice(at, at + 10)}`);
        tokens.push({ kind: 'operator', text: text[at]! });
        at++;
        continue;
      }
      at = TOKEN.lastIndex;
      const [, word, quoted, number, string, operator, open, close] = match;
      if (word !== undefined) tokens.push({ kind: LITERALS.has(word) ? 'literal' : 'word', text: word });
      else if (quoted !== undefined) tokens.push({ kind: 'word', text: quoted.slice(1, -1) });
      else if (number !== undefined || string !== undefined) tokens.push({ kind: 'literal', text: number ?? string! });
      else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator });
      else if (open !== undefined) tokens.push({ kind: 'open', text: open });
      else if (close !== undefined) tokens.push({ kind: 'close', text: close });
    }
  }
  return tokens;
}

const isJoint = (token: Token): boolean => token.kind === 'word' && JOINTS.has(token.text);

/** How a token looks from its left: does a value begin? */
function beginning(token: Token | undefined): Edge {
  if (!token) return 'joint';
  if (token.kind === 'literal' || (token.kind === 'word' && !isJoint(token))) return 'value';
  return token.kind === 'open' && token.text === '(' ? 'open' : 'joint';
}

/** And from its right: has a value ended? */
function ending(token: Token | undefined): Edge {
  if (!token) return 'joint';
  return token.kind === 'close' || beginning(token) === 'value' ? 'value' : 'joint';
}

/** May these stand side by side? A value behind a value would be an alias, an open parenthesis behind one a call. */
export function checkSeam(left: Edge, right: Edge, protections: Protections): void {
  if (protections.fragmentAliases) must(left !== 'value' || right !== 'value', 'a fragment may make no alias');
  if (protections.functions) must(left !== 'value' || right !== 'open', 'a fragment may call listed functions only');
}

function examine(tokens: readonly Token[], protections: Protections): Lexed {
  const names = new Set<string>();
  const variables = new Set<string>();
  const holes: Hole[] = [];
  let aggregates = false;
  /** For each that is open: was it an aggregate's call? */
  const open: Array<{ readonly bracket: string; readonly call: boolean; readonly aggregate: boolean }> = [];
  /** The call that has just been closed. */
  let closed: { readonly call: boolean; readonly aggregate: boolean } | undefined;

  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1];
    const next = tokens[i + 1];
    const wasClosed = closed;
    closed = undefined;
    switch (token.kind) {
      case 'hole':
        holes.push({
          before: ending(before),
          after: beginning(next),
          inSet: before?.kind === 'word' && before.text === 'IN',
          afterAggregate: wasClosed?.aggregate === true,
        });
        continue;
      case 'open': {
        const round = token.text === '(';
        const called = round && before?.kind === 'word' && !isJoint(before) ? before.text : undefined;
        if (called !== undefined && protections.functions)
          must(isKnownFunction(called), `the function ${called} is not in store/plan/functions.ts`);
        const parametric = round && wasClosed?.call === true;
        if (round && called === undefined && !parametric && before?.kind !== 'hole')
          checkSeam(ending(before), 'open', protections);
        const aggregate = called !== undefined ? isAggregate(called) : parametric && wasClosed?.aggregate === true;
        open.push({ bracket: token.text, call: called !== undefined, aggregate });
        continue;
      }
      case 'close': {
        const opening = open.pop();
        if (protections.tokens)
          must(opening && PAIRS[opening.bracket] === token.text, 'a fragment closes what it opened, and nothing else');
        closed = opening;
        // A parametric aggregate goes on; one before OVER is a window's; behind a hole only its value tells.
        const goesOn = next?.kind === 'hole' || (next?.kind === 'open' && next.text === '(');
        if (opening?.aggregate && !goesOn && !(next?.kind === 'word' && next.text === 'OVER')) aggregates = true;
        continue;
      }
      case 'word':
        checkWord(token, next, protections);
        if (token.text === 'IN') checkSet(tokens, i, protections);
        if (!isJoint(token) && !(next?.kind === 'open' && next.text === '(')) names.add(token.text);
        break;
      case 'operator':
        if (token.text === '->') for (const variable of variablesBefore(tokens, i)) variables.add(variable);
        continue;
    }
    if (before && before.kind !== 'hole') checkSeam(ending(before), beginning(token), protections);
  }
  if (protections.tokens) must(open.length === 0, 'a fragment closes what it opened');
  for (const variable of variables) names.delete(variable);
  const [first, last] = [tokens[0], tokens.at(-1)];
  return {
    names: [...names],
    variables: [...variables],
    aggregates,
    holes,
    first: first?.kind === 'hole' ? undefined : beginning(first),
    last: last?.kind === 'hole' ? undefined : ending(last),
    startsWithOver: first?.kind === 'word' && first.text === 'OVER',
  };
}

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

function checkWord(token: Token, next: Token | undefined, protections: Protections): void {
  const lower = token.text.toLowerCase();
  if (protections.fragmentAliases) must(lower !== 'as', 'a fragment may make no alias');
  if (protections.words) {
    must(!RESERVED.has(lower), `a fragment may not say ${token.text}`);
    must(
      isJoint(token) || !JOINTS.has(token.text.toUpperCase()) || isCall(token, next),
      `${token.text} is written in capitals`,
    );
  }
}

const isCall = (token: Token, next: Token | undefined): boolean =>
  next?.kind === 'open' && next.text === '(' && isKnownFunction(token.text);

/** `IN (name)` and `IN name` read the table of that name. */
function checkSet(tokens: readonly Token[], at: number, { sets }: Protections): void {
  const [next, inside, behind] = [tokens[at + 1], tokens[at + 2], tokens[at + 3]];
  if (!sets || next?.kind === 'hole') return;
  must(next?.kind === 'open', 'IN wants a list, a parameter or a plan');
  must(inside?.kind !== 'word' || behind?.kind !== 'close', 'IN wants a list, a parameter or a plan');
}

/** `x ->` or `(k, v) ->`. */
function variablesBefore(tokens: readonly Token[], arrow: number): string[] {
  const before = tokens[arrow - 1];
  if (before?.kind === 'word') return [before.text];
  const found: string[] = [];
  for (let i = arrow - 2; i >= 0 && tokens[i]!.text !== '('; i--)
    if (tokens[i]!.kind === 'word') found.push(tokens[i]!.text);
  return found;
}
