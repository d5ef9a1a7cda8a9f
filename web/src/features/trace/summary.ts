import type { Span } from '@hanok/contract';
import { anyValueText } from '../../format/any-value.ts';
import { exceptionIn, type Fault } from '../../kit/exception-of.ts';

/** Attributes of the semantic conventions, those of today before those they replaced. */
const STATEMENTS = ['db.query.text', 'db.statement', 'db.query.summary', 'gen_ai.prompt', 'faas.invoked_name'];
const URLS = ['url.full', 'http.url', 'url.path', 'http.target', 'http.route'];
const METHODS = ['http.request.method', 'http.method'];
const DESTINATIONS = ['messaging.destination.name', 'messaging.destination'];

function first(span: Span, keys: readonly string[]): string {
  for (const key of keys) {
    const value = span.attributes[key];
    if (value !== undefined && value !== null) {
      const text = anyValueText(value);
      if (text !== '') return text;
    }
  }
  return '';
}

/** The statement a span ran, whole; empty when it ran none. */
export function statementOf(span: Span): string {
  return first(span, STATEMENTS);
}

/** What a span did, in one line: its statement, address, destination or procedure. Not what its name says already. */
export function summaryOf(span: Span): string {
  const found =
    statementOf(span) ||
    address(span) ||
    first(span, DESTINATIONS) ||
    first(span, ['rpc.method', 'code.function.name']);
  const line = found.replace(/\s+/g, ' ').trim();
  return span.name.includes(line) ? '' : line;
}

function address(span: Span): string {
  const url = first(span, URLS);
  if (url === '') return '';
  const method = first(span, METHODS);
  return method === '' || span.name.startsWith(method) ? url : `${method} ${url}`;
}

/** Exceptions that the span recorded as events, in their order; `id` tells those of one span apart. */
export function exceptionsOf(span: Span): Array<Fault & { readonly id: string }> {
  return span.events
    .filter((event) => event.name === 'exception')
    .map((event, n) => ({ id: `${event.time} ${n}`, ...(exceptionIn(event.attributes) ?? NOTHING_SAID) }));
}

const NOTHING_SAID: Fault = { type: '', message: '', stack: '' };

/** Why a span failed, in one line; empty when it did not. */
export function faultOf(span: Span): string {
  const exception = exceptionsOf(span).at(-1);
  if (exception) {
    const line = [exception.type, exception.message].filter((part) => part !== '').join(': ');
    if (line !== '') return line.replace(/\s+/g, ' ');
  }
  return span.statusCode === 'error' ? (span.statusMessage ?? '').replace(/\s+/g, ' ') : '';
}
