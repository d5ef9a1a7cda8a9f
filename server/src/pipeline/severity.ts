import { WORDS } from './vocabulary.ts';

/** OpenTelemetry severity ranges: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal. */
const SEVERITY_WORDS: readonly number[] = [
  WORDS.unspecified,
  WORDS.trace,
  WORDS.debug,
  WORDS.info,
  WORDS.warn,
  WORDS.error,
  WORDS.fatal,
];

/** Spellings seen in the wild: OpenTelemetry short names, syslog, pino, winston, log4j, Python, Go, .NET, PostgreSQL. */
const SPELLINGS: ReadonlyMap<string, number> = new Map(
  [
    ['trace', 1],
    ['trc', 1],
    ['verbose', 1],
    ['verb', 1],
    ['silly', 1],
    ['finest', 1],
    ['finer', 1],
    ['all', 1],
    ['debug', 5],
    ['dbg', 5],
    ['debg', 5],
    ['fine', 5],
    ['config', 5],
    ['info', 9],
    ['inf', 9],
    ['information', 9],
    ['informational', 9],
    ['http', 9],
    ['log', 9],
    ['success', 9],
    ['statement', 9],
    ['notice', 10],
    ['warn', 13],
    ['warning', 13],
    ['wrn', 13],
    ['error', 17],
    ['err', 17],
    ['eror', 17],
    ['severe', 17],
    ['failure', 17],
    ['critical', 18],
    ['crit', 18],
    ['alert', 19],
    ['fatal', 21],
    ['ftl', 21],
    ['emerg', 21],
    ['emergency', 21],
    ['panic', 21],
    ['dpanic', 21],
    ['v', 1],
    ['t', 1],
    ['d', 5],
    ['i', 9],
    ['w', 13],
    ['e', 17],
    ['c', 18],
    ['f', 21],
  ].flatMap(([word, number]) =>
    // `INFO2` and the like are OpenTelemetry's names of the numbers inside a range.
    [[String(word), Number(number)] as const].concat(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].includes(String(word))
        ? [1, 2, 3].map((step) => [`${word}${step + 1}`, Number(number) + step] as const)
        : [],
    ),
  ),
);

/** Longer texts name no severity; there may be 64 KiB of them. */
const LONGEST = 32;

/** Severity number 1-24 of a text in any spelling; 0 when it names none. */
export function severityOfText(text: string): number {
  if (text.length > LONGEST) return 0;
  const word = text.trim().toLowerCase();
  const known = SPELLINGS.get(word);
  if (known !== undefined) return known;
  const bare = /^[[(<"'\s]*([a-z]+[234]?)[\])>"':\s]*$/.exec(word);
  return bare ? (SPELLINGS.get(bare[1]!) ?? 0) : 0;
}

/** pino and bunyan number their levels 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
export function severityOfPino(level: number): number {
  if (!(level >= 10 && level < 100)) return 0;
  return level < 20 ? 1 : level < 30 ? 5 : level < 40 ? 9 : level < 50 ? 13 : level < 60 ? 17 : 21;
}

/** The normalised text of a severity number 0-24, as a word id. */
export function severityWord(number: number): number {
  return number === 0 ? WORDS.unspecified : SEVERITY_WORDS[(number + 3) >> 2]!;
}
