/** What stands in an entry in place of a secret. */
export const MASKED = '***';

/**
 * Names of what is secret, wherever they stand in a name (`password_hash`, `clientSecret`, `X-Api-Key`). Ids and beginnings
 * of keys are no secrets: `keyId`, `key_prefix`.
 */
const SECRET_NAME =
  /pass(?:word|wd|phrase)|secret|token|credential|authorization|cookie|signature|(?:private|api|access|ingest|signing|encryption|client|session)[-_. ]?keys?$|(?:key|code|pin|otp|totp|recovery)[-_. ]?(?:hash|digest)|^(?:otp|totp|seed)$|recovery[-_. ]?codes?/i;
/** Names that hold such a word and are no secret. */
const PLAIN_NAME = /(?:id|ids|prefix|count|name|expires?|expires_?at|lifetime|policy|required|at)$/i;
/** Secrets of ours, wherever they stand: their beginnings are fixed. */
const OWN_SECRET = /\bh[a-z]{1,2}_[\w-]{20,}/g;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi;

const MOST_TEXT = 2_000;
const MOST_ITEMS = 200;
const MOST_DEPTH = 8;

const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !PLAIN_NAME.test(name);

function maskText(text: string): string {
  const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
  return cut.replace(OWN_SECRET, MASKED).replace(URL_PASSWORD, `$1${MASKED}@`).toWellFormed();
}

/**
 * `value` as it may stand in the audit log for ever: whatever is under a name of something secret is masked, whole, and so
 * are keys and passwords inside texts. Long texts and lists are cut, deep ones too. It never changes what it is given.
 */
export function maskSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MOST_DEPTH) return '…';
  if (value instanceof Uint8Array) return MASKED;
  if (Array.isArray(value)) {
    const kept = value.slice(0, MOST_ITEMS).map((one) => maskSecrets(one, depth + 1));
    return value.length > MOST_ITEMS ? [...kept, '…'] : kept;
  }
  if (value instanceof Date) return value.toISOString();
  const entries: Array<[string, unknown]> = [];
  for (const [name, inner] of Object.entries(value).slice(0, MOST_ITEMS)) {
    if (inner === undefined) continue;
    // That there is none tells nothing, and a reader of a change wants to know.
    const secret = isSecretName(name) && inner !== null && typeof inner !== 'boolean';
    entries.push([name.toWellFormed(), secret ? MASKED : maskSecrets(inner, depth + 1)]);
  }
  return Object.fromEntries(entries);
}
