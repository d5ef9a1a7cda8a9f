import { parse } from '@hanok/contract/query';
import { expect, it } from 'vitest';
import { operationQuery } from './operation-query.ts';

it('finds the spans of an operation by name, and those counted together by their mark', () => {
  expect(operationQuery('service.name:shop', 'GET /cart')).toBe('service.name:shop name:"GET /cart"');
  // Nobody sent a span called so.
  expect(operationQuery('service.name:shop', '(other operations)')).toBe('service.name:shop mark:name-limited');
  expect(() => parse(operationQuery('service.name:shop', '(other operations)'))).not.toThrow();
});
