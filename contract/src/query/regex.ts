import type { QueryErrorValues } from './error.ts';
import { QUERY_LIMITS } from './limits.ts';
import type { QueryReason } from './reasons.ts';
import { UNICODE_CLASSES } from './unicode-classes.ts';

/**
 * Regular expressions of the query language are RE2's. Here they are only read and measured, so that the engine and
 * live tail take the same ones and neither finds one too large; both match with RE2 or a port of it.
 */
export class RegexFault extends Error {
  override readonly name = 'RegexFault';
  /** Offset in the expression. */
  readonly at: number;
  /** Stable name of the case. */
  readonly reason: QueryReason;
  readonly values: QueryErrorValues;

  constructor(reason: QueryReason, message: string, at: number, values: QueryErrorValues = {}) {
    super(message);
    this.reason = reason;
    this.at = at;
    this.values = values;
  }
}

/** What an expression may come to, both from above. */
export interface RegexSize {
  /** Characters and classes, counts multiplied out. */
  readonly states: number;
  /** Instructions of RE2's program for UTF-8. */
  readonly instructions: number;
}

const NOTHING: RegexSize = { states: 0, instructions: 1 };
/** A character or class that is one byte. */
const BYTE: RegexSize = { states: 1, instructions: 1 };
/** A range of code points is at most 11 sequences of bytes; with their alternatives 45 instructions. */
const RANGE = 45;
/**
 * A class of Unicode is at most 4,494 instructions (`\PC` of Unicode 16: 740 ranges), and its members' other cases
 * are fewer than 1,500 more.
 */
const UNICODE_CLASS = 6_000;
const POSIX = /^\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/;
const CONTROLS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };
const COUNT = /^\{(\d{1,6})(?:(,)(\d{1,6})?)?\}/;

/** What an expression comes to. Throws `RegexFault` with the offset of what is wrong, not known or too large. */
export function measureRegex(source: string, caseless: boolean): RegexSize {
  const size = new Reader(source, caseless).read();
  if (size.instructions > QUERY_LIMITS.regexInstructions) throw tooLarge();
  return size;
}

const tooLarge = () =>
  new RegexFault('regex-too-large', 'the regular expression is too large; lower its counts', 0, {
    most: QUERY_LIMITS.regexStates,
  });

/** A member of a class: one code point, or a class of its own with what it costs. */
type Member = { readonly code: number } | { readonly cost: number };

class Reader {
  readonly #source: string;
  #caseless: boolean;
  #at = 0;
  #depth = 0;
  /** Product of the counts that `#repeated` is inside of is only known behind the group; so counts are kept upwards. */
  #counts = 1;

  constructor(source: string, caseless: boolean) {
    this.#source = source;
    this.#caseless = caseless;
  }

