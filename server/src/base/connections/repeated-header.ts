/**
 * Headers that say who somebody is or whom they mean. Sent twice, two programs on the way may each believe another one of
 * them, so such a request is refused (RFC 9110 §5.3, RFC 9112 §3.2 for Host).
 */
const ONLY_ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'x-hanok-key',
  'x-oneuptime-token',
  'signoz-ingestion-key',
  'x-business-id',
  'x-hanok-tenant',
]);

/**
 * The first of them that comes twice. Over HTTP/2 `:authority` is the host; a `host` beside it may only say the same
 * (RFC 9113 §8.3.1).
 * @param raw names and values in turn, as they came
 */
export function repeatedHeader(raw: readonly string[]): string | undefined {
  let seen: Set<string> | undefined;
  let authority: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (name === ':authority') authority = raw[i + 1];
    if (!ONLY_ONCE.has(name)) continue;
    seen ??= new Set();
    if (seen.has(name)) return name;
    if (name === 'host' && authority !== undefined && raw[i + 1] !== authority) return name;
    seen.add(name);
  }
  return undefined;
}
