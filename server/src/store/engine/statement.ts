import { opaque } from './literal.ts';

/**
 * What the HTTP interface must know about a statement before the engine parses it: whether it brings data in the body,
 * and which format it asks for. Everything else is the engine's.
 */
export type Statement =
  | {
      readonly kind: 'insert';
      readonly table: string;
      readonly columns: readonly string[] | undefined;
      readonly format: string;
      readonly inline: string;
    }
  | { readonly kind: 'read'; readonly sql: string; readonly format: string | undefined }
  | { readonly kind: 'other'; readonly sql: string };

const NAME = '(?:`(?:[^`\\\\]|\\\\.)+`|[A-Za-z_][A-Za-z0-9_]*)';
const INSERT = new RegExp(
  `^INSERT\\s+INTO\\s+(?:TABLE\\s+)?(${NAME}(?:\\.${NAME})?)\\s*(?:\\(([^()]*)\\))?\\s*FORMAT\\s+([A-Za-z0-9_]+)(?:\\s|;|$)`,
  'i',
);
const TRAILING_FORMAT = /\s+FORMAT\s+([A-Za-z0-9_]+)\s*$/i;

export function parseStatement(text: string): Statement {
  const sql = trim(text);
  const insert = INSERT.exec(sql);
  if (insert) {
    const columns = insert[2]?.split(',').map((name) => unquote(name.trim()));
    return {
      kind: 'insert',
      table: insert[1]!,
      columns: columns && columns.length > 0 && columns[0] !== '' ? columns : undefined,
      format: insert[3]!,
      inline: sql.slice(insert[0].length),
    };
  }
  if (!/^\(*\s*(?:SELECT|WITH)\b/i.test(sql)) {
    return { kind: 'other', sql };
  }
  const format = TRAILING_FORMAT.exec(sql);
  return format
    ? { kind: 'read', sql: sql.slice(0, format.index), format: format[1]! }
    : { kind: 'read', sql, format: undefined };
}

/** Without comments and blanks before, and semicolons and blanks behind. */
function trim(text: string): string {
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    const after = text[at] === '-' || text[at] === '/' ? opaque(text, at) : at;
    if (after === at) break;
    at = after;
  }
  return text.slice(at).replace(/[\s;]+$/, '');
}

export function unquote(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}
