import { LEFT_OUT_CODES } from '@hanok/contract';
import { expect, it } from 'vitest';
import { CONTROL_ERRORS } from '../server/src/control/index.ts';
import { EDGE_ERRORS } from '../server/src/edge/index.ts';
import { OUTBOUND_ERRORS } from '../server/src/outbound/index.ts';
import { QUERY_ERRORS } from '../server/src/query/index.ts';
import { STORE_ERRORS } from '../server/src/store/index.ts';
import { errorsKo } from '../web/src/i18n/errors.ko.ts';

it('says every error that the API may answer with in Korean too', () => {
  const codes = [CONTROL_ERRORS, EDGE_ERRORS, OUTBOUND_ERRORS, QUERY_ERRORS, STORE_ERRORS].flatMap((table) =>
    Object.keys(table),
  );
  expect(codes.filter((code) => !(code in errorsKo))).toEqual([]);
  const known = new Set([...codes, ...LEFT_OUT_CODES]);
  const codeOf = (key: string) => key.split('.').slice(0, 2).join('.');
  expect(Object.keys(errorsKo).filter((key) => !known.has(codeOf(key)))).toEqual([]);
});

it('says in Korean too why an answer has not all', () => {
  const codes = new Set(Object.keys(errorsKo).map((key) => key.split('.').slice(0, 2).join('.')));
  expect(LEFT_OUT_CODES.filter((code) => !codes.has(code))).toEqual([]);
});