  read(): RegexSize {
    if (this.#source === '') throw new RegexFault('regex-empty', 'the regular expression is empty', 0);
    if (this.#source.length > QUERY_LIMITS.regexLength * 8) throw tooLarge();
    const size = this.#choice();
    if (this.#at < this.#source.length) throw this.#fault('regex-unopened', 'a closing parenthesis has no opening one');
    return size;
  }

  #fault(reason: QueryReason, message: string, at = this.#at, values?: QueryErrorValues): RegexFault {
    return new RegexFault(reason, message, Math.max(0, Math.min(at, this.#source.length - 1)), values);
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #code(): number {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw this.#fault('regex-unended', 'the regular expression ends too early');
    if (code >= 0xd800 && code <= 0xdfff) throw this.#fault('regex-surrogate', 'half a character cannot be searched');
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #choice(): RegexSize {
    const caseless = this.#caseless;
    let size = this.#sequence();
    let most = this.#counts;
    while (this.#peek() === '|') {
      this.#at++;
      size = sum(size, this.#sequence(), 1);
      most = Math.max(most, this.#counts);
    }
    this.#counts = most;
    this.#caseless = caseless;
    return size;
  }

  #sequence(): RegexSize {
    let size = NOTHING;
    let most = 1;
    for (let char = this.#peek(); char !== undefined && char !== '|' && char !== ')'; char = this.#peek()) {
      this.#counts = 1;
      size = sum(size, this.#repeated(), 0);
      most = Math.max(most, this.#counts);
    }
    this.#counts = most;
    return size;
  }

  #repeated(): RegexSize {
    const start = this.#at;
    const item = this.#atom();
    const char = this.#peek();
    let copies = 1;
    let length = 1;
    if (char === '{') {
      const match = COUNT.exec(this.#source.slice(this.#at));
      if (!match) throw this.#fault('regex-brace', '{ must begin a count such as {2,5}; write \\{ for the brace');
      const min = Number(match[1]);
      const max = match[2] ? (match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])) : min;
      if (max < min) throw this.#fault('regex-count-order', 'the upper count is below the lower one');
      // An open count is written as its minimum and a loop.
      copies = max === Number.POSITIVE_INFINITY ? min + 1 : Math.max(max, 1);
      this.#counts *= Math.max(1, max === Number.POSITIVE_INFINITY ? min : max);
      if (this.#counts > QUERY_LIMITS.regexRepeat)
        throw this.#fault(
          'regex-count',
          `a count, or counts inside one another multiplied, may be at most ${QUERY_LIMITS.regexRepeat}`,
          this.#at,
          { most: QUERY_LIMITS.regexRepeat },
        );
      length = match[0].length;
    } else if (char !== '*' && char !== '+' && char !== '?') return item;
    if (item === NOTHING && /^(?:\\[bAz]|[\^$])/.test(this.#source.slice(start)))
      throw this.#fault('regex-nothing-repeated', 'there is nothing to repeat', start);
    this.#at += length;
    // Shortest match: the same answer to "is there one?".
    if (this.#peek() === '?') this.#at++;
    if (/[*+?{]/.test(this.#peek() ?? ''))
      throw this.#fault('regex-repeated-twice', 'a repetition cannot be repeated; use (?:…)');
    const size = {
      states: item.states * copies,
      // Each copy may be left out, and the last may come again.
      instructions: (item.instructions + 2) * copies,
    };
    if (size.states > QUERY_LIMITS.regexStates || size.instructions > QUERY_LIMITS.regexInstructions) throw tooLarge();
    return size;
  }

  #atom(): RegexSize {
    const at = this.#at;
    const char = this.#source[at]!;
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '.':
        this.#at++;
        return { states: 1, instructions: RANGE };
      case '^':
      case '$':
        this.#at++;
        return NOTHING;
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#fault(
          'regex-nothing-before',
          `there is nothing for ${char} to repeat; write \\${char} for the character`,
          at,
          { char },
        );
      case '\\': {
        const next = this.#source[at + 1] ?? '';
        // Not \B: the engine also finds it between the bytes of one character.
        if ('bAz'.includes(next) && next !== '') {
          this.#at += 2;
          return NOTHING;
        }
        if (next === 'Q') return this.#quoted();
        return this.#single(this.#escape());
      }
      default:
        return this.#single({ code: this.#code() });
    }
  }

  #single(member: Member): RegexSize {
    return 'cost' in member ? { states: 1, instructions: member.cost } : character(member.code, this.#caseless);
  }

  /** `(…)`, `(?:…)`, `(?i)`, `(?i:…)`. */
  #group(): RegexSize {
    const at = this.#at;
    if (++this.#depth > QUERY_LIMITS.depth)
      throw this.#fault('regex-depth', 'groups are nested too deeply', at, { most: QUERY_LIMITS.depth });
    const outer = this.#caseless;
    this.#at++;
    if (this.#peek() === '?') {
      const flags = /^\?([imsU]*(?:-[imsU]+)?)([:)])/.exec(this.#source.slice(this.#at));
      if (!flags || flags[0] === '?)')
        throw this.#fault(
          'regex-group',
          'only (…), (?:…) and flags such as (?i) are known; there is no look-around, and names are of no use here',
          at,
        );
      this.#at += flags[0].length;
      const [on, off] = flags[1]!.split('-');
      if (on!.includes('i')) this.#caseless = true;
      if (off?.includes('i')) this.#caseless = false;
      if (flags[2] === ')') {
        // Until the end of the group around it.
        this.#depth--;
        if (/^[*+?{]/.test(this.#source.slice(this.#at)))
          throw this.#fault('regex-nothing-repeated', 'there is nothing to repeat', at);
        return NOTHING;
      }
    }
    const inner = this.#choice();
    if (this.#peek() !== ')') throw this.#fault('regex-unclosed', 'a parenthesis is never closed', at);
    this.#at++;
    this.#depth--;
    this.#caseless = outer;
    // Where a group begins and ends is noted when it captures.
    return { states: inner.states, instructions: inner.instructions + 2 };
  }

  /** `\Q…\E`: the text as it is. */
  #quoted(): RegexSize {
    this.#at += 2;
    let size = NOTHING;
    while (this.#at < this.#source.length && !this.#source.startsWith('\\E', this.#at))
      size = sum(size, character(this.#code(), this.#caseless), 0);
    this.#at += 2;
    if (/^[*+?{]/.test(this.#source.slice(this.#at)))
      throw this.#fault('regex-quoted-repeated', 'put (?:…) around the quoted text to repeat it');
    return size;
  }

  #escape(): Member {
    const at = this.#at;
    this.#at++;
    const char = this.#peek();
    if (char === undefined) throw this.#fault('regex-backslash', 'nothing follows the backslash', at);
    if ('dDwWsS'.includes(char)) {
      this.#at++;
      // Beside a negated one stand all code points beyond ASCII; other cases of k and s are not ASCII.
      return { cost: char === char.toUpperCase() || this.#caseless ? 4 * RANGE : 4 };
    }
    if (char === 'p' || char === 'P') return this.#unicodeClass();
    const control = CONTROLS[char];
    if (control !== undefined) {
      this.#at++;
      return { code: control };
    }
    if (char === 'x') {
      const match = /^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.#source.slice(this.#at));
      const code = match ? Number.parseInt(match[1] ?? match[2]!, 16) : Number.NaN;
      if (!match || !(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff))
        throw this.#fault('regex-hex', '\\x needs two hex digits or \\x{…} with those of a character', at);
      this.#at += match[0].length;
      return { code };
    }
    if (!/[ -/:-@[-^`{-~]/.test(char)) throw this.#fault('regex-escape', `\\${char} is not known here`, at, { char });
    return { code: this.#code() };
  }

  /** `\pL`, `\p{Hangul}`, `\p{^L}`, `\PL`. */
  #unicodeClass(): Member {
    const at = this.#at - 1;
    const match = /^[pP](?:\{\^?(\w+)\}|([A-Z]))/.exec(this.#source.slice(this.#at));
    const name = match?.[1] ?? match?.[2] ?? '';
    if (!match || !UNICODE_CLASSES.has(name))
      throw this.#fault('regex-unicode-class', `\\p{${name}} is no class known here`, at, { name });
    this.#at += match[0].length;
    return { cost: UNICODE_CLASS };
  }

  #class(): RegexSize {
    const start = this.#at;
    this.#at++;
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    let instructions = 0;
    let ranges = 0;
    for (; ; ranges++) {
      const char = this.#peek();
      if (char === undefined) throw this.#fault('regex-class-unclosed', 'a class is never closed', start);
      if (char === ']') break;
      const low = this.#member();
      if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']' && this.#source[this.#at + 1] !== undefined) {
        const at = this.#at;
        this.#at++;
        const high = this.#member();
        if (!('code' in low) || !('code' in high) || high.code < low.code)
          throw this.#fault('regex-class-order', 'the range in the class is upside down', at);
        instructions += rangeCost(low.code, high.code, this.#caseless);
      } else instructions += 'cost' in low ? low.cost : rangeCost(low.code, low.code, this.#caseless);
    }
    if (ranges === 0)
      throw this.#fault('regex-class-empty', 'the class is empty; write \\] for a bracket in it', start);
    this.#at++;
    return { states: 1, instructions: negated ? instructions + RANGE * (2 * ranges + 1) : instructions };
  }

  #member(): Member {
    const char = this.#peek();
    if (char === '\\') return this.#escape();
    if (char === '[') {
      const posix = POSIX.exec(this.#source.slice(this.#at));
      if (!posix) throw this.#fault('regex-class-bracket', 'write \\[ for a bracket in a class');
      this.#at += posix[0].length;
      return { cost: 5 * RANGE };
    }
    return { code: this.#code() };
  }
}

function sum(a: RegexSize, b: RegexSize, alternatives: number): RegexSize {
  if (a === NOTHING && b === NOTHING) return alternatives > 0 ? { states: 0, instructions: 3 } : NOTHING;
  const size = { states: a.states + b.states, instructions: a.instructions + b.instructions + alternatives };
  if (size.states > QUERY_LIMITS.regexStates || size.instructions > QUERY_LIMITS.regexInstructions) throw tooLarge();
  return size;
}

/** One character: its bytes, or with its other cases, of which there are at most three, as a class. */
function character(code: number, caseless: boolean): RegexSize {
  if (code < 0x80 && !caseless) return BYTE;
  return { states: 1, instructions: caseless ? 4 * 5 : 4 };
}

function rangeCost(low: number, high: number, caseless: boolean): number {
  if (high < 0x80 && !caseless) return 2;
  if (!caseless) return RANGE;
  return Math.min(UNICODE_CLASS, RANGE + 3 * 5 * (high - low + 1));
}
