import type { Span } from './ast.ts';
import type { QueryErrorValues } from './error.ts';
import { QUERY_LIMITS } from './limits.ts';
import type { QueryReason } from './reasons.ts';

export type TokenKind =
  | 'word'
  | 'phrase'
  | 'regex'
  | 'field'
  | 'operator'
  | 'and'
  | 'or'
  | 'not'
  | 'minus'
  | 'open'
  | 'close'
  | 'rangeOpen'
  | 'rangeTo'
  | 'rangeClose'
  | 'error';

export interface Token extends Span {
  readonly kind: TokenKind;
  /** Escapes resolved; of a wildcard without its stars. */
  readonly text: string;
  /** Only for a word with unescaped `*`: the pieces between them. */
  readonly pieces?: readonly string[];
  /** Only for a regular expression. */
  readonly caseless?: boolean;
  /** Belongs to the field before it rather than to the main text. */
  readonly value: boolean;
  /** Only for an error. */
  readonly reason?: QueryReason;
  readonly values?: QueryErrorValues;
  readonly message?: string;
  readonly fix?: string;
}

const SPACE = /\s/u;
const OPERATOR = /:(?:>=|<=|>|<)?|!=|>=|<=|=|>|</y;
const HANDMADE: Readonly<Record<string, string>> = { '&&': 'AND', '||': 'OR' };

/**
 * Cuts a query into tokens. Never throws: what is wrong becomes a token of kind `error`, so that an editor can colour a
 * text that is being written. `parse` refuses the first such token.
 */
