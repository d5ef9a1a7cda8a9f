import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from './ast.ts';
import { QueryError } from './error.ts';
import { QUERY_LIMITS } from './limits.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import { QUERY_REASONS, type QueryReason } from './reasons.ts';
import { resolve } from './resolve.ts';

/** The tree without places, short enough to read in an expectation. */
function shape(node: Node): unknown {
  switch (node.kind) {
    case 'all':
      return 'all';
    case 'and':
    case 'or':
      return { [node.kind]: node.children.map(shape) };
    case 'not':
      return { not: shape(node.child) };
    case 'text':
      return node.match;
    case 'field':
      return [node.name, node.match];
  }
}

const is = (value: string) => ({ kind: 'is', value });

function fault(text: string): QueryError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('what is written', () => {
  it.each<[string, unknown]>([
    ['', 'all'],
    ['  \n', 'all'],
    ['timeout', is('timeout')],
    ['결제 실패', { and: [is('결제'), is('실패')] }],
    ['"connection reset"', is('connection reset')],
    ['"a \\"b\\" \\\\"', is('a "b" \\')],
    ['a b OR c', { or: [{ and: [is('a'), is('b')] }, is('c')] }],
    ['a AND (b OR c)', { and: [is('a'), { or: [is('b'), is('c')] }] }],
    ['NOT a -b', { and: [{ not: is('a') }, { not: is('b') }] }],
    ['-(a b)', { not: { and: [is('a'), is('b')] } }],
    ['level:error', ['level', is('error')]],
    ['한글.필드:값', ['한글.필드', is('값')]],
    ['service.name:"front end"', ['service.name', is('front end')]],
    ['service.name:check*', ['service.name', { kind: 'wildcard', pieces: ['check', ''] }]],
    ['a:**b*', ['a', { kind: 'wildcard', pieces: ['', 'b', ''] }]],
    ['a:*', ['a', { kind: 'exists' }]],
    ['a:b\\*', ['a', is('b*')]],
    ['duration:>500ms', ['duration', { kind: 'compare', operator: '>', value: '500ms' }]],
    ['http.status_code>=500', ['http.status_code', { kind: 'compare', operator: '>=', value: '500' }]],
    ['a=b c!=d', { and: [['a', is('b')], { not: ['c', is('d')] }] }],
    ['a:[1 TO 5}', ['a', { kind: 'range', low: '1', high: '5', lowInclusive: true, highInclusive: false }]],
    ['a:{* TO 5]', ['a', { kind: 'range', low: null, high: '5', lowInclusive: false, highInclusive: true }]],
    ['a:/^x\\d+$/i', ['a', { kind: 'regex', source: '^x\\d+$', caseless: true }]],
    ['http.route:/api/users', ['http.route', is('/api/users')]],
    ['http.route:/users/{id}', ['http.route', is('/users/{id}')]],
    ['url:http://x.y/z?a=b&c=d', ['url', is('http://x.y/z?a=b&c=d')]],
    ['a:-5', ['a', is('-5')]],
    [
      'level:(error OR warn)',
      {
        or: [
          ['level', is('error')],
          ['level', is('warn')],
        ],
      },
    ],
    [
      'level:(error warn)',
      {
        and: [
          ['level', is('error')],
          ['level', is('warn')],
        ],
      },
    ],
    [
      'd:(>1s -(<2s OR x*))',
      {
        and: [
          ['d', { kind: 'compare', operator: '>', value: '1s' }],
          {
            not: {
              or: [
                ['d', { kind: 'compare', operator: '<', value: '2s' }],
                ['d', { kind: 'wildcard', pieces: ['x', ''] }],
              ],
            },
          },
        ],
      },
    ],
    [
      'a:(-5 OR 3)',
      {
        or: [
          ['a', is('-5')],
          ['a', is('3')],
        ],
      },
    ],
    ['a:""', ['a', is('')]],
    ['"AND"', is('AND')],
    ['weird\\ key:x', ['weird key', is('x')]],
  ])('%s', (text, expected) => {
    expect(shape(parse(text))).toEqual(expected);
  });
});

