import { QUERY_LIMITS } from './limits.ts';

/**
 * Regular expressions of the query language: the part of RE2's syntax that means the same everywhere, run in time
 * linear in the text (Thompson's construction, Pike's simulation), so that an expression from outside can stall
 * nobody. `.` matches every character, `^` and `$` the ends of the text; letters in classes are ASCII's.
 */
export class RegexFault extends Error {
  override readonly name = 'RegexFault';
  /** Offset in the expression. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export interface Regex {
  /** Is there a match anywhere in the text? */
  test(text: string): boolean;
}

type Ranges = ReadonlyArray<readonly [number, number]>;
type Assertion = 'start' | 'end' | 'edge' | 'inside';
type Tree =
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly negated: boolean }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly item: Tree; readonly min: number; readonly max: number };

const ANY: Ranges = [[0, 0x10ffff]];
const DIGITS: Ranges = [[0x30, 0x39]];
const LETTERS: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** RE2's \s: no vertical tab. */
const SPACES: Ranges = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const CLASSES: Readonly<Record<string, Ranges>> = { d: DIGITS, w: LETTERS, s: SPACES };
const CONTROLS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };

function complement(ranges: Ranges): Ranges {
  const result: [number, number][] = [];
  let next = 0;
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (low > next) result.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next <= 0x10ffff) result.push([next, 0x10ffff]);
  return result;
}

class Reader {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Tree {
    if (this.#source === '') throw new RegexFault('the regular expression is empty', 0);
    const tree = this.#choice();
    if (this.#at < this.#source.length) throw this.#fault('a closing parenthesis has no opening one');
    return tree;
  }

  #fault(message: string, at = this.#at): RegexFault {
    return new RegexFault(message, at);
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #code(): number {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw this.#fault('the regular expression ends too early', this.#source.length - 1);
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #choice(): Tree {
    const items = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      items.push(this.#sequence());
    }
    return items.length === 1 ? items[0]! : { kind: 'choice', items };
  }

