import type { ByteSource, Interner } from '#base';
import { severityOfPino, severityOfText } from './severity.ts';

/** Only the beginning of a body is looked at. */
const MAX_PEEKED = 16 * 1024;

const QUOTE = 34;
const BACKSLASH = 92;

const KEYS = ['level', 'severity', 'severity_text', 'log.level', 'lvl', 'message', 'app_name', 'process_id'].map(
  (name) => Uint8Array.from(name, (char) => char.charCodeAt(0)),
);
const LAST_LEVEL_KEY = 4;
const MESSAGE = 5;
const APP_NAME = 6;
const PROCESS_ID = 7;

/**
 * Finds the severity that a log body carries: JSON text of pino (`"level":30`), winston (`"level":"info"`) and the like,
 * also inside the wrapper that `pm2 --log-type json` puts around each line, whose `app_name` it finds as well. Looks at
 * keys of the outermost object only, and never fails: what is not such JSON carries nothing.
 */
export class BodyPeek {
  /** Severity number 1-24, or 0. */
  severity = 0;
  /** Interner id of PM2's `app_name`, or 0. */
  application = 0;

  readonly #interner: Interner;
  readonly #unescaped = new Uint8Array(MAX_PEEKED);
  #level = 0;
  #appStart = 0;
  #appEnd = 0;
  #messageStart = 0;
  #messageEnd = 0;
  #processId = false;

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  look(source: ByteSource, start: number, end: number): void {
    this.severity = 0;
    this.application = 0;
    this.#scan(source.bytes, start, Math.min(end, start + MAX_PEEKED));
    this.severity = this.#level;
    if (!this.#processId || this.#appEnd <= this.#appStart) return;
    this.application = this.#interner.wellFormed(
      this.#interner.intern(source, this.#appStart, Math.min(this.#appEnd, this.#appStart + 256)),
    );
    if (this.severity === 0 && this.#messageEnd > this.#messageStart) {
      const length = this.#unescape(source.bytes, this.#messageStart, this.#messageEnd);
      this.#scan(this.#unescaped, 0, length);
      this.severity = this.#level;
    }
  }

  /** The keys of one object, until its end or the first thing that is not JSON. */
  #scan(bytes: Uint8Array, start: number, end: number): void {
    this.#level = 0;
    this.#appStart = this.#appEnd = 0;
    this.#messageStart = this.#messageEnd = 0;
    this.#processId = false;
    let at = blank(bytes, start, end);
    if (bytes[at] !== 123) return;
    at++;
    while (at < end) {
      at = blank(bytes, at, end);
      if (bytes[at] !== QUOTE) return;
      const keyStart = at + 1;
      const keyEnd = stringEnd(bytes, keyStart, end);
      at = blank(bytes, keyEnd + 1, end);
      if (bytes[at] !== 58) return;
      at = blank(bytes, at + 1, end);
      const valueStart = at;
      at = valueEnd(bytes, at, end);
      this.#pair(bytes, keyStart, keyEnd, valueStart, at, end);
      at = blank(bytes, at, end);
      if (bytes[at] !== 44) return;
      at++;
    }
  }

  #pair(bytes: Uint8Array, keyStart: number, keyEnd: number, start: number, end: number, limit: number): void {
    const key = keyOf(bytes, keyStart, keyEnd);
    if (key < 0 || end > limit) return;
    const quoted = bytes[start] === QUOTE;
    if (key <= LAST_LEVEL_KEY) {
      if (this.#level === 0) this.#level = quoted ? levelOf(bytes, start + 1, end - 1) : levelOf(bytes, start, end);
    } else if (key === MESSAGE && quoted) {
      this.#messageStart = start + 1;
      this.#messageEnd = end - 1;
    } else if (key === APP_NAME && quoted) {
      this.#appStart = start + 1;
      this.#appEnd = end - 1;
    } else if (key === PROCESS_ID) this.#processId = true;
  }

  /** A JSON string's text; what needs `\u` is of no interest here and becomes a question mark. */
  #unescape(bytes: Uint8Array, start: number, end: number): number {
    let length = 0;
    for (let i = start; i < end; i++) {
      let byte = bytes[i]!;
      if (byte === BACKSLASH) {
        byte = bytes[++i]!;
        if (byte === 117) {
          i += 4;
          byte = 63;
        } else if (byte !== QUOTE && byte !== BACKSLASH && byte !== 47) byte = 32;
      }
      this.#unescaped[length++] = byte;
    }
    return length;
  }
}

/** Severity of a level's text as found in an attribute or body: a word in any spelling or a number of pino. */
export function levelOfText(text: string): number {
  return /^\d{1,3}$/.test(text) ? severityOfPino(Number(text)) : severityOfText(text);
}

function levelOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 16) return 0;
  return levelOfText(String.fromCharCode(...bytes.subarray(start, end)));
}

function keyOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  for (let k = 0; k < KEYS.length; k++) {
    const key = KEYS[k]!;
    if (key.length !== length) continue;
    let i = 0;
    while (i < length && key[i] === bytes[start + i]) i++;
    if (i === length) return k;
  }
  return -1;
}

function blank(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === 32 || bytes[at] === 10 || bytes[at] === 13 || bytes[at] === 9)) at++;
  return at;
}

/** The place of the closing quote, or `end`. */
function stringEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, end);
}

/** The place after a value; nested ones are stepped over by counting brackets outside strings. */
function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let depth = 0;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at + 1, end) + 1;
      if (depth === 0) return at;
      continue;
    }
    if (byte === 123 || byte === 91) depth++;
    else if (byte === 125 || byte === 93) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === 44 || byte === 32 || byte === 10 || byte === 13 || byte === 9)) return at;
    at++;
  }
  return end + 1;
}