describe('what is refused', () => {
  it.each<[string, number, RegExp]>([
    ['a OR', 2, /missing at the end/],
    ['OR a', 0, /missing before OR/],
    ['a AND AND b', 6, /missing before AND/],
    ['a or b', 2, /not an operator in this spelling/],
    ['a && b', 2, /&& is not an operator/],
    ['(a', 0, /never closed/],
    ['a)', 1, /no opening/],
    ['()', 1, /nothing in the parentheses/],
    ['level:', 5, /a value is missing/],
    ['level: error', 5, /a value is missing/],
    ['level::error', 5, /:: is not an operator/],
    ['a==b', 1, /== is not an operator/],
    ['a=>5', 1, /=> is not an operator/],
    ['a=~x', 1, /=~ is not an operator/],
    ['a:!b', 1, /:! is not an operator/],
    [':x', 0, /no field name/],
    ['!a', 0, /! is not an operator/],
    ['- a', 0, /nothing follows the minus/],
    ['"open', 0, /never closed/],
    ['"a"b', 0, /space is missing/],
    ['a"b"', 0, /space is missing/],
    ['"a":b', 0, /cannot be quoted/],
    ['a:[1 5]', 5, /TO is missing/],
    ['a:[1 TO 5', 8, /never closed/],
    ['a:[* TO *]', 2, /both ends/],
    ['{"a":1}', 0, /only stand in a range/],
    ['a\\', 1, /nothing follows the backslash/],
    ['a:/[/', 3, /never closed/],
    ['a:/(?=b)/', 3, /only \(…\)/],
    ['a:/\\1/', 3, /not known/],
    ['a:>b*', 3, /one value/],
    ['a=b*', 2, /no wildcard/],
    ['*', 0, /matches everything/],
    ['a*:b', 0, /cannot have a wildcard/],
    ['한글 or x', 3, /not an operator/],
  ])('%s', (text, at, message) => {
    const error = fault(text);
    expect(error.message).toMatch(message);
    expect(error.at).toBe(at);
    expect(error.length).toBeGreaterThan(0);
    expect(error.fix).not.toBe('');
  });
});