export function lex(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  /** Open parentheses: those after `field:` hold values. */
  readonly #groups: ('plain' | 'values')[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    if (this.#text.length > QUERY_LIMITS.length) {
      this.#error(
        'length',
        0,
        this.#text.length,
        `the query has more than ${QUERY_LIMITS.length} characters`,
        'Shorten it.',
        { most: QUERY_LIMITS.length },
      );
      return this.#tokens;
    }
    while (this.#at < this.#text.length && this.#tokens.length < QUERY_LIMITS.tokens) {
      if (SPACE.test(this.#text[this.#at]!)) this.#at++;
      else this.#term();
    }
    if (this.#at < this.#text.length)
      this.#error(
        'parts',
        this.#at,
        this.#text.length - this.#at,
        `the query has more than ${QUERY_LIMITS.tokens} parts`,
        'Shorten it.',
        { most: QUERY_LIMITS.tokens },
      );
    return this.#tokens;
  }

  get #inValues(): boolean {
    return this.#groups.at(-1) === 'values';
  }

  #push(kind: TokenKind, at: number, text: string, more: Partial<Token> = {}): undefined {
    this.#tokens.push({ kind, at, length: this.#at - at, text, value: false, ...more });
  }

  #error(
    reason: QueryReason,
    at: number,
    length: number,
    message: string,
    fix: string,
    values: QueryErrorValues = {},
  ): undefined {
    this.#tokens.push({ kind: 'error', at, length, text: '', value: false, reason, values, message, fix });
  }

  #term(): undefined {
    const at = this.#at;
    const char = this.#text[at]!;
    const pair = this.#text.slice(at, at + 2);
    if (char === '(') {
      this.#at++;
      this.#groups.push(this.#inValues ? 'values' : 'plain');
      this.#push('open', at, '(');
    } else if (char === ')') {
      this.#at++;
      this.#groups.pop();
      this.#push('close', at, ')');
    } else if (HANDMADE[pair]) {
      this.#at += 2;
      this.#error('hand-made-operator', at, 2, `${pair} is not an operator`, `Write ${HANDMADE[pair]}.`, {
        operator: pair,
        instead: HANDMADE[pair],
      });
    } else if (char === '-' && !(this.#inValues && /[\d.]/.test(this.#text[at + 1] ?? ''))) {
      this.#at++;
      if (this.#at >= this.#text.length || SPACE.test(this.#text[this.#at]!))
        this.#error(
          'minus-alone',
          at,
          1,
          'nothing follows the minus',
          'Write - directly before a term, or "-" to search for it.',
        );
      else this.#push('minus', at, '-');
    } else if (char === '!') {
      this.#at++;
      this.#error(
        'exclamation',
        at,
        1,
        '! is not an operator here',
        'To exclude a term write - or NOT before it; or quote the text.',
      );
    } else if ('[]{}'.includes(char)) {
      this.#at++;
      this.#error('bracket', at, 1, `${char} can only stand in a range after a field`, `Quote the text: "${char}…".`, {
        char,
      });
    } else if (this.#inValues) {
      const operator = /^(?:>=|<=|>|<)/.exec(pair)?.[0];
      if (operator) {
        this.#at += operator.length;
        this.#push('operator', at, `:${operator}`);
        this.#value(`:${operator}`);
      } else if (char === '=') {
        this.#at++;
        this.#error('equals-in-list', at, 1, 'a value needs no = inside parentheses', 'Leave it out.');
      } else this.#bare(true);
    } else if (':=<>'.includes(char)) {
      this.#at++;
      this.#error(
        'name-missing',
        at,
        1,
        `no field name stands before ${char}`,
        `Write field${char}value, or "${char}" to search for it.`,
        { operator: char },
      );
    } else this.#bare(false);
  }

  /** A word, phrase, regular expression or keyword; outside of `field:(…)` also a field with its operator. */
  #bare(value: boolean): undefined {
    const at = this.#at;
    if (this.#text[at] === '"') return this.#phrase(value);
    if (this.#text[at] === '/' && this.#regex(value)) return;
    const pieces = this.#scan(!value, '');
    if (!pieces) return;
    const word = this.#text.slice(at, this.#at);
    if (!value) {
      OPERATOR.lastIndex = this.#at;
      const operator = OPERATOR.exec(this.#text)?.[0];
      if (operator) {
        if (pieces.length > 1)
          return this.#skipWith(
            'name-wildcard',
            at,
            'a field name cannot have a wildcard',
            'Name one field, or write \\* for a star in its name.',
          );
        this.#push('field', at, pieces[0]!);
        const start = this.#at;
        this.#at += operator.length;
        const junk = /^[:=<>~!]+/.exec(this.#text.slice(this.#at))?.[0];
        if (junk) {
          const whole = operator + junk;
          this.#at += junk.length;
          return this.#error(
            'unknown-operator',
            start,
            whole.length,
            `${whole} is not an operator`,
            operatorFix(whole),
            { operator: whole },
          );
        }
        this.#push('operator', start, operator);
        return this.#value(operator);
      }
    }
    if (/^(?:and|or|not)$/i.test(word)) {
      if (word === 'AND' || word === 'OR' || word === 'NOT')
        return this.#push(word.toLowerCase() as 'and' | 'or' | 'not', at, word);
      return this.#error(
        'operator-case',
        at,
        word.length,
        `${word} is not an operator in this spelling`,
        `Write ${word.toUpperCase()}, or "${word}" to search for the word.`,
        { operator: word, instead: word.toUpperCase() },
      );
    }
    const next = this.#text[this.#at];
    if (next === '"' || next === '(')
      return this.#skipWith(
        'space-before',
        at,
        `a space is missing before ${next}`,
        'Put a space between them, or quote the whole text.',
        { char: next },
      );
    this.#word(at, pieces, value);
  }

  #word(at: number, pieces: readonly string[], value: boolean): undefined {
    if (pieces.length - 1 > QUERY_LIMITS.wildcards)
      this.#error(
        'wildcards',
        at,
        this.#at - at,
        `more than ${QUERY_LIMITS.wildcards} wildcards in one value`,
        'Use fewer.',
        { most: QUERY_LIMITS.wildcards },
      );
    else this.#push('word', at, pieces.join(''), pieces.length > 1 ? { pieces, value } : { value });
  }

  /** What follows an operator. */
  #value(operator: string): undefined {
    const at = this.#at;
    const char = this.#text[at];
    if (char === undefined || char === ')' || SPACE.test(char))
      return this.#error(
        'value-missing',
        at - 1,
        1,
        'a value is missing',
        'Write the value directly behind, without a space; "" for the empty text, * for any.',
      );
    if (char === '"') return this.#phrase(true);
    if (operator === ':') {
      if (char === '(') {
        this.#at++;
        this.#groups.push('values');
        return this.#push('open', at, '(', { value: true });
      }
      if (char === '[' || char === '{') return this.#range();
    }
    if (operator === ':' && char === '/' && this.#regex(true)) return;
    if (char === '(')
      return this.#skipWith('list-operator', at, `a list cannot follow ${operator}`, 'Write field:(a OR b).', {
        operator,
      });
    const pieces = this.#scan(false, '');
    if (!pieces) return;
    const next = this.#text[this.#at];
    if (next === '"' || next === '(')
      return this.#skipWith(
        'space-before',
        at,
        `a space is missing before ${next}`,
        'Put a space between them, or quote the whole value.',
        { char: next },
      );
    this.#word(at, pieces, true);
  }

  /**
   * Reads bare text with `\` escapes up to a space, a parenthesis, a quote, one of `stops`, or (in a name) an
   * operator. Returns the pieces between unescaped stars.
   */
  #scan(name: boolean, stops: string): string[] | undefined {
    const at = this.#at;
    const pieces = [''];
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      if (SPACE.test(char) || char === '(' || char === ')' || char === '"' || stops.includes(char)) break;
      if (name && (':=<>'.includes(char) || (char === '!' && this.#text[this.#at + 1] === '='))) break;
      if (char === '\\') {
        const next = this.#text[this.#at + 1];
        if (next === undefined) {
          this.#at++;
          this.#error(
            'backslash-alone',
            this.#at - 1,
            1,
            'nothing follows the backslash',
            'Write \\\\ for a backslash.',
          );
          return undefined;
        }
        pieces[pieces.length - 1] += next;
        this.#at += 2;
      } else {
        if (char === '*') pieces.push('');
        else pieces[pieces.length - 1] += char;
        this.#at++;
      }
    }
    // Two stars in a row say what one says.
    return this.#at === at ? [''] : pieces.filter((piece, i) => piece !== '' || i === 0 || i === pieces.length - 1);
  }

  /** Reads `"…"` with `\"` and `\\`; returns undefined after reporting an error. */
  #quoted(): string | undefined {
    const at = this.#at;
    let text = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === '"') {
        this.#at++;
        return text;
      }
      if (char === '\\' && this.#at + 1 < this.#text.length) this.#at++;
      text += this.#text[this.#at]!;
    }
    this.#error(
      'quote-unclosed',
      at,
      this.#at - at,
      'the quotation mark is never closed',
      'Add a closing ", or write \\" for the mark itself.',
    );
    return undefined;
  }

  #phrase(value: boolean): undefined {
    const at = this.#at;
    const text = this.#quoted();
    if (text === undefined) return;
    const next = this.#text[this.#at];
    if (next !== undefined && next !== ')' && !SPACE.test(next)) {
      const field = !value && ':=<>!'.includes(next);
      return this.#skipWith(
        field ? 'name-quoted' : 'quote-space',
        at,
        field ? 'a field name cannot be quoted' : `a space is missing behind the closing quotation mark`,
        field
          ? 'Write \\ before the unusual characters of the name instead.'
          : 'Put a space there, or write \\" for a mark inside.',
      );
    }
    if (text === '' && !value)
      this.#error(
        'quote-empty',
        at,
        2,
        'the quoted text is empty',
        'Write something between the marks, or remove them.',
      );
    else this.#push('phrase', at, text, { value });
  }

  /**
   * `/…/` or `/…/i` when the closing slash is followed by the end, a space or `)`; otherwise false and nothing is
   * read, so that `http.route:/api/users` stays a path.
   */
  #regex(value: boolean): boolean {
    const at = this.#at;
    const match = /^\/((?:[^\\/\n]|\\.)+)\/(i?)(?=$|\s|\))/u.exec(
      this.#text.slice(at, at + QUERY_LIMITS.regexLength + 4),
    );
    if (!match) return false;
    this.#at += match[0].length;
    this.#push('regex', at, match[1]!, { caseless: match[2] === 'i', value });
    return true;
  }

  #range(): undefined {
    const at = this.#at;
    this.#at++;
    this.#push('rangeOpen', at, this.#text[at]!, { value: true });
    const bad = (reason: QueryReason, message: string) =>
      this.#skipWith(
        reason,
        this.#at,
        message,
        'Write field:[1 TO 5], field:{1 TO 5} without the ends, or * for an open end.',
      );
    if (!this.#bound()) return bad('range-low', 'the lower end of the range is missing');
    const to = this.#at;
    if (this.#text.slice(to, to + 2) !== 'TO' || !SPACE.test(this.#text[to + 2] ?? ''))
      return bad('range-to', 'TO is missing in the range');
    this.#at += 2;
    this.#push('rangeTo', to, 'TO');
    if (!this.#bound()) return bad('range-high', 'the upper end of the range is missing');
    const end = this.#at;
    const close = this.#text[end];
    if (close !== ']' && close !== '}') return bad('range-unclosed', 'the range is never closed');
    this.#at++;
    this.#push('rangeClose', end, close, { value: true });
    const next = this.#text[this.#at];
    if (next !== undefined && next !== ')' && !SPACE.test(next))
      this.#skipWith('range-space', this.#at, 'a space is missing behind the range', 'Put a space there.');
  }

  #bound(): boolean {
    this.#spaces();
    const at = this.#at;
    if (this.#text[at] === '"') {
      const text = this.#quoted();
      if (text === undefined) return true;
      this.#push('phrase', at, text, { value: true });
    } else {
      const pieces = this.#scan(false, ']}');
      if (!pieces) return true;
      if (this.#at === at) return false;
      this.#word(at, pieces, true);
    }
    this.#spaces();
    return true;
  }

  #spaces(): undefined {
    while (this.#at < this.#text.length && SPACE.test(this.#text[this.#at]!)) this.#at++;
  }

  /** Reports from `at` to the next space, and goes on behind it. */
  #skipWith(reason: QueryReason, at: number, message: string, fix: string, values: QueryErrorValues = {}): undefined {
    while (this.#at < this.#text.length && !SPACE.test(this.#text[this.#at]!)) this.#at++;
    const start = Math.min(at, this.#text.length - 1);
    this.#error(reason, start, Math.max(1, this.#at - start), message, fix, values);
  }
}

function operatorFix(operator: string): string {
  if (operator.includes('~')) return 'For a regular expression write field:/expression/.';
  if (/^:!|^!:|^:-/.test(operator)) return 'Write -field:value to exclude a value.';
  if (operator === '==' || operator === ':=' || operator === ':==') return 'Write = or :.';
  if (operator === '=>' || operator === ':=>') return 'Write >=.';
  if (operator === '=<' || operator === ':=<') return 'Write <=.';
  if (operator === '<>') return 'Write !=.';
  return 'Use one of : = != < <= > >=; quote a value that begins with such a character.';
}
