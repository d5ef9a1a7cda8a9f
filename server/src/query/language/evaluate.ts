import type { Bound, Filter, Keyed, Target, Test } from '@hanok/contract/query';
import { containsWords, lowerAscii, matchesPieces, parseNumber } from '@hanok/contract/query';
import { marksOf } from '#base';
import { NO_PAIRS, type Pairs, pairText, parsePairs, textOfValue } from '../decode/attributes.ts';
import { memberTexts } from '../decode/members.ts';
import { durationOf, type LogRecord, type SpanRecord } from '../decode/records.ts';
import { CLAIMED, KINDS, STATUSES } from './columns.ts';
import { regexTester } from './regex.ts';

export type QueryRecord = LogRecord | SpanRecord;

/** What a record refers to; asked for only when the filter needs it. */
export interface Surroundings {
  resource(): Pairs;
  scope(): { readonly name: string; readonly version: string; readonly attributes: Pairs } | undefined;
}

export type Matcher = (record: QueryRecord, around: Surroundings) => boolean;

/** The filter as a function on one record; says the same as `compileFilter` says to the store. */
export function matcherOf(filter: Filter): Matcher {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const all = filter.children.map(matcherOf);
      return (record, around) => all.every((one) => one(record, around));
    }
    case 'or': {
      const any = filter.children.map(matcherOf);
      return (record, around) => any.some((one) => one(record, around));
    }
    case 'not': {
      const child = matcherOf(filter.child);
      return (record, around) => !child(record, around);
    }
    case 'text': {
      const test = textTester(filter.test);
      return (record) => mainTexts(record).some(test);
    }
    case 'field':
      return targetMatcher(filter.target, filter.test);
  }
}

function mainTexts(record: QueryRecord): readonly string[] {
  return record.signal === 'logs'
    ? present(record.body)
    : [...present(record.name), ...present(record.statusMessage), ...record.attributes.values];
}

const present = (text: string): readonly string[] => (text === '' ? [] : [text]);

/** A test on a text that is there. */
function textTester(test: Test): (text: string) => boolean {
  switch (test.kind) {
    case 'exists':
      return () => true;
    case 'one-of':
      return (text) => test.values.includes(text);
    case 'words':
      return (text) => containsWords(text, test.needle);
    case 'regex': {
      const matches = regexTester(test.source, test.caseless);
      return test.lowered ? (text) => matches(lowerAscii(text)) : matches;
    }
    case 'pieces':
      return (text) => matchesPieces(text, test.pieces);
    case 'number':
      return (text) => {
        const value = parseNumber(text);
        return value !== undefined && above(value, test.low) && below(value, test.high);
      };
    case 'id':
      return (text) => text === test.hex;
    case 'integer':
    case 'flag':
      return () => false;
  }
}

const above = (value: number, bound: Bound<number> | undefined): boolean =>
  !bound || (bound.inclusive ? value >= bound.value : value > bound.value);
const below = (value: number, bound: Bound<number> | undefined): boolean =>
  !bound || (bound.inclusive ? value <= bound.value : value < bound.value);

function targetMatcher(target: Target, test: Test): Matcher {
  const onText = textTester(test);
  /** `textsOf` gives what is kept under a key; the field is under its own or a member of another's value. */
  const keyed = ({ key, members }: Keyed, textsOf: (key: string) => readonly string[]): boolean =>
    textsOf(key).some(onText) ||
    members.some((member) => textsOf(member.key).some((text) => memberTexts(text, member.path).some(onText)));
  const onPairs = (field: Keyed, pairs: Pairs): boolean =>
    keyed(field, (key) => {
      const text = pairText(pairs, key);
      return text === undefined ? [] : [text];
    });
  const inJson = (field: Keyed, lists: readonly string[]): boolean => keyed(field, (key) => jsonTexts(lists, key));
  switch (target.source) {
    case 'attribute':
      return (record) => onPairs(target, record.attributes);
    case 'resource':
      return (_, around) => onPairs(target, around.resource());
    case 'scope':
      return (_, around) => onPairs(target, around.scope()?.attributes ?? NO_PAIRS);
    case 'claim':
      return (record, around) => onText(pairText(around.resource(), CLAIMED) ?? record.tenant);
    case 'event':
      return (record) => record.signal === 'traces' && inJson(target, record.eventAttributes);
    case 'link':
      return (record) => record.signal === 'traces' && inJson(target, record.linkAttributes);
    case 'any': {
      const inEvents = target.key.startsWith('exception.');
      return (record, around) =>
        onPairs(target, record.attributes) ||
        onPairs(target, around.resource()) ||
        (inEvents && record.signal === 'traces' && inJson(target, record.eventAttributes)) ||
        (record.signal === 'logs' &&
          (target.body?.some((path) => memberTexts(record.body, path).some(onText)) ?? false));
    }
    case 'field':
      return fieldMatcher(target.field.name, test, onText);
  }
}