describe('hostile texts', () => {
  it.each<[string, string]>([
    ['too long', 'a '.repeat(QUERY_LIMITS.length)],
    ['too many terms', 'a '.repeat(QUERY_LIMITS.terms + 1)],
    ['too many tokens', '('.repeat(QUERY_LIMITS.tokens + 1)],
    ['too deep in parentheses', `${'('.repeat(40)}a${')'.repeat(40)}`],
    ['too deep in minus signs', `${'-'.repeat(40)}a`],
    ['too many wildcards', `a:${'*b'.repeat(20)}`],
    ['counts multiplied', 'a:/((((x{100}){100}){100}){100})/'],
    ['empty groups multiplied', 'a:/(((((((){100}){100}){100}){100}){100}){100}){100}/'],
    ['groups nested', `a:/${'('.repeat(100)}x${')'.repeat(100)}/`],
  ])('%s', (_, text) => {
    expect(fault(text)).toBeInstanceOf(QueryError);
  });

  it('never fails but with a QueryError inside the text', () => {
    const alphabet = fc.constantFrom(...'ab:"()[]{}<>=!*/\\- ORAND~TO5.가'.split(''), ' AND ', ' OR ', 'a:', ' TO ');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError);
          const { at, length } = error as QueryError;
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at + length).toBeLessThanOrEqual(Math.max(text.length, 1));
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('print', () => {
  it('writes what reads back as the same tree', () => {
    const text = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }).filter((value) => value.trim() !== ''),
      fc.constantFrom('결제', 'and', 'OR', '-5', '*', '/x/', 'a"b', 'a\\', '>5', '[1', '{x}'),
    );
    const match = fc.oneof(
      text.map((value) => ({ kind: 'is' as const, value })),
      fc.tuple(text, text).map(([a, b]) => ({ kind: 'wildcard' as const, pieces: [a, b] })),
      fc.constant({ kind: 'regex' as const, source: '^a b/?$'.replace('/', '\\/'), caseless: true }),
    );
    const span = { at: 0, length: 0 };
    const leaf: fc.Arbitrary<Node> = fc.oneof(
      match.map((one) => ({ kind: 'text' as const, match: one, span })),
      fc
        .tuple(
          text,
          fc.oneof(
            match,
            fc.constant({ kind: 'exists' as const }),
            text.map((value) => ({ kind: 'compare' as const, operator: '>=' as const, value })),
            text.map((value) => ({
              kind: 'range' as const,
              low: value,
              high: null,
              lowInclusive: true,
              highInclusive: false,
            })),
          ),
        )
        .map(([name, one]) => ({ kind: 'field' as const, name, match: one, span, nameSpan: span, valueSpan: span })),
    );
    const { node } = fc.letrec<{ node: Node }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie('node').map((child) => ({ kind: 'not' as const, child, span })),
        fc
          .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('node'), { minLength: 2, maxLength: 3 }))
          .map(([kind, children]) => ({
            kind,
            children: children.flatMap((child) => (child.kind === kind ? child.children : [child])),
            span,
          })),
      ),
    }));
    fc.assert(
      fc.property(node, (tree) => {
        expect(shape(parse(print(tree)))).toEqual(shape(tree));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('every refusal', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'()[]{}":*=<>!-/\\ '.split(''),
      ...['level', 'duration', 'trace_id', 'root', 'status', 'body', 'a.b', 'AND', 'or', 'NOT', 'TO', '[1 TO 5]'],
      ...[':', ':>', '!=', '==', '&&', '5ms', '가', '/a{/', '/(x/', '/\\1/', '"a b"', '*', ' ', ' '],
    ),
    fc.string({ maxLength: 3 }),
  );

  it('has a reason of the list, with the values that the list names', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.constantFrom('logs' as const, 'traces' as const),
        (parts, signal) => {
          try {
            resolve(parse(parts.join('')), signal);
          } catch (error) {
            expect(error).toBeInstanceOf(QueryError);
            const { reason, values, message, fix } = error as QueryError;
            expect(Object.keys(values).sort()).toEqual([...QUERY_REASONS[reason]].sort());
            expect(message.length * fix.length).toBeGreaterThan(0);
            seen.add(reason);
          }
        },
      ),
      { numRuns: 6_000 },
    );
    expect(seen.size).toBeGreaterThan(30);
  });

  it.each<[string, QueryReason]>([
    ['a'.repeat(16_385), 'length'],
    ['a '.repeat(2_050), 'parts'],
    ['a '.repeat(300), 'terms'],
    ['('.repeat(40), 'depth'],
    ['a*b*c*d*e*f*g*h*i*j*', 'wildcards'],
    ['duration:x', 'not-a-duration'],
    ['timestamp:x', 'not-a-time'],
    ['severity_number:x', 'not-a-number'],
    ['n:>5ms', 'unit-of-time'],
    ['n:>x', 'not-a-number'],
    ['level:x', 'unknown-value'],
    ['root:x', 'flag-value'],
    ['trace_id:x', 'id-digits'],
    ['kind:>x', 'not-that-way'],
    ['duration:/x/', 'not-text'],
    ['a=b*', 'equals-wildcard'],
    ['a:>b*', 'comparison-value'],
    ['a:[* TO *]', 'range-open'],
    ['a:[1* TO 2]', 'range-wildcard'],
    ['a:(=b)', 'equals-in-list'],
  ])('of %s is %s', (text, reason) => {
    const signal = /root|kind|duration/.test(text) ? 'traces' : 'logs';
    expect(() => resolve(parse(text), signal)).toThrow(expect.objectContaining({ reason }));
  });

  it('is in the page of the language', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/query-language.md'), 'utf8');
    const listed = [...page.matchAll(/`([a-z-]+)`(?: \(([a-z, ]+)\))?/g)].map(([, reason, values]) => [reason, values]);
    for (const [reason, values] of Object.entries(QUERY_REASONS))
      expect(listed).toContainEqual([reason, values.length === 0 ? undefined : values.join(', ')]);
  });
});
