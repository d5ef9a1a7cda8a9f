import { gzipSync } from 'node:zlib';
import type { Encoding } from './case.ts';
import { encodeOtlp, varint } from './otlp-encode.ts';

/** What a body generator gives: an OTLP object for either encoding, or bytes as they are. */
export type Generated = { readonly otlp: object } | { readonly bytes: Uint8Array };
type Parameters = Readonly<Record<string, number | string>>;

const NOW = BigInt(Date.now()) * 1_000_000n;
let spanNumber = 0;

export function span(changes: object = {}): object {
  spanNumber += 1;
  return {
    traceId: spanNumber.toString(16).padStart(32, 'a'),
    spanId: spanNumber.toString(16).padStart(16, 'b'),
    name: 'bad-input',
    kind: 2,
    startTimeUnixNano: String(NOW),
    endTimeUnixNano: String(NOW + 1_000_000n),
    ...changes,
  };
}

export function traces(spans: readonly object[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bad-inputs' } }] },
        scopeSpans: [{ scope: { name: 'conformance' }, spans }],
      },
    ],
  };
}

export function logs(records: readonly object[]): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bad-inputs' } }] },
        scopeLogs: [{ scope: { name: 'conformance' }, logRecords: records }],
      },
    ],
  };
}

export function log(body: object, changes: object = {}): object {
  return { timeUnixNano: String(NOW), severityNumber: 9, body, ...changes };
}

const number = (value: number | string | undefined) => Number(value ?? 0);
const text = (value: string) => ({ stringValue: value });

/** Deep nesting is put together from bytes, because building it as objects would overflow the tests' own stack. */
function deepProtobuf(depth: number): Buffer {
  // AnyValue { array_value { values: [inner] } }, from the inside out.
  let value = Buffer.from([10, 1, 0x78]);
  const parts: Buffer[] = [];
  let length = value.length;
  for (let i = 0; i < depth; i++) {
    const array = Buffer.concat([Buffer.from([10]), varint(BigInt(length))]);
    const any = Buffer.concat([Buffer.from([42]), varint(BigInt(length + array.length))]);
    parts.push(array, any);
    length += array.length + any.length;
  }
  value = Buffer.concat([...parts.reverse(), value]);
  const block = (tag: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([tag]), varint(BigInt(bytes.length)), bytes]);
  return block(10, block(18, block(18, block(42, value))));
}

function deepJson(depth: number): Buffer {
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${']}}'.repeat(depth)}`;
  return Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"${NOW}","body":${value}}]}]}]}`);
}

/** Strings that have broken programs; a choice in the spirit of the Big List of Naughty Strings. */
export const NAUGHTY = [
  '',
  '\0',
  'a\0b',
  '\ufeffbom',
  '\u202eright to left',
  '\u0627\u0644\u0639\u0631\u0628\u064a\u0629',
  '한글 자모 ㅎㅏㄴㄱㅡㄹ',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  'Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮',
  "'; DROP TABLE logs; --",
  '{{constructor.constructor("return process")()}}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '$(touch /tmp/x)',
  '%s%s%s%n',
  'NaN',
  'null',
  'undefined',
  '1e309',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '\u2028\u2029',
  '\x7f\x80\x9f',
  '\\',
  '"',
  '\\\'\\"',
] as const;

/** Not JSON, or JSON that is not a request; after the n_ files of JSONTestSuite. */
export const NOT_JSON = [
  '1234',
  '"text"',
  'null',
  'true',
  '[]',
  '[{}]',
  '{',
  '}',
  '{]',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,}',
  '{"a":1,,"b":2}',
  '{,}',
  "{'a':1}",
  '{a:1}',
  '{"a" 1}',
  '{"a":1}}',
  '{"a":1}#',
  '{"a":1} x',
  '{"a":01}',
  '{"a":+1}',
  '{"a":.5}',
  '{"a":1.}',
  '{"a":1e}',
  '{"a":-}',
  '{"a":0x1}',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":tru}',
  '{"a":nul}',
  '{"a":"\t"}',
  '{"a":"\\x"}',
  '{"a":"\\u12"}',
  '{"a":"unclosed}',
  '{"a":[1,}',
  '{"a":[1 2]}',
  '{"a":[}',
  '/* c */{}',
  '{} // c',
  '\ufeff\ufeff{}',
  '{"resourceSpans":1}',
  '{"resourceSpans":{}}',
  '{"resourceSpans":[1]}',
  '{"resourceSpans":[[]]}',
  '{"resourceSpans":[{"scopeSpans":"x"}]}',
  '{"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]}',
] as const;

const generators: Readonly<Record<string, (p: Parameters, encoding: Encoding) => Generated | readonly Generated[]>> = {
  spans: (p) => ({ otlp: traces(Array.from({ length: number(p['count']) }, () => span())) }),
  zeros: (p) => ({ bytes: Buffer.alloc(number(p['bytes'])) }),
  /** Valid spans of about so many bytes of protobuf; JSON comes out larger. */
  'span-megabytes': (p) => {
    const attributes = [{ key: 'padding', value: text('x'.repeat(4_000)) }];
    return {
      otlp: traces(
        Array.from({ length: Math.floor((number(p['mib']) * 1024 ** 2) / 4_120) }, () => span({ attributes })),
      ),
    };
  },
  /** Members of one gzip stream, each of 256 MiB of zeros. */
  'gzip-bomb': (p) => {
    const member = gzipSync(Buffer.alloc(256 * 1024 ** 2), { level: 9 });
    return { bytes: Buffer.concat(Array.from({ length: number(p['gib']) * 4 }, () => member)) };
  },
  'not-json': () => NOT_JSON.map((one) => ({ bytes: Buffer.from(one) })),
  'naughty-strings': () => ({
    otlp: logs(NAUGHTY.map((one) => log(text(one), { attributes: [{ key: one, value: text(one) }] }))),
  }),
  'empty-resources': (p) => ({ otlp: { resourceSpans: Array.from({ length: number(p['count']) }, () => ({})) } }),
  'many-attributes': (p) => ({
    otlp: traces([
      span({
        attributes: Array.from({ length: number(p['count']) }, (_, i) => ({
          key: `key.${i}`,
          value: text(`value ${i}`),
        })),
      }),
    ]),
  }),
  'large-value': (p) => ({
    otlp: traces([span({ attributes: [{ key: 'large', value: text('한'.repeat(number(p['bytes']) / 3)) }] })]),
  }),
  'deep-value': (p, encoding) => ({
    bytes: encoding === 'json' ? deepJson(number(p['depth'])) : deepProtobuf(number(p['depth'])),
  }),
  'exponential-buckets': (p) => ({
    otlp: {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'exponential',
                  exponentialHistogram: {
                    aggregationTemporality: 2,
                    dataPoints: [
                      {
                        timeUnixNano: String(NOW),
                        count: String(number(p['count'])),
                        scale: number(p['scale']),
                        zeroCount: '0',
                        positive: {
                          offset: number(p['offset']),
                          bucketCounts: Array.from({ length: number(p['count']) }, () => '1'),
                        },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  }),
};

export function generate(name: string, parameters: Parameters, encoding: Encoding): readonly Generated[] {
  const made = generators[name]?.(parameters, encoding);
  if (!made) throw new Error(`no generator called ${name}`);
  return Array.isArray(made) ? made : [made as Generated];
}

export function bytesOf(generated: Generated, encoding: Encoding): Uint8Array {
  if ('bytes' in generated) return generated.bytes;
  return encoding === 'json' ? Buffer.from(JSON.stringify(generated.otlp)) : encodeOtlp(generated.otlp);
}