/** What events or links have under a key. */
function jsonTexts(lists: readonly string[], key: string): string[] {
  return lists.flatMap((json) =>
    parsePairs(json).flatMap(([name, value]) => (name === key ? [textOfValue(value)] : [])),
  );
}

const within = (value: bigint, test: Test): boolean =>
  test.kind === 'integer' &&
  (test.low === undefined || value >= test.low) &&
  (test.high === undefined || value <= test.high);

function fieldMatcher(field: string, test: Test, onText: (text: string) => boolean): Matcher {
  const text =
    (read: (record: QueryRecord) => string): Matcher =>
    (record) => {
      const value = read(record);
      // An empty column is an absent field.
      return value !== '' && onText(value);
    };
  const texts =
    (read: (record: QueryRecord) => readonly string[]): Matcher =>
    (record) =>
      read(record).some(onText);
  const integer =
    (read: (record: QueryRecord) => bigint, always: boolean): Matcher =>
    (record) =>
      test.kind === 'exists' ? always || read(record) !== 0n : within(read(record), test);
  const flag =
    (read: (record: QueryRecord) => boolean): Matcher =>
    (record) =>
      read(record) === (test.kind === 'flag' ? test.value : true);
  const log =
    <T>(read: (record: LogRecord) => T, other: T) =>
    (record: QueryRecord) =>
      record.signal === 'logs' ? read(record) : other;
  const span =
    <T>(read: (record: SpanRecord) => T, other: T) =>
    (record: QueryRecord) =>
      record.signal === 'traces' ? read(record) : other;

  switch (field) {
    case 'severity_text':
      return test.kind === 'exists'
        ? (record) => log((one) => one.severityText, 'unspecified')(record) !== 'unspecified'
        : text(log((one) => one.severityText, ''));
    case 'service.name':
      return text((one) => one.serviceName);
    case 'body':
      return text(log((one) => one.body, ''));
    case 'name':
      return text(span((one) => one.name, ''));
    case 'kind':
      return test.kind === 'exists'
        ? (record) => span((one) => one.kind, 0)(record) !== 0
        : text(span((one) => KINDS[one.kind] ?? '', ''));
    case 'status':
      return test.kind === 'exists'
        ? (record) => span((one) => one.statusCode, 0)(record) !== 0
        : text(span((one) => STATUSES[one.statusCode] ?? '', ''));
    case 'status_message':
      return text(span((one) => one.statusMessage, ''));
    case 'duration':
      return integer(span(durationOf, 0n), true);
    case 'deployment.environment':
      return text((one) => one.environment);
    case 'host.name':
      return text((one) => one.hostName);
    case 'severity_text_original':
      return text(log((one) => one.severityOriginal, ''));
    case 'severity_number':
      return integer(
        log((one) => BigInt(one.severityNumber), 0n),
        false,
      );
    case 'trace_id':
      return text((one) => one.traceId);
    case 'span_id':
      return text((one) => one.spanId);
    case 'parent_span_id':
      return text(span((one) => one.parentSpanId, ''));
    case 'event_name':
      return text(log((one) => one.eventName, ''));
    case 'business_id':
      return text((one) => one.tenant);
    case 'root':
      return flag(span((one) => one.parentSpanId === '', false));
    case 'entry':
      return flag(span((one) => one.parentSpanId === '' || one.kind === 2 || one.kind === 5, false));
    case 'trace_state':
      return text(span((one) => one.traceState, ''));
    case 'event.name':
      return texts(span((one) => one.eventNames, []));
    case 'link.trace_id':
      return texts(span((one) => one.linkTraceIds, []));
    case 'link.span_id':
      return texts(span((one) => one.linkSpanIds, []));
    case 'has':
      return texts(
        span(
          (one) => [
            ...(one.eventTimes.length > 0 ? ['events'] : []),
            ...(one.linkTraceIds.length > 0 ? ['links'] : []),
            ...(one.eventNames.includes('exception') ? ['exception'] : []),
          ],
          [],
        ),
      );
    case 'scope.name':
    case 'scope.version':
      return (_, around) => {
        const value = around.scope()?.[field === 'scope.name' ? 'name' : 'version'] ?? '';
        return value !== '' && onText(value);
      };
    case 'timestamp':
      return integer((one) => one.timestamp, true);
    case 'observed_timestamp':
      return integer(
        log((one) => one.observedTimestamp, 0n),
        true,
      );
    case 'mark':
      return texts((one) => marksOf(one.marks));
    case 'dropped_attributes_count':
      return integer((one) => BigInt(one.droppedAttributesCount), false);
    default:
      return () => false;
  }
}