  #sequence(): Tree {
    const items: Tree[] = [];
    for (let char = this.#peek(); char !== undefined && char !== '|' && char !== ')'; char = this.#peek())
      items.push(this.#repeated());
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  #repeated(): Tree {
    const start = this.#at;
    const item = this.#atom();
    const char = this.#peek();
    let min: number;
    let max: number;
    if (char === '*') [min, max] = [0, Number.POSITIVE_INFINITY];
    else if (char === '+') [min, max] = [1, Number.POSITIVE_INFINITY];
    else if (char === '?') [min, max] = [0, 1];
    else if (char === '{') {
      const match = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.#source.slice(this.#at));
      if (!match) throw this.#fault('{ must begin a count such as {2,5}; write \\{ for the brace');
      min = Number(match[1]);
      max = match[2] ? (match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])) : min;
      if (min > QUERY_LIMITS.regexRepeat || (max !== Number.POSITIVE_INFINITY && max > QUERY_LIMITS.regexRepeat))
        throw this.#fault(`a count may be at most ${QUERY_LIMITS.regexRepeat}`);
      if (max < min) throw this.#fault('the upper count is below the lower one');
      this.#at += match[0].length - 1;
    } else return item;
    if (item.kind === 'assert') throw this.#fault('there is nothing to repeat', start);
    this.#at++;
    // Shortest match: the same answer to "is there one?".
    if (this.#peek() === '?') this.#at++;
    if (/[*+?{]/.test(this.#peek() ?? '')) throw this.#fault('a repetition cannot be repeated; use (?:…)');
    return { kind: 'repeat', item, min, max };
  }

  #atom(): Tree {
    const at = this.#at;
    const char = this.#source[at]!;
    switch (char) {
      case '(': {
        if (++this.#depth > QUERY_LIMITS.depth) throw this.#fault('groups are nested too deeply');
        this.#at++;
        if (this.#peek() === '?') {
          if (!this.#source.startsWith('?:', this.#at))
            throw this.#fault('only (…) and (?:…) are known; write /…/i to ignore case', at);
          this.#at += 2;
        }
        const tree = this.#choice();
        if (this.#peek() !== ')') throw this.#fault('a parenthesis is never closed', at);
        this.#at++;
        this.#depth--;
        return tree;
      }
      case '[':
        return this.#class();
      case '.':
        this.#at++;
        return { kind: 'set', ranges: ANY, negated: false };
      case '^':
        this.#at++;
        return { kind: 'assert', what: 'start' };
      case '$':
        this.#at++;
        return { kind: 'assert', what: 'end' };
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#fault(`there is nothing for ${char} to repeat; write \\${char} for the character`);
      case '\\': {
        const next = this.#source[at + 1];
        if (next === 'b' || next === 'B') {
          this.#at += 2;
          return { kind: 'assert', what: next === 'b' ? 'edge' : 'inside' };
        }
        return { kind: 'set', ranges: this.#escape(), negated: false };
      }
      default: {
        const code = this.#code();
        return { kind: 'set', ranges: [[code, code]], negated: false };
      }
    }
  }

  #escape(): Ranges {
    const at = this.#at;
    this.#at++;
    const char = this.#peek();
    if (char === undefined) throw this.#fault('nothing follows the backslash', at);
    const group = CLASSES[char.toLowerCase()];
    if (group) {
      this.#at++;
      return char === char.toLowerCase() ? group : complement(group);
    }
    const control = CONTROLS[char];
    if (control !== undefined) {
      this.#at++;
      return [[control, control]];
    }
    if (char === 'x') {
      const match = /^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.#source.slice(this.#at));
      const code = match ? Number.parseInt(match[1] ?? match[2]!, 16) : Number.NaN;
      if (!match || !(code <= 0x10ffff)) throw this.#fault('\\x needs two hex digits or \\x{…}', at);
      this.#at += match[0].length;
      return [[code, code]];
    }
    if (!/[ -/:-@[-^`{-~]/.test(char)) throw this.#fault(`\\${char} is not known here`, at);
    const code = this.#code();
    return [[code, code]];
  }

  #class(): Tree {
    const start = this.#at;
    this.#at++;
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const ranges: [number, number][] = [];
    for (;;) {
      const char = this.#peek();
      if (char === undefined) throw this.#fault('a class is never closed', start);
      if (char === ']') break;
      if (char === '[') throw this.#fault('write \\[ for a bracket in a class');
      const low = this.#member();
      const single = low.length === 1 && low[0]![0] === low[0]![1];
      if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']' && this.#source[this.#at + 1] !== undefined) {
        const at = this.#at;
        this.#at++;
        const high = this.#member();
        if (!single || high.length !== 1 || high[0]![0] !== high[0]![1] || high[0]![0] < low[0]![0])
          throw this.#fault('the range in the class is upside down', at);
        ranges.push([low[0]![0], high[0]![0]]);
      } else for (const [from, to] of low) ranges.push([from, to]);
    }
    if (ranges.length === 0) throw this.#fault('the class is empty', start);
    this.#at++;
    return { kind: 'set', ranges, negated };
  }

  #member(): Ranges {
    if (this.#peek() === '\\') return this.#escape();
    const code = this.#code();
    return [[code, code]];
  }
}

type State =
  | { readonly kind: 'set'; readonly accepts: (code: number) => boolean; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'assert'; readonly what: Assertion; next: number }
  | { readonly kind: 'match' };

const inRanges = (ranges: Ranges, code: number): boolean => {
  for (const [low, high] of ranges) if (code >= low && code <= high) return true;
  return false;
};

/** The character and its other cases. */
function cases(code: number): number[] {
  const char = String.fromCodePoint(code);
  return [char, char.toLowerCase(), char.toUpperCase()].flatMap((form) =>
    [...form].length === 1 ? [form.codePointAt(0)!] : [],
  );
}

class Builder {
  readonly states: State[] = [];
  readonly #caseless: boolean;
  /** Counts work, since an empty group repeated again and again makes no states. */
  #steps = 0;

  constructor(caseless: boolean) {
    this.#caseless = caseless;
  }

  add(state: State): number {
    if (this.states.length >= QUERY_LIMITS.regexStates)
      throw new RegexFault('the regular expression is too large; lower its counts', 0);
    return this.states.push(state) - 1;
  }

  /** Builds backwards: returns the entry of `tree` whose exit is `next`. */
  build(tree: Tree, next: number): number {
    if (++this.#steps > 2 * QUERY_LIMITS.regexStates)
      throw new RegexFault('the regular expression is too large; lower its counts', 0);
    switch (tree.kind) {
      case 'set': {
        const { ranges, negated } = tree;
        const plain = (code: number) => inRanges(ranges, code);
        const accepts = this.#caseless ? (code: number) => plain(code) || cases(code).some(plain) : plain;
        return this.add({ kind: 'set', accepts: negated ? (code) => !accepts(code) : accepts, next });
      }
      case 'assert':
        return this.add({ kind: 'assert', what: tree.what, next });
      case 'sequence':
        return tree.items.reduceRight((exit, item) => this.build(item, exit), next);
      case 'choice': {
        const entries = tree.items.map((item) => this.build(item, next));
        return entries.reduceRight((other, entry) => this.add({ kind: 'split', next: entry, other }));
      }
      case 'repeat': {
        let exit = next;
        if (tree.max === Number.POSITIVE_INFINITY) {
          const loop: State = { kind: 'split', next: 0, other: next };
          exit = this.add(loop);
          loop.next = this.build(tree.item, exit);
        } else {
          for (let i = tree.min; i < tree.max; i++)
            exit = this.add({ kind: 'split', next: this.build(tree.item, exit), other: next });
        }
        for (let i = 0; i < tree.min; i++) exit = this.build(tree.item, exit);
        return exit;
      }
    }
  }
}

const isWordCode = (code: number): boolean => code >= 0 && inRanges(LETTERS, code);

/** Compiles an expression. Throws `RegexFault` with the offset of what is wrong or not supported. */
export function compileRegex(source: string, caseless: boolean): Regex {
  const tree = new Reader(source).read();
  const builder = new Builder(caseless);
  const entry = builder.build(tree, builder.add({ kind: 'match' }));
  const states = builder.states;

  return {
    test(text) {
      let current: number[] = [];
      const mark = new Int32Array(states.length).fill(-1);
      let matched = false;
      let step = 0;
      let before = -1;

      /** Follows splits and assertions from a state at a position between `before` and `after`. */
      const enter = (list: number[], from: number, after: number): void => {
        const stack = [from];
        while (stack.length > 0 && !matched) {
          const index = stack.pop()!;
          if (mark[index] === step) continue;
          mark[index] = step;
          const state = states[index]!;
          if (state.kind === 'match') matched = true;
          else if (state.kind === 'set') list.push(index);
          else if (state.kind === 'split') stack.push(state.other, state.next);
          else if (holds(state.what, before, after)) stack.push(state.next);
        }
      };

      for (let at = 0; ; ) {
        const code = text.codePointAt(at) ?? -1;
        const here: number[] = [];
        for (const index of current) enter(here, index, code);
        enter(here, entry, code);
        if (matched) return true;
        if (code < 0) return false;
        current = [];
        for (const index of here) {
          const state = states[index]!;
          if (state.kind === 'set' && state.accepts(code)) current.push(state.next);
        }
        before = code;
        at += code > 0xffff ? 2 : 1;
        step++;
      }
    },
  };
}

function holds(what: Assertion, before: number, after: number): boolean {
  switch (what) {
    case 'start':
      return before < 0;
    case 'end':
      return after < 0;
    case 'edge':
      return isWordCode(before) !== isWordCode(after);
    case 'inside':
      return isWordCode(before) === isWordCode(after);
  }
}
