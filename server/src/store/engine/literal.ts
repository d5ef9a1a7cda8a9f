import { EngineException } from './exception.ts';

/**
 * Query parameters, `{name:Type}`, rendered into the text before the engine sees it.
 *
 * The engine's own binding is not used: it keeps the parameters in state shared by all sessions of the process, so
 * that bound queries must run strictly one after another; a five-second query would hold up every other one. What is
 * rendered here is either one quoted literal or one quoted identifier, made by `quote` alone, and typed by CAST, so
 * the value cannot become syntax whatever it holds. The tests compare the result with the engine's own binding.
 */
export function substitute(sql: string, params: ReadonlyMap<string, string>): string {
  if (!sql.includes('{')) return sql;
  let out = '';
  let at = 0;
  while (at < sql.length) {
    const skipped = opaque(sql, at);
    if (skipped > at) {
      out += sql.slice(at, skipped);
      at = skipped;
      continue;
    }
    if (sql[at] === '{') {
      PLACEHOLDER.lastIndex = at;
      const match = PLACEHOLDER.exec(sql);
      if (match) {
        const value = params.get(match[1]!);
        if (value === undefined)
          throw new EngineException(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${match[1]}\` is not set`);
        out += render(match[2]!.trim(), value);
        at = PLACEHOLDER.lastIndex;
        continue;
      }
    }
    out += sql[at];
    at++;
  }
  return out;
}

const PLACEHOLDER = /\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*:\s*([A-Za-z0-9_(), ']+)\}/y;

/** The end of a quoted text or comment that starts at `at`, or `at` when none does. */
export function opaque(sql: string, at: number): number {
  const open = sql[at];
  if (open === "'" || open === '"' || open === '`') {
    let i = at + 1;
    for (; i < sql.length; i++) {
      if (sql[i] === '\\') i++;
      else if (sql[i] === open) {
        if (sql[i + 1] !== open) break;
        i++;
      }
    }
    return Math.min(i + 1, sql.length);
  }
  if (sql.startsWith('--', at)) {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end;
  }
  if (sql.startsWith('/*', at)) {
    const end = sql.indexOf('*/', at + 2);
    return end < 0 ? sql.length : end + 2;
  }
  return at;
}

function render(type: string, value: string): string {
  if (type === 'Identifier') return `\`${value.replace(/[\\`]/g, (c) => `\\${c}`)}\``;
  if (type.startsWith('Map('))
    throw new EngineException(48, 'NOT_IMPLEMENTED', 'parameters of type Map are not supported; pass two arrays');
  if (value === '\\N') return type.startsWith('Nullable(') ? `_CAST(NULL, ${quote(type)})` : 'NULL';
  // Composite values carry their own quoting; scalars come escaped as in TabSeparated.
  const text = /^(?:Array|Tuple)\(/.test(type) ? value : unescapeTabSeparated(value, type);
  return type === 'String' ? quote(text) : `_CAST(${quote(text)}, ${quote(type)})`;
}

export function quote(text: string): string {
  return `'${text.replace(/[\\'\0]/g, (c) => (c === '\0' ? '\\0' : `\\${c}`))}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  '0': '\0',
  b: '\b',
  f: '\f',
  a: '\x07',
  v: '\v',
};

function unescapeTabSeparated(value: string, type: string): string {
  if (/[\t\n]/.test(value))
    throw new EngineException(
      457,
      'BAD_QUERY_PARAMETER',
      `a value of type ${type} has a raw tab or line feed; escape it`,
    );
  return value.replace(/\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g, (_, hex: string | undefined, char: string | undefined) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[char!] ?? char!),
  );
}
