/** Search that understands Korean typing: `ㅈㅁ` finds `주문-api`, `주ㅁ` finds `주문`. */
const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
/** Vowels and final consonants per initial consonant in Unicode's order of syllables. */
const SYLLABLES_PER_INITIAL = 588;
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const FINALS_PER_VOWEL = 28;

/** The initial consonant of a syllable, `undefined` for anything else. */
function initialOf(char: string): string | undefined {
  const code = char.charCodeAt(0);
  if (code < FIRST_SYLLABLE || code > LAST_SYLLABLE) return undefined;
  return INITIALS[Math.floor((code - FIRST_SYLLABLE) / SYLLABLES_PER_INITIAL)];
}

/** A syllable still being typed (no final consonant yet) matches every syllable that it can become. */
function couldBecome(typed: string, shown: string): boolean {
  const a = typed.charCodeAt(0);
  const b = shown.charCodeAt(0);
  if (a < FIRST_SYLLABLE || a > LAST_SYLLABLE || b < FIRST_SYLLABLE || b > LAST_SYLLABLE) return false;
  if ((a - FIRST_SYLLABLE) % FINALS_PER_VOWEL !== 0) return false;
  return b - a >= 0 && b - a < FINALS_PER_VOWEL;
}

function charMatches(typed: string, shown: string, last: boolean): boolean {
  if (typed === shown) return true;
  if (INITIALS.includes(typed)) return initialOf(shown) === typed;
  return last && couldBecome(typed, shown);
}

/** Where `needle` is in `text`, as `[start, end)`; letters without case, separators in the needle count. */
export function findHangul(text: string, needle: string): readonly [number, number] | undefined {
  const shown = text.toLowerCase().normalize('NFC');
  const typed = needle.trim().toLowerCase().normalize('NFC');
  if (typed === '') return [0, 0];
  outer: for (let start = 0; start + typed.length <= shown.length; start++) {
    for (let i = 0; i < typed.length; i++) {
      if (!charMatches(typed[i] ?? '', shown[start + i] ?? '', i === typed.length - 1)) continue outer;
    }
    return [start, start + typed.length];
  }
  return undefined;
}

export function matchesHangul(text: string, needle: string): boolean {
  return findHangul(text, needle) !== undefined;
}
